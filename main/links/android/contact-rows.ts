/** A raw contact of Android, which is what one account knows of a person, and its rows of data; both as contacts of the phone's provider. */
import { hash } from 'node:crypto'
import type { Row } from './content-output.ts'
import type { ContentTool } from './content-tool.ts'
import { ORIGIN_MIMETYPE, type Origin, readContactMark } from './own-marks.ts'

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
  /** The id of the address book that it belongs to: its account's, or for one that we wrote back, that of the account it came from. */
  book: string
  /** What it was written from, if we brought it back. */
  origin: Origin | null
  /** We made it ourselves, row by row; an app may have changed it since. */
  isOurs: boolean
  starred: boolean
  rows: DataRow[]
}

export interface Account {
  type: string
  name: string
}

/** The id of the book of contacts that lie on the phone alone. */
export const PHONE_ONLY = 'phone'

export function bookOf(account: Account | null): string {
  return account ? `${account.type}/${account.name}` : PHONE_ONLY
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
  const rowsOf = Map.groupBy(data.values(), ({ raw_contact_id }) => Number(raw_contact_id))
  const contacts = [...raws].map(([id, raw]): RawContact => {
    const { account_type: type, account_name: name, sourceid = null, starred } = raw
    const account = type || name ? { type: type ?? '', name: name ?? '' } : null
    const rows = rowsOf.get(id) ?? []
    const mark = readContactMark(sourceid)
    const imported = rows.find(({ mimetype }) => mimetype === ORIGIN_MIMETYPE)
    const origin = mark ?? (imported?.data1 ? { uid: imported.data1, book: imported.data2 || null } : null)
    return {
      ...{ id, account, origin, isOurs: mark !== null, starred: starred === '1' },
      uid: origin?.uid ?? uidOf(account, sourceid, `${phoneIdentity}/${id}`),
      book: origin?.book ?? bookOf(account),
      rows: rows.filter((row) => row !== imported).map(dataRow),
    }
  })
  const titles = [...groups].flatMap(([id, { title }]) => (title ? [[String(id), title] as const] : []))
  return { contacts, groups: new Map(titles) }
}

function dataRow(row: Row): DataRow {
  return {
    mimetype: row.mimetype ?? '',
    data: DATA_COLUMNS.map((column) => row[column] ?? null),
    isPrimary: row.is_primary === '1',
  }
}

/**
 * A UID that stays the same from capture to capture: its account's own identity outlives a reset of the phone; a number counts on
 * this phone until its reset only.
 */
function uidOf(account: Account | null, sourceId: string | null, place: string): string {
  const parts = sourceId ? [account?.type ?? '', account?.name ?? '', sourceId] : [place]
  return `android-${hash('sha256', JSON.stringify(parts)).slice(0, 32)}`
}
