/**
 * Uploads that come as numbered chunks, in any order and several at once, and are joined at the end. Each chunk is a file of its own that
 * counts once it has its row; uploads survive a restart, and those that rest for a day are swept.
 */

import { createReadStream } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { discardFile, type ReceivedFile } from './files.ts'
import type { Reader, Replica, Transaction } from './replica.ts'

/** An upload that no chunk came for in this time is thrown away, in milliseconds. */
export const CHUNKS_LIFETIME = 86_400_000

export interface ChunkedUpload {
  id: number
  /** As its client calls it. */
  name: string
  /** When its last chunk came: milliseconds since 1970. */
  usedAt: number
}

export interface Chunk {
  /** As its client calls it. */
  name: string
  size: number
  /** Its name on the disk. */
  file: string
}

export function listUploads(reader: Reader, phoneId: string): ChunkedUpload[] {
  return reader
    .statement('SELECT id, name, used_at FROM chunked_uploads WHERE phone_id = ? ORDER BY name')
    .all(phoneId)
    .map((row) => ({ id: Number(row.id), name: String(row.name), usedAt: Number(row.used_at) }))
}

export function findUpload(reader: Reader, phoneId: string, name: string): ChunkedUpload | undefined {
  const row = reader
    .statement('SELECT id, used_at FROM chunked_uploads WHERE phone_id = ? AND name = ?')
    .get(phoneId, name)
  return row && { id: Number(row.id), name, usedAt: Number(row.used_at) }
}

/** Begins an upload; the caller has checked that there is none of this name. */
export function beginUpload(tx: Transaction, phoneId: string, name: string): void {
  tx.statement('INSERT INTO chunked_uploads (phone_id, name, used_at) VALUES (?, ?, ?)').run(
    phoneId,
    name,
    tx.at,
  )
}

/** The chunks that are here for good, by name. */
export function listChunks(reader: Reader, uploadId: number): Chunk[] {
  return reader
    .statement('SELECT name, size, file FROM chunks WHERE upload_id = ? ORDER BY name')
    .all(uploadId)
    .map((row) => ({ name: String(row.name), size: Number(row.size), file: String(row.file) }))
}

export function findChunk(reader: Reader, uploadId: number, name: string): Chunk | undefined {
  const row = reader
    .statement('SELECT size, file FROM chunks WHERE upload_id = ? AND name = ?')
    .get(uploadId, name)
  return row && { name, size: Number(row.size), file: String(row.file) }
}

export function countChunks(reader: Reader, uploadId: number): number {
  return Number(reader.statement('SELECT count(*) AS n FROM chunks WHERE upload_id = ?').get(uploadId)?.n)
}

/** Bytes of all chunks of a phone. */
export function chunkBytes(reader: Reader, phoneId: string): number {
  const row = reader
    .statement(
      'SELECT sum(size) AS bytes FROM chunks JOIN chunked_uploads ON id = upload_id WHERE phone_id = ?',
    )
    .get(phoneId)
  return Number(row?.bytes ?? 0)
}

/**
 * Adds a received chunk, in place of one of the same name; resolves once it is durable. Whatever the outcome, the received file is no
 * longer the caller's.
 * @returns undefined when the upload is gone meanwhile.
 */
export async function storeChunk(
  replica: Replica,
  uploadId: number,
  name: string,
  received: ReceivedFile,
): Promise<'created' | 'changed' | undefined> {
  const file = replica.world.random(12).toString('hex')
  const path = chunkPath(replica, file)
  await rename(received.temporary, path)
  try {
    await replica.syncs.settle(received.file, replica.chunks)
    const stored = await replica.write((tx) => insertChunk(tx, uploadId, { name, size: received.size, file }))
    if (!stored) await rm(path, { force: true })
    if (stored?.replaced !== undefined) await rm(chunkPath(replica, stored.replaced), { force: true })
    return stored && (stored.replaced === undefined ? 'created' : 'changed')
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await discardFile(received)
  }
}

function insertChunk(
  tx: Transaction,
  uploadId: number,
  { name, size, file }: Chunk,
): { replaced: string | undefined } | undefined {
  const { changes } = tx.statement('UPDATE chunked_uploads SET used_at = ? WHERE id = ?').run(tx.at, uploadId)
  if (changes === 0) return undefined
  const replaced = findChunk(tx, uploadId, name)?.file
  tx.statement('INSERT OR REPLACE INTO chunks (upload_id, name, size, file) VALUES (?, ?, ?, ?)').run(
    uploadId,
    name,
    size,
    file,
  )
  return { replaced }
}

/** @returns false when there was no such chunk. */
export async function removeChunk(replica: Replica, uploadId: number, name: string): Promise<boolean> {
  const removed = await replica.write((tx) =>
    tx.statement('DELETE FROM chunks WHERE upload_id = ? AND name = ? RETURNING file').all(uploadId, name),
  )
  await removeFiles(replica, removed)
  return removed.length > 0
}

/** Throws an upload away with all its chunks. */
export async function removeUpload(replica: Replica, uploadId: number): Promise<void> {
  const removed = await replica.write((tx) => {
    const files = tx.statement('DELETE FROM chunks WHERE upload_id = ? RETURNING file').all(uploadId)
    tx.statement('DELETE FROM chunked_uploads WHERE id = ?').run(uploadId)
    return files
  })
  await removeFiles(replica, removed)
}

// The rows go first: a crash in between leaves files too many, which are swept, and never a row without its file.
async function removeFiles(replica: Replica, rows: Record<string, unknown>[]): Promise<void> {
  for (const { file } of rows) await rm(chunkPath(replica, String(file)), { force: true })
}

/** The bytes of the chunks, one after the other. */
export function readChunks(replica: Replica, chunks: readonly Chunk[]): Readable {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const { file } of chunks) {
      yield* createReadStream(chunkPath(replica, file), { highWaterMark: 512 * 1024 })
    }
  }
  return Readable.from(bytes())
}

function chunkPath(replica: Replica, file: string): string {
  return join(replica.chunks, file)
}

/** Throws away uploads that rested for a day. */
export async function sweepUploads(replica: Replica): Promise<void> {
  const resting = replica
    .statement('SELECT id FROM chunked_uploads WHERE used_at < ?')
    .all(replica.world.now() - CHUNKS_LIFETIME)
  for (const { id } of resting) await removeUpload(replica, Number(id))
}

/** The same, and deletes the files of chunks that never counted. Called before any link is open. */
export async function sweepChunks(replica: Replica): Promise<void> {
  await sweepUploads(replica)
  const counted = new Set(
    replica
      .statement('SELECT file FROM chunks')
      .all()
      .map(({ file }) => String(file)),
  )
  for (const file of await readdir(replica.chunks)) {
    if (!counted.has(file)) await rm(chunkPath(replica, file), { force: true })
  }
}
