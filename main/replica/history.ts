/** The past of the replica: what stood at a change, what a backup has to write, and what may be let go once a vault holds it. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NEWEST_TABLES } from './index/facts.ts'
import { type Cause, type Item, selectItems } from './items.ts'
import type { Reader, Replica, Transaction } from './replica.ts'

/** A version that was made in a span of changes and still stood at its end. */
export interface Changed {
  seq: number
  collectionId: number
  name: string
}

/** What changed after `from` and stood at `to`, gone items included, grouped by collection and ordered by name. */
export function changedBetween(reader: Reader, from: number, to: number): Changed[] {
  return reader
    .statement(
      `SELECT seq, collection_id, name FROM versions
       WHERE seq > ? AND seq <= ? AND (until IS NULL OR until > ?) ORDER BY collection_id, name`,
    )
    .all(from, to, to)
    .map((row) => ({ seq: Number(row.seq), collectionId: Number(row.collection_id), name: String(row.name) }))
}

// Few enough to take no memory to speak of, enough for few queries.
const PAGE = 500

/** All that stood in a collection at a change, ordered by name; read bit by bit, as it may be a whole library. */
export function* standingAt(reader: Reader, collectionId: number, seq: number): Generator<Item> {
  const clause = `WHERE collection_id = ? AND name > ? AND seq <= ? AND (until IS NULL OR until > ?) AND kind <> 'gone'
    ORDER BY name LIMIT ?`
  for (let last = ''; ; ) {
    const items = selectItems(reader, clause, collectionId, last, seq, seq, PAGE)
    yield* items
    if (items.length < PAGE) return
    last = items.at(-1)!.name
  }
}

/** How much `changedBetween` names: items that are not gone, and their bytes. */
export function measureChanges(reader: Reader, from: number, to: number): { items: number; bytes: number } {
  const row = reader
    .statement(
      `SELECT count(*) AS items, coalesce(sum(size), 0) AS bytes FROM versions
       WHERE seq > ? AND seq <= ? AND (until IS NULL OR until > ?) AND kind NOT IN ('gone', 'folder')`,
    )
    .get(from, to, to)
  return { items: Number(row?.items), bytes: Number(row?.bytes) }
}

/** Any version, of now or of the past. */
export function getVersion(reader: Reader, seq: number): Item {
  const [version] = selectItems(reader, 'WHERE seq = ?', seq)
  if (!version) throw new Error(`no version ${seq}`)
  return version
}

/** What a cause changed and nobody has changed since, gone items included. */
export function standingChangesBy(reader: Reader, cause: Cause): Item[] {
  return selectItems(reader, `WHERE cause = ? AND cause LIKE 'restore:%' AND until IS NULL`, cause)
}

/** The last change at or before a time; 0 when the replica is younger. */
export function seqAtTime(reader: Reader, time: number): number {
  return Number(reader.statement('SELECT max(seq) AS seq FROM versions WHERE at <= ?').get(time)?.seq ?? 0)
}

/** Tells whether the bytes of everything the phone had after change `seq` are still in the replica. */
export function isHeldAt(reader: Reader, phoneId: string, seq: number): boolean {
  const lost = reader
    .statement(
      `SELECT 1 FROM versions v JOIN collections c ON c.id = v.collection_id
       WHERE c.phone_id = ? AND v.seq <= ? AND v.until > ?
         AND v.kind NOT IN ('gone', 'folder') AND v.body IS NULL AND v.file_id IS NULL LIMIT 1`,
    )
    .get(phoneId, seq, seq)
  return lost === undefined
}

/** A snapshot that holds the replica as it stood at change `seq`. */
export interface Held {
  vaultId: string
  snapshotId: string
  seq: number
  /** Milliseconds since 1970. */
  at: number
}

/** Snapshots known to hold states of this history, newest first. */
export function listHeld(replica: Replica, vaultId: string): Held[] {
  return replica
    .statement(
      'SELECT snapshot_id, seq, at FROM backups WHERE vault_id = ? AND epoch = ? ORDER BY seq DESC, at DESC',
    )
    .all(vaultId, replica.epoch)
    .map((row) => ({
      vaultId,
      snapshotId: String(row.snapshot_id),
      seq: Number(row.seq),
      at: Number(row.at),
    }))
}

/** Ids of the vault's snapshots into which all went, of this history and of earlier ones. */
export function wholeSnapshots(reader: Reader, vaultId: string): Set<string> {
  const rows = reader.statement('SELECT snapshot_id FROM backups WHERE vault_id = ?').all(vaultId)
  return new Set(rows.map((row) => String(row.snapshot_id)))
}

export function recordHeld(tx: Transaction, epoch: string, held: Held): void {
  tx.statement(
    'INSERT OR REPLACE INTO backups (vault_id, snapshot_id, seq, epoch, at) VALUES (?, ?, ?, ?, ?)',
  ).run(held.vaultId, held.snapshotId, held.seq, epoch, held.at)
}

/** Follows a vault that dropped a snapshot, or saved it again under another id. */
export function replaceHeld(
  tx: Transaction,
  vaultId: string,
  snapshotId: string,
  newId: string | null,
): void {
  if (newId === null) {
    tx.statement('DELETE FROM backups WHERE vault_id = ? AND snapshot_id = ?').run(vaultId, snapshotId)
  } else {
    tx.statement('UPDATE backups SET snapshot_id = ? WHERE vault_id = ? AND snapshot_id = ?').run(
      newId,
      vaultId,
      snapshotId,
    )
  }
}

const DAY = 86_400_000

/** How long the replica keeps what no snapshot holds, and for how long a sync token stays good; milliseconds. */
export const KEEP_UNHELD = 90 * DAY
export const KEEP_TOMBSTONES = 180 * DAY

/**
 * Lets go of past versions that a snapshot holds, or that are older than `KEEP_UNHELD`; then of photo files that no version
 * needs any more, and of deletions older than `KEEP_TOMBSTONES`. What is current is never touched.
 * @returns the bytes freed on disk by photo files.
 */
export async function releaseHistory(replica: Replica): Promise<number> {
  const unused = await replica.write((tx) => {
    const mayBeUnused = release(tx, replica.epoch)
    forgetTombstones(tx, tx.at - KEEP_TOMBSTONES)
    return mayBeUnused.flatMap((fileId) => removeIfUnused(tx, fileId))
  })
  let freed = 0
  // The rows went first: a crash before this leaves a file too many, never an item without its file.
  for (const { path, size } of unused) {
    await rm(join(replica.photos, ...path.split('/')), { force: true })
    freed += size
  }
  return freed
}

/** @returns the photo files that past versions let go of. */
function release(tx: Transaction, epoch: string): number[] {
  // A version stood from `seq` until `until`: a snapshot taken in between holds it.
  const releasable = `until IS NOT NULL AND (body IS NOT NULL OR file_id IS NOT NULL)
    AND (at < ?2 AND (SELECT n.at FROM versions n WHERE n.seq = versions.until) < ?2
         OR EXISTS (SELECT 1 FROM backups b
                    WHERE b.epoch = ?1 AND b.seq >= versions.seq AND b.seq < versions.until))`
  const before = tx.at - KEEP_UNHELD
  const files = tx
    .statement(`SELECT DISTINCT file_id FROM versions WHERE file_id IS NOT NULL AND ${releasable}`)
    .all(epoch, before)
  tx.statement(`UPDATE versions SET body = NULL, file_id = NULL WHERE ${releasable}`).run(epoch, before)
  return files.map((row) => Number(row.file_id))
}

// A sync token from before a forgotten deletion cannot be answered any more, so each collection remembers how far that goes.
function forgetTombstones(tx: Transaction, before: number): void {
  tx.statement(
    `UPDATE collections SET forgotten_seq = coalesce(
       (SELECT max(seq) FROM versions v INDEXED BY versions_gone
        WHERE v.collection_id = collections.id AND v.kind = 'gone' AND v.until IS NULL AND v.at < ?), forgotten_seq)`,
  ).run(before)
  for (const table of NEWEST_TABLES) {
    tx.statement(
      `DELETE FROM ${table} WHERE seq IN (
         SELECT p.seq FROM versions g JOIN versions p ON p.collection_id = g.collection_id AND p.name = g.name AND p.until = g.seq
         WHERE g.kind = 'gone' AND g.until IS NULL AND g.at < ?)`,
    ).run(before)
  }
  tx.statement(`DELETE FROM versions WHERE kind = 'gone' AND until IS NULL AND at < ?`).run(before)
}

function removeIfUnused(tx: Transaction, fileId: number): { path: string; size: number }[] {
  return tx
    .statement(
      `DELETE FROM photo_files WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM versions WHERE file_id = ?1)
       RETURNING path, size`,
    )
    .all(fileId)
    .map((row) => ({ path: String(row.path), size: Number(row.size) }))
}

/** What a vault calls the parts of a file, remembered so that it need not be read again; null before its first backup. */
export function fileBlobs(reader: Reader, fileId: number): string[] | null {
  const blobs = reader.statement('SELECT blobs FROM photo_files WHERE id = ?').get(fileId)?.blobs
  return typeof blobs === 'string' ? blobs.split(',').filter(Boolean) : null
}

export function rememberBlobs(tx: Transaction, fileId: number, blobs: string[]): void {
  tx.statement('UPDATE photo_files SET blobs = ? WHERE id = ?').run(blobs.join(','), fileId)
}
