/**
 * Deletions that are held back: where much of a kind is gone at once, a reset or an outage is likelier than its owner's wish. They wait
 * for the owner's word; when the items come back meanwhile, nothing has happened.
 */
import type { Reader, Transaction } from '../replica/replica.ts'

const MOST_AT_ONCE = 50
const MOST_SHARE = 0.2
// A few deletions are an ordinary day, also where they are a good part of very little.
const FEW = 3

/** Whether so many of a kind gone at once are to be held back. */
export function isMassDeletion(gone: number, held: number): boolean {
  if (gone > MOST_AT_ONCE || (gone > 0 && gone === held)) return true
  return gone > FEW && gone > held * MOST_SHARE
}

export interface HeldDeletion {
  collectionId: number
  kind: 'contacts' | 'calendar'
  name: string
  /** Milliseconds since 1970. */
  heldAt: number
}

export function listHeldBack(reader: Reader, key: number): HeldDeletion[] {
  return reader
    .statement(
      `SELECT h.collection_id, c.kind, h.name, h.held_at FROM held_deletions h
       JOIN collections c ON c.id = h.collection_id WHERE h.source = ? ORDER BY h.collection_id, h.name`,
    )
    .all(key)
    .map((row) => ({
      collectionId: Number(row.collection_id),
      kind: row.kind as HeldDeletion['kind'],
      name: String(row.name),
      heldAt: Number(row.held_at),
    }))
}

/** Names of a collection's items whose deletion waits. */
export function heldBackOf(reader: Reader, key: number, collectionId: number): string[] {
  return reader
    .statement('SELECT name FROM held_deletions WHERE source = ? AND collection_id = ?')
    .all(key, collectionId)
    .map(({ name }) => String(name))
}

/** Holds these deletions of a collection back, and no others; those that were held before keep their time. */
export function holdBack(tx: Transaction, key: number, collectionId: number, names: readonly string[]): void {
  const held = new Set(names)
  const remove = tx.statement(
    'DELETE FROM held_deletions WHERE source = ? AND collection_id = ? AND name = ?',
  )
  for (const name of heldBackOf(tx, key, collectionId))
    if (!held.has(name)) remove.run(key, collectionId, name)
  const insert = tx.statement(
    'INSERT OR IGNORE INTO held_deletions (source, collection_id, name, held_at) VALUES (?, ?, ?, ?)',
  )
  for (const name of held) insert.run(key, collectionId, name, tx.at)
}
