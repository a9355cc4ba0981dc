/** A raw contact of Android, which is what one account knows of a person, and its rows of data; both as contacts of the phone's provider. */
import { hash } from 'node:crypto'
import type { ContentTool } from './content-tool.ts'

export const CONTACTS = 'content://com.android.contacts'
const DATA_COLUMNS = Array.from({ length: 14 }, (_, n) => `data${n + 1}`)

export interface DataRow {
  mimetype: string
  /** `data1` to `data14`; `data15` holds pictures, which cannot be read in this way. */
  data: readonly (string | null)[]
  isPrimary: boolean
}

export interface RawContact {
  id: number
  /** Null for what lies on the phone alone. */
  account: Account | null
  uid: string
  starred: boolean
  rows: DataRow[]
}

export interface Account {
  type: string
  name: string
}

export interface Contacts {
  contacts: RawContact[]
  /** Titles of groups by their row's id. */
  groups: ReadonlyMap<string, string>
}

/**
 * All contacts of a phone's user that are not deleted.
 * @param phoneIdentity sets contacts apart that have no other identity than their number on this phone since its last reset.
 */
export async function readContacts(tool: ContentTool, phoneIdentity: string): Promise<Contacts> {
  const raws = await tool.read(
    `${CONTACTS}/raw_contacts`,
    { fixed: ['starred'], texts: ['account_type', 'account_name', 'sourceid'] },
    'deleted=0',
  )
  const groups = await tool.read(`${CONTACTS}/groups`, { fixed: [], texts: ['title'] }, 'deleted=0')
  const data = await tool.read(`${CONTACTS}/data`, {
    fixed: ['raw_contact_id', 'is_primary'],
    texts: ['mimetype', ...DATA_COLUMNS],
  })
  const contacts = new Map<number, RawContact>()
  for (const [id, raw] of raws) {
    const { account_type: type, account_name: name, sourceid, starred } = raw
    const account = type || name ? { type: type ?? '', name: name ?? '' } : null
    const uid = uidOf(account, sourceid ?? null, `${phoneIdentity}/${id}`)
    contacts.set(id, { id, account, uid, starred: starred === '1', rows: [] })
  }
  for (const row of data.values()) {
    contacts.get(Number(row.raw_contact_id))?.rows.push({
      mimetype: row.mimetype ?? '',
      data: DATA_COLUMNS.map((column) => row[column] ?? null),
      isPrimary: row.is_primary === '1',
    })
  }
  const titles = [...groups].flatMap(([id, { title }]) => (title ? [[String(id), title] as const] : []))
  return { contacts: [...contacts.values()], groups: new Map(titles) }
}

/**
 * A UID that stays the same from capture to capture: its account's own identity outlives a reset of the phone; a number counts on
 * this phone until its reset only.
 */
function uidOf(account: Account | null, sourceId: string | null, place: string): string {
  const parts = sourceId ? [account?.type ?? '', account?.name ?? '', sourceId] : [place]
  return `android-${hash('sha256', JSON.stringify(parts)).slice(0, 32)}`
}
