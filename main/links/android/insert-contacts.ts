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
import { contactMark, type Origin } from './own-marks.ts'

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
 * @returns how each fared, in their order, by reading back.
 * @throws Problem when contacts can be neither read nor written. @throws LocalAccountRefused, before any row was written.
 */
export async function insertContacts(
  tool: ContentTool,
  writer: ContentWriter,
  wanted: readonly WantedContact[],
  watch: Watch,
): Promise<Outcome[]> {
  const before = await readContacts(tool, '')
  const ours = oursIn(before)
  const isNew = (one: WantedContact) => !ours.has(contactMark(one.origin))
  const titles = new Set(wanted.flatMap(({ contact }) => contact.groups))
  const groups = await makeGroups(tool, writer, [...titles], watch)
  const created = wanted.filter(isNew)
  const said = new Map<WantedContact, string>()
  const note = (all: readonly WantedContact[], errors: ReadonlyMap<number, string>) => {
    for (const [place, error] of errors) said.set(all[place]!, error)
  }
  note(created, await writer.run(created.map(contactStep), watch))
  const marked = created.length > 0 ? oursIn(await readContacts(tool, '')) : ours
  const rows = wanted.flatMap((one) => {
    const present = marked.get(contactMark(one.origin))
    if (!present) return []
    return missingRows(one.contact, present, groups).map((row) => ({ one, step: rowStep(present.id, row) }))
  })
  note(
    rows.map(({ one }) => one),
    await writer.run(
      rows.map(({ step }) => step),
      watch,
    ),
  )
  const after = oursIn(await readContacts(tool, ''))
  return wanted.map((one) => outcomeOf(one, after.get(contactMark(one.origin)), groups, said.get(one)))
}

/** Whether a contact of ours lacks rows that it should have. */
export function lacksRows(contact: PlannedContact, present: RawContact, { groups }: Contacts): boolean {
  const byTitle = new Map([...groups].map(([id, title]) => [title, id]))
  return (
    contact.groups.some((title) => !byTitle.has(title)) || missingRows(contact, present, byTitle).length > 0
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
  present: RawContact,
  groups: ReadonlyMap<string, string>,
): PlannedRow[] {
  const missing: PlannedRow[] = []
  for (const [mimetype, wanted] of Map.groupBy(rowsOf(contact, groups), (row) => row.mimetype)) {
    const there = present.rows.filter((row) => row.mimetype === mimetype)
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
  if (!present || missingRows(contact, present, groups).length > 0) return { isThere: false, reason }
  const isWhole =
    contact.starred === present.starred &&
    rowsOf(contact, groups).every((row) => present.rows.some((one) => holdsRow(one, row)))
  return isWhole ? null : { isThere: true, reason: 'The phone keeps a part of it in another way.' }
}
