/**
 * Items and their change log, which are one table: every change is a row with the whole version it led to, a deletion is a row
 * of kind `gone`, and `until` names the change that replaced it. So "now" is the rows without `until`, and the state after any
 * change can be read as long as its versions are kept.
 */
import { hash } from 'node:crypto'
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { addToFolders, parentOf } from './folders.ts'
import { type Facts, NEWEST_TABLES, storeFacts } from './index/facts.ts'
import { clearProperties } from './properties.ts'
import type { Reader, Transaction } from './replica.ts'

export type ItemKind = 'contact' | 'event' | 'task' | 'other' | 'file' | 'folder'

/** One version of an item. */
export interface Item {
  /** The change that made this version. */
  seq: number
  collectionId: number
  /** The change that first made the item: it stays the same through new versions, renames and moves. */
  itemId: number
  /** Name in its collection; in a file library the whole path, segments joined by `/`, without one in front. */
  name: string
  kind: ItemKind | 'gone'
  /** UID of the card or of the calendar object, null where there is none. */
  uid: string | null
  /** SHA-256 of the bytes in hex; null for folders and gone items. */
  hash: string | null
  size: number
  /** When the content was last changed by its owner, as far as known: milliseconds since 1970. */
  modifiedAt: number
  /** When the change came here: milliseconds since 1970. */
  at: number
  /** The photo file that holds the bytes, null where they lie in the database. */
  fileId: number | null
}

/** Who or what made a change: a link's name, or `restore:<id>`. */
export type Cause = string

/** Item of a deletion at a place whose item has gone on elsewhere. */
export const MOVED_AWAY = 0

const COLUMNS = 'seq, collection_id, item_id, name, kind, uid, hash, size, modified_at, at, file_id'

/**
 * The versions that a query finds. @param rest of the query, after `FROM versions`.
 * Rows are read as arrays, which takes a third of the time where there are thousands.
 */
export function selectItems(reader: Reader, rest: string, ...values: SQLInputValue[]): Item[] {
  const statement = reader.statement(`SELECT ${COLUMNS} FROM versions ${rest}`)
  statement.setReturnArrays(true)
  return (statement.all(...values) as unknown as SQLOutputValue[][]).map(itemFromRow)
}

function itemFromRow(row: SQLOutputValue[]): Item {
  const [seq, collectionId, itemId, name, kind, uid, hash, size, modifiedAt, at, fileId] = row
  return { seq, collectionId, itemId, name, kind, uid, hash, size, modifiedAt, at, fileId } as Item
}

/**
 * Strong entity tag of a version, quotes included. It is new for every version, even for one that brings old bytes back, so that
 * a phone fetches again what was restored. It survives restarts.
 */
export function etagOf(item: Pick<Item, 'seq' | 'hash'>): string {
  return `"${item.seq.toString(36)}-${(item.hash ?? 'folder').slice(0, 16)}"`
}

/** The item as it is now; undefined when there is none or it is gone. */
export function findItem(reader: Reader, collectionId: number, name: string): Item | undefined {
  const row = currentRow(reader, collectionId, name)
  return row && row.kind !== 'gone' ? row : undefined
}

/** The newest version, also when the item is gone. */
export function currentRow(reader: Reader, collectionId: number, name: string): Item | undefined {
  return selectItems(reader, 'WHERE collection_id = ? AND name = ? AND until IS NULL', collectionId, name)[0]
}

/** All items of the collection as they are now, by name. In a file library this includes every folder's content. */
export function listItems(reader: Reader, collectionId: number): Item[] {
  return selectItems(
    reader,
    `WHERE collection_id = ? AND until IS NULL AND kind <> 'gone' ORDER BY name`,
    collectionId,
  )
}

/** What lies directly in a folder of a file library; `folder` is '' at the top. */
export function listFolder(reader: Reader, collectionId: number, folder: string): Item[] {
  return selectItems(
    reader,
    `WHERE collection_id = ? AND parent = ? AND until IS NULL AND kind <> 'gone' ORDER BY name`,
    collectionId,
    folder,
  )
}

/** Everything below a folder at any depth, by path, without the folder itself. */
export function listBelow(reader: Reader, collectionId: number, folder: string): Item[] {
  if (folder === '') return listItems(reader, collectionId)
  return selectItems(
    reader,
    `WHERE collection_id = ? AND name > ? AND name < ? AND until IS NULL AND kind <> 'gone' ORDER BY name`,
    collectionId,
    `${folder}/`,
    `${folder}0`,
  )
}

/** The raw bytes of a version that lies in the database; undefined for files, or when history no longer holds them. */
export function readBody(reader: Reader, seq: number): Buffer | undefined {
  const body = reader.statement('SELECT body FROM versions WHERE seq = ?').get(seq)?.body
  return body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : undefined
}

/** The newest change in the collection; 0 when nothing ever changed. */
export function newestChange(reader: Reader, collectionId: number): number {
  const sql = 'SELECT max(seq) AS seq FROM versions WHERE collection_id = ? AND until IS NULL'
  return Number(reader.statement(sql).get(collectionId)?.seq ?? 0)
}

/**
 * The last change of every item changed after `seq`, oldest first, gone ones included.
 * @param limit at most so many; the caller goes on from the last one's `seq`.
 */
export function changesSince(reader: Reader, collectionId: number, seq: number, limit = -1): Item[] {
  return selectItems(
    reader,
    `WHERE collection_id = ? AND until IS NULL AND seq > ? ORDER BY seq LIMIT ?`,
    collectionId,
    seq,
    limit,
  )
}

/** The items of a collection as they stood after change `seq`, by name. */
export function listItemsAt(reader: Reader, collectionId: number, seq: number): Item[] {
  return selectItems(
    reader,
    `WHERE collection_id = ? AND seq <= ? AND (until IS NULL OR until > ?) AND kind <> 'gone' ORDER BY name`,
    collectionId,
    seq,
    seq,
  )
}

/** How many items, folders aside, stood in the collection after change `seq`. */
export function countItemsAt(reader: Reader, collectionId: number, seq: number): number {
  // What stands now, less what is newer, and what has gone since: the first is counted in an index, the others are few.
  const row = reader
    .statement(
      `SELECT
         (SELECT count(*) FROM versions INDEXED BY versions_children
          WHERE collection_id = ?1 AND until IS NULL AND kind <> 'gone' AND kind <> 'folder')
         - (SELECT count(*) FROM versions
            WHERE collection_id = ?1 AND seq > ?2 AND until IS NULL AND kind NOT IN ('gone', 'folder'))
         + (SELECT count(*) FROM versions
            WHERE +collection_id = ?1 AND until > ?2 AND seq <= ?2 AND kind NOT IN ('gone', 'folder')) AS n`,
    )
    .get(collectionId, seq)
  return Number(row?.n)
}

/** How many items, folders aside, came, changed or went after change `seq`. */
export function countChangesSince(reader: Reader, collectionId: number, seq: number): number {
  const row = reader
    .statement(
      `SELECT count(*) AS n FROM versions
       WHERE collection_id = ? AND seq > ? AND until IS NULL AND kind <> 'folder'`,
    )
    .get(collectionId, seq)
  return Number(row?.n)
}

/** Every version still held of one item, newest first, deletions included. */
export function listVersions(reader: Reader, collectionId: number, name: string): Item[] {
  return selectItems(reader, 'WHERE collection_id = ? AND name = ? ORDER BY seq DESC', collectionId, name)
}

/** The item that holds this UID in the collection, if any. */
export function findByUid(reader: Reader, collectionId: number, uid: string): Item | undefined {
  return selectItems(reader, 'WHERE collection_id = ? AND uid = ? AND until IS NULL', collectionId, uid)[0]
}

/** What is to be stored: bytes for the database, or a file that `receiveFile` has already made durable. */
export interface NewItem {
  name: string
  kind: ItemKind
  uid: string | null
  hash: string | null
  size: number
  modifiedAt: number
  body: Uint8Array | null
  fileId: number | null
  facts: Facts | null
}

/** A text item ready to be stored: hashed, with its facts read. */
export function textItem(
  name: string,
  bytes: Uint8Array,
  facts: Facts & { kind: 'contact' | 'event' | 'task' | 'other'; uid: string | null },
  modifiedAt: number,
): NewItem {
  return {
    name,
    kind: facts.kind,
    uid: facts.uid,
    hash: hash('sha256', bytes),
    size: bytes.length,
    modifiedAt,
    body: bytes,
    fileId: null,
    facts,
  }
}

export function folderItem(name: string, modifiedAt: number): NewItem {
  return {
    name,
    kind: 'folder',
    uid: null,
    hash: null,
    size: 0,
    modifiedAt,
    body: null,
    fileId: null,
    facts: null,
  }
}

/** Entity tags a client named; `*` stands for any version (RFC 9110, 13.1). */
export interface Conditions {
  ifMatch?: string[] | undefined
  ifNoneMatch?: string[] | undefined
}

export type PutOutcome =
  | { outcome: 'created' | 'changed' | 'unchanged'; item: Item }
  | { outcome: 'refused'; reason: 'condition' }
  | { outcome: 'refused'; reason: 'uid-conflict'; other: Item }

/**
 * Stores a version. Same bytes as now are no change, so that a client that sends all again makes no noise.
 * A UID may stand in one item of the collection only (RFC 4791 and RFC 6352: `no-uid-conflict`).
 */
export function putItem(
  tx: Transaction,
  collectionId: number,
  wanted: NewItem,
  cause: Cause,
  conditions: Conditions = {},
): PutOutcome {
  const current = currentRow(tx, collectionId, wanted.name)
  const present = current && current.kind !== 'gone' ? current : undefined
  if (!conditionsHold(present, conditions)) return { outcome: 'refused', reason: 'condition' }
  if (wanted.uid !== null) {
    const other = findByUid(tx, collectionId, wanted.uid)
    if (other && other.name !== wanted.name) return { outcome: 'refused', reason: 'uid-conflict', other }
  }
  if (present && sameContent(present, wanted)) return { outcome: 'unchanged', item: present }
  const item = appendVersion(tx, collectionId, wanted, cause, current)
  if (wanted.facts) storeFacts(tx, item.seq, wanted.facts)
  return { outcome: present ? 'changed' : 'created', item }
}

function sameContent(present: Item, wanted: NewItem): boolean {
  const sameTime = wanted.kind !== 'file' || present.modifiedAt === wanted.modifiedAt
  return present.hash === wanted.hash && present.kind === wanted.kind && sameTime
}

export function conditionsHold(present: Item | undefined, { ifMatch, ifNoneMatch }: Conditions): boolean {
  const matches = (tags: string[]) =>
    present !== undefined && (tags.includes('*') || tags.includes(etagOf(present)))
  if (ifMatch && !matches(ifMatch)) return false
  return !(ifNoneMatch && matches(ifNoneMatch))
}

/**
 * Puts a version in the change log, in place of the one it replaces; its index entries are the caller's.
 * @param itemId of the item it is a version of; by default of the one it replaces, if that is not gone, and else a new one.
 */
export function appendVersion(
  tx: Transaction,
  collectionId: number,
  version: Omit<NewItem, 'kind' | 'facts'> & { kind: Item['kind'] },
  cause: Cause,
  replaces: Item | undefined,
  itemId?: number,
): Item {
  const seq = tx.nextSeq()
  const present = replaces?.kind === 'gone' ? undefined : replaces
  const id = itemId ?? present?.itemId ?? seq
  if (replaces) {
    tx.statement('UPDATE versions SET until = ? WHERE seq = ?').run(seq, replaces.seq)
    if (version.kind !== 'gone' || id === MOVED_AWAY) dropFacts(tx, replaces)
  }
  const { name, kind, uid, hash, size, modifiedAt, fileId, body } = version
  tx.statement(
    `INSERT INTO versions
       (seq, collection_id, item_id, name, parent, kind, uid, hash, size, modified_at, at, cause, file_id, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    seq,
    collectionId,
    id,
    name,
    parentOf(name),
    kind,
    uid,
    hash,
    size,
    modifiedAt,
    tx.at,
    cause,
    fileId,
    body,
  )
  const kinds = [kind, present?.kind]
  if (kinds.includes('file') || kinds.includes('folder')) {
    const folder = kinds.includes('folder') ? name : parentOf(name)
    addToFolders(tx, collectionId, folder, seq, size - (present?.size ?? 0))
  }
  return { seq, collectionId, itemId: id, name, kind, uid, hash, size, modifiedAt, at: tx.at, fileId }
}

function dropFacts(tx: Transaction, replaced: Item): void {
  const known = replaced.kind === 'gone' ? lastBefore(tx, replaced)?.seq : replaced.seq
  if (known === undefined) return
  for (const table of NEWEST_TABLES) tx.statement(`DELETE FROM ${table} WHERE seq = ?`).run(known)
}

/** The version that stood before a deletion. */
function lastBefore(reader: Reader, { collectionId, name, seq }: Item): Item | undefined {
  return selectItems(reader, 'WHERE collection_id = ? AND name = ? AND until = ?', collectionId, name, seq)[0]
}

export type RemoveOutcome =
  | { outcome: 'removed'; seq: number }
  | { outcome: 'refused'; reason: 'condition' | 'not-found' }

/** Marks the item gone; its versions stay in history. A folder goes with all below it. */
export function removeItem(
  tx: Transaction,
  collectionId: number,
  name: string,
  cause: Cause,
  conditions: Conditions = {},
): RemoveOutcome {
  const present = findItem(tx, collectionId, name)
  if (!conditionsHold(present, conditions)) return { outcome: 'refused', reason: 'condition' }
  if (!present) return { outcome: 'refused', reason: 'not-found' }
  return { outcome: 'removed', seq: buryAll(tx, present, cause, ({ itemId }) => itemId) }
}

/** Leaves a place whose item, a folder with all below it, has gone on elsewhere: what stays here is a deletion of nothing. */
export function vacatePlace(tx: Transaction, present: Item, cause: Cause): void {
  buryAll(tx, present, cause, () => MOVED_AWAY)
}

function buryAll(tx: Transaction, item: Item, cause: Cause, idOf: (item: Item) => number): number {
  const below = item.kind === 'folder' ? listBelow(tx, item.collectionId, item.name).reverse() : []
  for (const one of below) bury(tx, one, cause, idOf(one))
  return bury(tx, item, cause, idOf(item)).seq
}

function bury(tx: Transaction, item: Item, cause: Cause, itemId: number): Item {
  clearProperties(tx, item.collectionId, item.name)
  const { collectionId, name, modifiedAt } = item
  const gone = {
    name,
    kind: 'gone',
    uid: null,
    hash: null,
    size: 0,
    modifiedAt,
    body: null,
    fileId: null,
  } as const
  return appendVersion(tx, collectionId, gone, cause, item, itemId)
}
