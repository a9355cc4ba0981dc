/**
 * Puts contacts back as rows of the phone's own account, so that nobody has to tap and groups and stars come along. A mark in
 * `sourceid` finds each new contact's number; what was cut off is filled up the next time.
 */
import type { Watch } from '../../progress.ts'
import type { PlannedContact, PlannedRow } from './card-rows.ts'
import { MIME } from './contact-card.ts'
import { CONTACTS, type Contacts, type DataRow, type RawContact, readContacts } from './contact-rows.ts'
import type { ContentTool } from './content-tool.ts'
import { type ContentWriter, type Step, writable } from './content-writer.ts'
import { contactMark, HAS_CONTACT_MARK, type Origin } from './own-marks.ts'
import type { Providers } from './providers.ts'

export interface WantedContact {
  contact: PlannedContact
  origin: Origin
}

/** How a contact fared; null when all of it is there. */
export type Outcome = null | { isThere: boolean; reason: string }

/** No account: such contacts lie on the phone alone. Older providers and newer ones understand it so. */
const LOCAL = { account_name: '', account_type: '' } as const

/** How many calls of `content` it takes, each of which starts a virtual machine. */
export function stepsFor({ contact }: WantedContact): number {
  return 1 + contact.rows.length + contact.groups.length
}

/**
 * @param there the contacts that are on the phone. @returns how each fared, in their order, by reading back.
 * @throws Problem when contacts can be neither read nor written. @throws LocalAccountRefused, before any row was written.
 */
export async function insertContacts(
  { tool, writer }: Pick<Providers, 'tool' | 'writer'>,
  there: Contacts,
  wanted: readonly WantedContact[],
  watch: Watch,
): Promise<Outcome[]> {
  const ours = oursIn(there)
  const groups = await makeGroups(
    tool,
    writer,
    [...new Set(wanted.flatMap(({ contact }) => contact.groups))],
    watch,
  )
  const created = wanted.filter(({ origin }) => !ours.has(contactMark(origin)))
  const said = new Map<WantedContact, string>()
  const run = async (steps: readonly { one: WantedContact; step: Step }[]) => {
    const errors = await writer.run(
      steps.map(({ step }) => step),
      watch,
    )
    for (const [place, error] of errors) said.set(steps[place]!.one, error)
  }
  await run(created.map((one) => ({ one, step: contactStep(one) })))
  const ids = created.length > 0 ? await readMarkedIds(tool) : new Map<string, number>()
  const rows = wanted.flatMap((one) => {
    const present = ours.get(contactMark(one.origin))
    const id = present?.id ?? ids.get(contactMark(one.origin))
    if (id === undefined) return []
    return missingRows(one.contact, present?.rows ?? [], groups).map((row) => ({
      one,
      step: rowStep(id, row),
    }))
  })
  await run(rows)
  const after = oursIn(await readContacts(tool, ''))
  return wanted.map((one) => outcomeOf(one, after.get(contactMark(one.origin)), groups, said.get(one)))
}

/** Numbers of contacts that we made, by their marks. */
async function readMarkedIds(tool: ContentTool): Promise<Map<string, number>> {
  const columns = { fixed: [], texts: ['sourceid'] }
  const rows = await tool.read(`${CONTACTS}/raw_contacts`, columns, `deleted=0 AND ${HAS_CONTACT_MARK}`)
  return new Map([...rows].map(([id, { sourceid }]) => [sourceid ?? '', id]))
}

/** Whether a contact of ours lacks rows that it should have. */
export function lacksRows(contact: PlannedContact, present: RawContact, { groups }: Contacts): boolean {
  const byTitle = new Map([...groups].map(([id, title]) => [title, id]))
  return (
    contact.groups.some((title) => !byTitle.has(title)) ||
    missingRows(contact, present.rows, byTitle).length > 0
  )
}

function oursIn({ contacts }: Contacts): Map<string, RawContact> {
  const ours = contacts.filter(({ isOurs }) => isOurs)
  return new Map(ours.map((contact) => [contactMark(contact.origin!), contact]))
}

/** @returns numbers of the phone's own groups by title. */
async function makeGroups(
  tool: ContentTool,
  writer: ContentWriter,
  titles: readonly string[],
  watch: Watch,
): Promise<Map<string, string>> {
  if (titles.length === 0) return new Map()
  const read = async () => {
    const columns = { fixed: [], texts: ['account_type', 'title'] }
    const rows = await tool.read(`${CONTACTS}/groups`, columns, 'deleted=0')
    const local = [...rows].filter(([, { account_type }]) => !account_type)
    return new Map(local.map(([id, { title }]) => [title ?? '', String(id)]))
  }
  const present = await read()
  const missing = titles.filter((title) => !present.has(writable(title)))
  if (missing.length === 0) return present
  const steps = missing.map((title): Step => {
    return { command: 'insert', uri: `${CONTACTS}/groups`, values: { ...LOCAL, title, group_visible: 1 } }
  })
  await writer.run(steps, watch)
  return read()
}

function contactStep({ contact, origin }: WantedContact): Step {
  const values = { ...LOCAL, sourceid: contactMark(origin), starred: contact.starred ? 1 : 0 }
  return { command: 'insert', uri: `${CONTACTS}/raw_contacts`, values }
}

function rowStep(contactId: number, { mimetype, data, isPrimary }: PlannedRow): Step {
  const values = { raw_contact_id: contactId, mimetype, ...data, ...(isPrimary ? { is_primary: 1 } : {}) }
  return { command: 'insert', uri: `${CONTACTS}/data`, values }
}

/**
 * Rows that are to be added. The phone writes some in its own way, such as numbers, and the owner may have changed them: so there are no
 * more of a kind in the end than there should be.
 */
function missingRows(
  contact: PlannedContact,
  present: readonly DataRow[],
  groups: ReadonlyMap<string, string>,
): PlannedRow[] {
  const missing: PlannedRow[] = []
  for (const [mimetype, wanted] of Map.groupBy(rowsOf(contact, groups), (row) => row.mimetype)) {
    const there = present.filter((row) => row.mimetype === mimetype)
    const lacking = wanted.filter((row) => !there.some((one) => holdsRow(one, row)))
    missing.push(...lacking.slice(0, Math.max(0, wanted.length - there.length)))
  }
  return missing
}

function rowsOf({ rows, groups: titles }: PlannedContact, groups: ReadonlyMap<string, string>): PlannedRow[] {
  const memberships = titles.flatMap((title) => groups.get(writable(title)) ?? [])
  return [
    ...rows,
    ...memberships.map((id) => ({ mimetype: MIME.group, data: { data1: id }, isPrimary: false })),
  ]
}

function holdsRow(present: DataRow, wanted: PlannedRow): boolean {
  return Object.entries(wanted.data).every(([column, text]) => {
    return (present.data[Number(column.slice('data'.length)) - 1] ?? '') === writable(text)
  })
}

function outcomeOf(
  { contact }: WantedContact,
  present: RawContact | undefined,
  groups: ReadonlyMap<string, string>,
  said: string | undefined,
): Outcome {
  const reason = said === undefined ? 'The phone did not keep all of it.' : `The phone says: ${said}`
  if (!present || missingRows(contact, present.rows, groups).length > 0) return { isThere: false, reason }
  const isWhole =
    contact.starred === present.starred &&
    rowsOf(contact, groups).every((row) => present.rows.some((one) => holdsRow(one, row)))
  return isWhole ? null : { isThere: true, reason: 'The phone keeps a part of it in another way.' }
}
