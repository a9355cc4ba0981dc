/** Mends what is damaged: the vault from what the replica still has, and photos on disk from the vault. */
import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import type { Output } from '../../preload/contract.ts'
import type { Watch } from '../progress.ts'
import { filePath } from '../replica/files.ts'
import type { Replica } from '../replica/replica.ts'
import { CHUNK_LENGTH } from '../vault/chunker.ts'
import { repair } from '../vault/repair.ts'
import type { Vault } from '../vault/vault.ts'

/** Reads the whole vault, and stores anew what is damaged in it and still here. */
export async function repairFromReplica(
  replica: Replica,
  vault: Vault,
  watch: Watch,
): Promise<Output<'repair'>> {
  const { done, lost } = await repair(vault, (id) => findBytes(replica, id), watch)
  return { done, lost: lost.map(({ what }) => what) }
}

/** Bytes with this SHA-256, if an item or a part of a photo has them and they are still whole. */
async function findBytes(replica: Replica, hash: string): Promise<Uint8Array | undefined> {
  const bytes = bodyWith(replica, hash) ?? (await fileWith(replica, hash)) ?? (await partWith(replica, hash))
  return bytes && createHash('sha256').update(bytes).digest('hex') === hash ? bytes : undefined
}

function bodyWith(replica: Replica, hash: string): Uint8Array | undefined {
  const body = replica
    .statement('SELECT body FROM versions WHERE hash = ? AND body IS NOT NULL')
    .get(hash)?.body
  return body instanceof Uint8Array ? body : undefined
}

async function fileWith(replica: Replica, hash: string): Promise<Uint8Array | undefined> {
  const row = replica
    .statement('SELECT id FROM photo_files WHERE hash = ? AND size <= ?')
    .get(hash, CHUNK_LENGTH)
  return row && readFile(filePath(replica, Number(row.id))).catch(() => undefined)
}

async function partWith(replica: Replica, hash: string): Promise<Uint8Array | undefined> {
  const row = replica.statement('SELECT id, blobs, size FROM photo_files WHERE instr(blobs, ?) > 0').get(hash)
  if (!row) return undefined
  const offset = String(row.blobs).split(',').indexOf(hash) * CHUNK_LENGTH
  const length = Math.min(CHUNK_LENGTH, Number(row.size) - offset)
  const file = await open(filePath(replica, Number(row.id))).catch(() => undefined)
  if (!file) return undefined
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
