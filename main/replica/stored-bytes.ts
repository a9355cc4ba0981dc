/** Whether a stored photo's bytes are still on the disk as they came: its folder is its owner's, and disks fail. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Problem } from '../problem.ts'
import { openFile } from './open-file.ts'
import type { Replica } from './replica.ts'

/** Whether the file is there with all its bytes; they are not read. */
export async function isThere(replica: Replica, fileId: number): Promise<boolean> {
  const file = await openIfAsStored(replica, fileId)
  await file?.close()
  return file !== undefined
}

/** Reads the file from the disk and compares. @param hash SHA-256 of what was stored, hex. */
export async function isIntact(
  replica: Replica,
  { fileId, hash }: { fileId: number; hash: string },
): Promise<boolean> {
  const file = await openIfAsStored(replica, fileId)
  if (!file) return false
  const found = createHash('sha256')
  for await (const chunk of file.createReadStream({ highWaterMark: 256 * 1024 })) found.update(chunk)
  return found.digest('hex') === hash
}

async function openIfAsStored(replica: Replica, fileId: number): Promise<FileHandle | undefined> {
  try {
    return await openFile(replica, fileId)
  } catch (error) {
    if (error instanceof Problem && error.code === 'data-damaged') return undefined
    throw error
  }
}
