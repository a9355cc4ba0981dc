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
  /** What the last capture left behind, whole or cut off; undefined before the first. */
  cursor: unknown
  /** When the last whole capture ended: milliseconds since 1970; null before the first. */
  capturedAt: number | null
  /** How it stood when it was last looked at, and since when it stands so. */
  state: SourceState
  since: number
  /** As the device told when it was last looked at; null when it never did. */
  installation: string | null
  /** When it was first seen that the device had been reset and what it lost is not yet back: milliseconds since 1970. */
  resetAt: number | null
}

/** What it brings is noted by this in the change log. */
export function causeOf({ link }: Pick<BoundSource, 'link'>): string {
  return `link:${link}`
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
  installation: z.string().nullable(),
  reset_at: z.number().nullable(),
})
const State = z.object({ code: z.string(), sentence: z.string(), next: z.string() })

function fromRow(row: unknown): BoundSource {
  const { id, link, source_id, name, phone_id, cursor, captured_at, state, ...rest } = Row.parse(row)
  return {
    ...{ key: id, link, id: source_id, name, phoneId: phone_id, capturedAt: captured_at },
    cursor: cursor === null ? undefined : JSON.parse(cursor),
    state: State.parse(JSON.parse(state)),
    ...{ since: rest.state_since, installation: rest.installation, resetAt: rest.reset_at },
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
export function bindSource(tx: Transaction, source: Source, phoneId: string): BoundSource {
  const { link, id, name, state, installation = null } = source
  tx.statement(
    `INSERT INTO sources (link, source_id, name, phone_id, bound_at, state, state_since, installation)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(link, id, name, phoneId, tx.at, JSON.stringify(state), tx.at, installation)
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

/** A capture that goes on came so far. */
export function noteReached(tx: Transaction, key: number, cursor: unknown): void {
  tx.statement('UPDATE sources SET cursor = ? WHERE id = ?').run(JSON.stringify(cursor), key)
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

/** Notes as what the device was set up; another one than before is a reset. */
export function noteInstallation(
  tx: Transaction,
  { key, installation: before }: BoundSource,
  installation: string,
): void {
  tx.statement('UPDATE sources SET installation = ? WHERE id = ?').run(installation, key)
  if (before !== null) noteReset(tx, key)
}

/** The device seems to have been reset; the time when that was first seen stays. */
export function noteReset(tx: Transaction, key: number): void {
  tx.statement('UPDATE sources SET reset_at = coalesce(reset_at, ?) WHERE id = ?').run(tx.at, key)
}

/** The owner has dealt with the reset: what was lost is back, or may go. */
export function forgetReset(tx: Transaction, key: number): void {
  tx.statement('UPDATE sources SET reset_at = NULL WHERE id = ?').run(key)
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
  displayName: string
  /** Since when the source has no such collection any more: milliseconds since 1970; null while it has. */
  vanishedAt: number | null
  /** Its phone has it at present. */
  isPresent: boolean
}

/** All mirrors of the source there have been. */
export function listMirrors(reader: Reader, key: number): Mirror[] {
  return reader
    .statement(
      `SELECT s.kind, s.captured_id, s.collection_id, s.vanished_at, c.name, c.display_name, c.deleted_seq
       FROM source_collections s JOIN collections c ON c.id = s.collection_id
       WHERE s.source = ? ORDER BY s.collection_id`,
    )
    .all(key)
    .map((row) => ({
      kind: row.kind as Mirror['kind'],
      capturedId: String(row.captured_id),
      collectionId: Number(row.collection_id),
      name: String(row.name),
      displayName: String(row.display_name),
      vanishedAt: row.vanished_at === null ? null : Number(row.vanished_at),
      isPresent: row.deleted_seq === null,
    }))
}

export function rememberMirror(
  tx: Transaction,
  key: number,
  mirror: Pick<Mirror, 'kind' | 'capturedId' | 'collectionId'>,
): void {
  tx.statement(
    'INSERT OR REPLACE INTO source_collections (source, kind, captured_id, collection_id) VALUES (?, ?, ?, ?)',
  ).run(key, mirror.kind, mirror.capturedId, mirror.collectionId)
}

/** Notes whether the source has the collection; the time since when it has not stays. */
export function noteVanished(tx: Transaction, key: number, collectionId: number, isVanished: boolean): void {
  tx.statement(
    `UPDATE source_collections SET vanished_at = iif(?, coalesce(vanished_at, ?), NULL)
     WHERE source = ? AND collection_id = ?`,
  ).run(isVanished ? 1 : 0, tx.at, key, collectionId)
}
