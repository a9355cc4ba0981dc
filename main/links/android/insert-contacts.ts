/**
 * Puts contacts back as rows of the phone's own account, so that nobody has to tap and groups and stars come along. A mark in
 * `sourceid` finds each new contact's number; what was cut off is filled up the next time, and so are groups and stars of contacts that
 * an app imported for us.
 */
import type { Watch } from '../../progress.ts'
import type { PlannedContact, PlannedRow } from './card-rows.ts'
import { MIME } from './contact-card.ts'
import {
  type Account,
  CONTACTS,
  type Contacts,
  type DataRow,
  type RawContact,
  readContacts,
} from './contact-rows.ts'
import type { ContentTool } from './content-tool.ts'
import { type Step, writable } from './content-writer.ts'
import { contactMark, HAS_CONTACT_MARK, type Origin } from './own-marks.ts'
import type { Providers } from './providers.ts'

export interface WantedContact {
  contact: PlannedContact
  origin: Origin
  /** What is of it on the phone, by our own making or by an import for us. */
  present: RawContact | null
}

/** How a contact fared; null when all of it is there. */
export type Outcome = null | { isThere: boolean; reason: string }

/** How many calls of `content` a new contact takes, each of which starts a virtual machine. */
export function stepsFor({ rows, groups }: PlannedContact): number {
  return 1 + rows.length + groups.length
}

/** Whether a contact that we brought back lacks something that we can put in. */
export function isLacking(contact: PlannedContact, present: RawContact, { groups }: Contacts): boolean {
  return (
    (contact.starred && !present.starred) ||
    missingRows(contact, present).length > 0 ||
    missingGroups(contact, present, groups).length > 0
  )
}

/**
 * @returns how each fared, in their order, by reading back.
 * @throws Problem when contacts can be neither read nor written. @throws LocalAccountRefused, before any row was written.
 */
export async function insertContacts(
  phone: Pick<Providers, 'tool' | 'writer'>,
  there: Contacts,
  wanted: readonly WantedContact[],
  watch: Watch,
): Promise<Outcome[]> {
  const { tool, writer } = phone
  const groups = await makeGroups(phone, there, wanted, watch)
  const said = new Map<WantedContact, string>()
  const run = async (steps: readonly { one: WantedContact; step: Step }[]) => {
    const errors = await writer.run(
      steps.map(({ step }) => step),
      watch,
    )
    for (const [place, error] of errors) said.set(steps[place]!.one, error)
  }
  const created = wanted.filter(({ present }) => !present)
  await run(created.map((one) => ({ one, step: contactStep(one) })))
  const ids = created.length > 0 ? await readMarkedIds(tool) : new Map<string, number>()
  await run(
    wanted.flatMap((one) => {
      const id = one.present?.id ?? ids.get(contactMark(one.origin))
      return id === undefined ? [] : furtherSteps(id, one, there, groups).map((step) => ({ one, step }))
    }),
  )
  const after = await readContacts(tool, '')
  const byId = new Map(after.contacts.map((contact) => [contact.id, contact]))
  const byMark = new Map(
    after.contacts.flatMap((one) => (one.isOurs ? [[contactMark(one.origin!), one] as const] : [])),
  )
  return wanted.map((one) => {
    const present = one.present ? byId.get(one.present.id) : byMark.get(contactMark(one.origin))
    return outcomeOf(one.contact, present, after, said.get(one))
  })
}

/** No account: such contacts lie on the phone alone. Older providers and newer ones understand it so. */
const LOCAL: Account = { type: '', name: '' }

function accountOf({ present }: WantedContact): Account {
  return present?.account ?? LOCAL
}

function accountValues({ type, name }: Account) {
  return { account_type: type, account_name: name }
}

function groupKey({ type, name }: Account, title: string): string {
  return JSON.stringify([type, name, title])
}

/** A group is its account's. @returns their numbers by `groupKey`. */
async function makeGroups(
  { tool, writer }: Pick<Providers, 'tool' | 'writer'>,
  there: Contacts,
  wanted: readonly WantedContact[],
  watch: Watch,
): Promise<Map<string, string>> {
  const needed = new Map<string, Step>()
  for (const one of wanted) {
    for (const title of missingGroups(one.contact, one.present, there.groups)) {
      const values = { ...accountValues(accountOf(one)), title, group_visible: 1 }
      const step: Step = { command: 'insert', uri: `${CONTACTS}/groups`, values }
      needed.set(groupKey(accountOf(one), writable(title)), step)
    }
  }
  if (needed.size === 0) return new Map()
  const read = async () => {
    const columns = { fixed: [], texts: ['account_type', 'account_name', 'title'] }
    const rows = await tool.read(`${CONTACTS}/groups`, columns, 'deleted=0')
    return new Map(
      [...rows].map(([id, { account_type, account_name, title }]) => {
        return [groupKey({ type: account_type ?? '', name: account_name ?? '' }, title ?? ''), String(id)]
      }),
    )
  }
  const present = await read()
  const missing = [...needed].filter(([key]) => !present.has(key)).map(([, step]) => step)
  if (missing.length === 0) return present
  await writer.run(missing, watch)
  return read()
}

/** Numbers of contacts that we made, by their marks. */
async function readMarkedIds(tool: ContentTool): Promise<Map<string, number>> {
  const columns = { fixed: [], texts: ['sourceid'] }
  const rows = await tool.read(`${CONTACTS}/raw_contacts`, columns, `deleted=0 AND ${HAS_CONTACT_MARK}`)
  return new Map([...rows].map(([id, { sourceid }]) => [sourceid ?? '', id]))
}

function contactStep({ contact, origin }: WantedContact): Step {
  const values = { ...accountValues(LOCAL), sourceid: contactMark(origin), starred: contact.starred ? 1 : 0 }
  return { command: 'insert', uri: `${CONTACTS}/raw_contacts`, values }
}

function furtherSteps(
  id: number,
  one: WantedContact,
  there: Contacts,
  groups: ReadonlyMap<string, string>,
): Step[] {
  const { contact, present } = one
  const memberships = missingGroups(contact, present, there.groups).flatMap((title) => {
    const group = groups.get(groupKey(accountOf(one), writable(title)))
    return group ? [{ mimetype: MIME.group, data: { data1: group }, isPrimary: false }] : []
  })
  const steps = [...missingRows(contact, present), ...memberships].map((row): Step => {
    const { mimetype, data, isPrimary } = row
    const values = { raw_contact_id: id, mimetype, ...data, ...(isPrimary ? { is_primary: 1 } : {}) }
    return { command: 'insert', uri: `${CONTACTS}/data`, values }
  })
  const isStarMissing = contact.starred && present && !present.starred
  const star: Step = {
    command: 'update',
    uri: `${CONTACTS}/raw_contacts`,
    values: { starred: 1 },
    where: `_id=${id}`,
  }
  return isStarMissing ? [...steps, star] : steps
}

/**
 * Rows that are to be added. The phone writes some in its own way, such as numbers, and the owner may have changed them: so there are no
 * more of a kind in the end than there should be. What an app imported is its own.
 */
function missingRows({ rows }: PlannedContact, present: RawContact | null): PlannedRow[] {
  if (!present) return rows
  if (!present.isOurs) return []
  return [...Map.groupBy(rows, ({ mimetype }) => mimetype)].flatMap(([mimetype, wanted]) => {
    const there = present.rows.filter((row) => row.mimetype === mimetype)
    const lacking = wanted.filter((row) => !there.some((one) => holdsRow(one, row)))
    return lacking.slice(0, Math.max(0, wanted.length - there.length))
  })
}

/** Titles of groups that the contact is to be in, and is not. */
function missingGroups(
  contact: PlannedContact,
  present: RawContact | null,
  titles: ReadonlyMap<string, string>,
): string[] {
  const memberships = present?.rows.filter(({ mimetype }) => mimetype === MIME.group) ?? []
  const there = new Set(memberships.map(({ data }) => titles.get(data[0] ?? '')))
  return contact.groups.filter((title) => !there.has(writable(title)))
}

function holdsRow(present: DataRow, wanted: PlannedRow): boolean {
  return Object.entries(wanted.data).every(([column, text]) => {
    return (present.data[Number(column.slice('data'.length)) - 1] ?? '') === writable(text)
  })
}

function outcomeOf(
  contact: PlannedContact,
  present: RawContact | undefined,
  after: Contacts,
  said: string | undefined,
): Outcome {
  const reason = said === undefined ? 'The phone did not keep all of it.' : `The phone says: ${said}`
  if (!present || isLacking(contact, present, after)) return { isThere: false, reason }
  const isWhole =
    !present.isOurs ||
    contact.rows.every((row) => {
      return present.rows.some((one) => one.mimetype === row.mimetype && holdsRow(one, row))
    })
  return isWhole ? null : { isThere: true, reason: 'The phone keeps a part of it in another way.' }
}
