/** Address books, calendars and file libraries of a phone. A deleted one stays in history with all it held. */
import { Problem } from '../problem.ts'
import type { Reader, Transaction } from './replica.ts'

export type CollectionKind = 'contacts' | 'calendar' | 'files'
/** Where its data lives: `ours` is live both ways; a `mirror` is only read from elsewhere. */
export type Origin = 'ours' | 'mirror'

export interface Collection {
  id: number
  phoneId: string
  kind: CollectionKind
  /** The last segment of its URL. */
  name: string
  origin: Origin
  displayName: string
  /** Calendar components it takes, upper case (`VEVENT`, `VTODO`, `VJOURNAL`); empty means all (RFC 4791, 5.2.3). */
  components: string[]
  /** The change that made it. */
  madeSeq: number
  /** Up to this change, deletions in it are no longer remembered; 0 when all are. */
  forgottenSeq: number
}

export type NewCollection = Omit<Collection, 'id' | 'madeSeq' | 'forgottenSeq'>

const COLUMNS = 'id, phone_id, kind, name, origin, display_name, components, made_seq, forgotten_seq'

function fromRow(row: Record<string, unknown>): Collection {
  const components = String(row.components)
  return {
    id: Number(row.id),
    phoneId: String(row.phone_id),
    kind: row.kind as CollectionKind,
    name: String(row.name),
    origin: row.origin as Origin,
    displayName: String(row.display_name),
    components: components === '' ? [] : components.split(','),
    madeSeq: Number(row.made_seq),
    forgottenSeq: Number(row.forgotten_seq),
  }
}

/** The phone's collections, of one kind if given, in the order they were made. */
export function listCollections(reader: Reader, phoneId: string, kind?: CollectionKind): Collection[] {
  return reader
    .statement(
      `SELECT ${COLUMNS} FROM collections
       WHERE phone_id = ? AND deleted_seq IS NULL AND kind = coalesce(?, kind) ORDER BY id`,
    )
    .all(phoneId, kind ?? null)
    .map(fromRow)
}

export function findCollection(
  reader: Reader,
  phoneId: string,
  kind: CollectionKind,
  name: string,
): Collection | undefined {
  const row = reader
    .statement(
      `SELECT ${COLUMNS} FROM collections WHERE phone_id = ? AND kind = ? AND name = ? AND deleted_seq IS NULL`,
    )
    .get(phoneId, kind, name)
  return row && fromRow(row)
}

export function getCollection(reader: Reader, id: number): Collection | undefined {
  const row = reader.statement(`SELECT ${COLUMNS} FROM collections WHERE id = ?`).get(id)
  return row && fromRow(row)
}

/** The phone's collections as they stood after change `seq`, deleted ones of today included. */
export function listCollectionsAt(reader: Reader, phoneId: string, seq: number): Collection[] {
  return reader
    .statement(
      `SELECT ${COLUMNS} FROM collections
       WHERE phone_id = ? AND made_seq <= ? AND (deleted_seq IS NULL OR deleted_seq > ?) ORDER BY id`,
    )
    .all(phoneId, seq, seq)
    .map(fromRow)
}

/** @throws Problem `already-exists` when the phone has a collection of that kind and name. */
export function createCollection(tx: Transaction, wanted: NewCollection): Collection {
  if (findCollection(tx, wanted.phoneId, wanted.kind, wanted.name)) {
    throw new Problem('already-exists', `“${wanted.name}” is there already.`, 'Choose another name.')
  }
  const madeSeq = tx.nextSeq()
  const { lastInsertRowid } = tx
    .statement(
      `INSERT INTO collections (phone_id, kind, name, origin, display_name, components, made_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      wanted.phoneId,
      wanted.kind,
      wanted.name,
      wanted.origin,
      wanted.displayName,
      wanted.components.join(','),
      madeSeq,
    )
  return { ...wanted, id: Number(lastInsertRowid), madeSeq, forgottenSeq: 0 }
}

export function renameCollection(tx: Transaction, id: number, displayName: string): void {
  tx.statement('UPDATE collections SET display_name = ? WHERE id = ?').run(displayName, id)
}

/** Takes the collection out of the phone's present; its items stay in history and can be restored. */
export function deleteCollection(tx: Transaction, id: number): void {
  tx.statement('UPDATE collections SET deleted_seq = ? WHERE id = ? AND deleted_seq IS NULL').run(
    tx.nextSeq(),
    id,
  )
}
