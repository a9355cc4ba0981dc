/** Reading a whole pack to see whether every byte of it is what was written. */
import { setImmediate } from 'node:timers/promises'
import { openBlob } from './blob.ts'
import { isUnreadable } from './copies.ts'
import { idOf } from './crypto.ts'
import { type PackedBlob, readHeader } from './pack.ts'
import type { Vault } from './vault.ts'

export interface PackInspection {
  /** Why the pack is not whole, in plain words; undefined when it is. */
  fault: string | undefined
  /** What is in it: by its own header or, if that is gone, by the index. */
  blobs: PackedBlob[]
  /** Those of them whose bytes are not what was stored. */
  bad: PackedBlob[]
  /** Whether the index lists just what the header does; false when that cannot be told. */
  isListedRight: boolean
  bytesRead: number
}

/**
 * Checks the file's hash, its header, and each blob's authenticity, compression and hash.
 * @param listed what the index says is in the pack.
 */
export async function inspectPack(vault: Vault, id: string, listed: PackedBlob[]): Promise<PackInspection> {
  const first = await inspectOnce(vault, id, listed)
  // A cable or a memory cell that fails now and then must not cost a good pack.
  return first.fault === undefined ? first : inspectOnce(vault, id, listed)
}

async function inspectOnce(vault: Vault, id: string, listed: PackedBlob[]): Promise<PackInspection> {
  const pack = await unlessUnreadable(() => vault.storage.read('pack', id))
  if (pack instanceof Error) return inspectByPieces(vault, id, listed, pack)
  const header = await unlessUnreadable(async () => readHeader(vault.sealer, id, pack))
  const hasHeader = Array.isArray(header)
  const blobs = hasHeader ? header : listed
  const bad: PackedBlob[] = []
  for (const blob of blobs) {
    await setImmediate() // a pack takes a while, and others wait for this thread
    const box = pack.subarray(blob.offset, blob.offset + blob.length)
    const opened = await unlessUnreadable(async () => openBlob(vault.sealer, blob, box))
    if (opened instanceof Error) bad.push(blob)
  }
  const isHashRight = idOf(pack) === id
  return {
    fault: faultOf(isHashRight, hasHeader, bad.length, blobs.length),
    blobs,
    bad,
    isListedRight: hasHeader && sameBlobs(header, listed),
    bytesRead: pack.length,
  }
}

// Where the disk refuses a part of the file, the other parts may still be read.
async function inspectByPieces(
  vault: Vault,
  id: string,
  listed: PackedBlob[],
  error: Error,
): Promise<PackInspection> {
  const bad: PackedBlob[] = []
  for (const blob of listed) {
    const { offset, length } = blob
    const opened = await unlessUnreadable(async () =>
      openBlob(vault.sealer, blob, await vault.storage.read('pack', id, { offset, length })),
    )
    if (opened instanceof Error) bad.push(blob)
  }
  const fault = `it cannot be read: ${error.message}`
  return { fault, blobs: listed, bad, isListedRight: false, bytesRead: 0 }
}

function faultOf(isHashRight: boolean, hasHeader: boolean, bad: number, all: number): string | undefined {
  if (bad > 0) return `${bad} of its ${all} parts are damaged`
  if (!hasHeader) return 'its own list of contents is damaged'
  if (!isHashRight) return 'bytes between its parts were changed'
}

function sameBlobs(a: readonly PackedBlob[], b: readonly PackedBlob[]): boolean {
  return a.length === b.length && a.every((blob, at) => sameBlob(blob, b[at]!))
}

function sameBlob(a: PackedBlob, b: PackedBlob): boolean {
  const isSamePlace = a.offset === b.offset && a.length === b.length
  return isSamePlace && a.type === b.type && a.id === b.id && a.uncompressedLength === b.uncompressedLength
}

async function unlessUnreadable<T>(read: () => Promise<T>): Promise<T | Error> {
  try {
    return await read()
  } catch (error) {
    if (isUnreadable(error)) return error as Error
    throw error
  }
}
