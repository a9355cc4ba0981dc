/** The sources that were captured: which phone each belongs to, how far its captures came, and how things stand with it. */
import { z } from 'zod'
import type { LinkKind, Source, SourceState } from '../links/link.ts'
import type { Reader, Transaction } from '../replica/replica.ts'

/** A source that is bound to a phone. */
export interface BoundSource {
  /** Names it in this database. */
  key: number
  link: LinkKind
  /** As its link calls it. */
  id: string
  name: string
  phoneId: string
  /** What the last whole capture left behind; undefined before the first. */
  cursor: unknown
  /** When the last whole capture ended: milliseconds since 1970; null before the first. */
  capturedAt: number | null
  /** How it stood when it was last looked at, and since when it stands so. */
  state: SourceState
  since: number
}

const Row = z.object({
  id: z.number(),
  link: z.enum(['android', 'iphone', 'cloud']),
  source_id: z.string(),
  name: z.string(),
  phone_id: z.string(),
  cursor: z.string().nullable(),
  captured_at: z.number().nullable(),
  state: z.string(),
  state_since: z.number(),
})
const State = z.object({ code: z.string(), sentence: z.string(), next: z.string() })

function fromRow(row: unknown): BoundSource {
  const { id, link, source_id, name, phone_id, cursor, captured_at, state, state_since } = Row.parse(row)
  return {
    ...{ key: id, link, id: source_id, name, phoneId: phone_id, capturedAt: captured_at },
    cursor: cursor === null ? undefined : JSON.parse(cursor),
    state: State.parse(JSON.parse(state)),
    since: state_since,
  }
}

export function listBound(reader: Reader): BoundSource[] {
  return reader.statement('SELECT * FROM sources ORDER BY id').all().map(fromRow)
}

export function findBound(reader: Reader, link: LinkKind, id: string): BoundSource | undefined {
  const row = reader.statement('SELECT * FROM sources WHERE link = ? AND source_id = ?').get(link, id)
  return row && fromRow(row)
}

/** Binds a source to the phone whose data it holds. */
export function bindSource(tx: Transaction, { link, id, name, state }: Source, phoneId: string): BoundSource {
  tx.statement(
    `INSERT INTO sources (link, source_id, name, phone_id, bound_at, state, state_since)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ).run(link, id, name, phoneId, tx.at, JSON.stringify(state), tx.at)
  return findBound(tx, link, id)!
}

/** Lets go of a source. What it brought stays with its phone. */
export function unbindSource(tx: Transaction, key: number): void {
  tx.statement('DELETE FROM sources WHERE id = ?').run(key)
}

/** A whole capture came to its end. */
export function noteCaptured(tx: Transaction, key: number, name: string, cursor: unknown): void {
  const text = cursor === undefined ? null : JSON.stringify(cursor)
  tx.statement('UPDATE sources SET name = ?, cursor = ?, captured_at = ? WHERE id = ?').run(
    ...[name, text, tx.at, key],
  )
}

/** Notes how things stand; the time since when stays while the code does. */
export function noteState(
  tx: Transaction,
  { key, state: before, since }: BoundSource,
  state: SourceState,
): void {
  tx.statement('UPDATE sources SET state = ?, state_since = ? WHERE id = ?').run(
    ...[JSON.stringify(state), state.code === before.code ? since : tx.at, key],
  )
}

/** The mirror in which a collection of the source is kept, by the id its link gave it. */
export function findMirror(
  reader: Reader,
  key: number,
  kind: 'contacts' | 'calendar',
  capturedId: string,
): number | undefined {
  const row = reader
    .statement(
      'SELECT collection_id AS id FROM source_collections WHERE source = ? AND kind = ? AND captured_id = ?',
    )
    .get(key, kind, capturedId)
  return row === undefined ? undefined : Number(row.id)
}

export interface Mirror {
  kind: 'contacts' | 'calendar'
  capturedId: string
  collectionId: number
  /** The mirror's name in its phone. */
  name: string
}

/** All mirrors of the source. */
export function listMirrors(reader: Reader, key: number): Mirror[] {
  return reader
    .statement(
      `SELECT s.kind, s.captured_id, s.collection_id, c.name
       FROM source_collections s JOIN collections c ON c.id = s.collection_id WHERE s.source = ?`,
    )
    .all(key)
    .map((row) => ({
      kind: row.kind as Mirror['kind'],
      capturedId: String(row.captured_id),
      collectionId: Number(row.collection_id),
      name: String(row.name),
    }))
}

export function rememberMirror(tx: Transaction, key: number, mirror: Omit<Mirror, 'name'>): void {
  tx.statement(
    'INSERT OR REPLACE INTO source_collections (source, kind, captured_id, collection_id) VALUES (?, ?, ?, ?)',
  ).run(key, mirror.kind, mirror.capturedId, mirror.collectionId)
}
