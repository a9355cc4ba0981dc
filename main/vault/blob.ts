/** Blobs: how bytes are compressed before they are sealed, and opened and checked after. */
import { createHash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { release } from '../memory.ts'
import { Problem } from '../problem.ts'
import { BOX_OVERHEAD, idOf, type Sealer } from './crypto.ts'
import type { BlobType, PackedBlob } from './pack.ts'

// What a tree holds is mostly hashes: searching harder for repetitions takes twice the time and finds less.
const LEVEL: Record<BlobType, number> = { data: 3, tree: 1 }
// What node gives out at once; its own 16 KiB would cost large blobs many rounds, and all in one piece spares a copy.
const LEAST_CHUNK = 64
const MOST_CHUNK = 16 * 1024 * 1024
const LARGE = 64 * 1024

/** One zstd frame; a large one fills its memory, so that `release` gives it back. */
export function compress(type: BlobType, bytes: Uint8Array): Buffer {
  const chunkSize = Math.min(bytes.length + LEAST_CHUNK, MOST_CHUNK)
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL[type] }
  const frame = zstdCompressSync(bytes, { params, pledgedSrcSize: bytes.length, chunkSize })
  const { buffer, byteOffset, length } = frame
  const isLarge = length > LARGE && byteOffset === 0 && buffer instanceof ArrayBuffer
  return isLarge ? Buffer.from(buffer.transfer(length)) : frame
}

/** @param length what the frame must hold; no more is ever unpacked. @throws when it does not. */
export function decompress(frame: Uint8Array, length: number): Buffer {
  const chunkSize = Math.max(length, LEAST_CHUNK)
  const bytes = zstdDecompressSync(frame, { maxOutputLength: chunkSize, chunkSize })
  if (bytes.length !== length) throw new Error(`a frame of ${bytes.length} bytes in place of ${length}`)
  return bytes
}

/**
 * A blob's bytes out of its box, checked against its id.
 * @throws Problem `vault-damaged`.
 */
export function openBlob(sealer: Sealer, blob: PackedBlob, box: Uint8Array): Buffer {
  if (box.length !== blob.length || blob.length < BOX_OVERHEAD) throw damaged(blob)
  const stored = sealer.open(box)
  const bytes =
    blob.uncompressedLength === null ? stored : decompressed(blob, stored, blob.uncompressedLength)
  if (bytes !== stored) release(stored)
  if (idOf(bytes) !== blob.id) throw damaged(blob)
  return bytes
}

/**
 * The same piece by piece, which spares the memory of large blobs; a piece is gone when the next is asked for. Only after the
 * last is it known that they are right.
 * @throws Problem `vault-damaged`.
 */
export function* blobPieces(sealer: Sealer, blob: PackedBlob, box: Uint8Array): Generator<Uint8Array> {
  if (blob.uncompressedLength !== null || box.length !== blob.length) {
    const bytes = openBlob(sealer, blob, box)
    yield bytes
    release(bytes)
    return
  }
  const hash = createHash('sha256')
  for (const piece of sealer.openPieces(box)) {
    hash.update(piece)
    yield piece
  }
  if (hash.digest('hex') !== blob.id) throw damaged(blob)
}

/** Whether a box opens to what the blob's id says. */
export function isBoxGood(sealer: Sealer, blob: PackedBlob, box: Uint8Array): boolean {
  try {
    for (const _ of blobPieces(sealer, blob, box));
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

function decompressed(blob: PackedBlob, stored: Buffer, length: number): Buffer {
  try {
    return decompress(stored, length)
  } catch (cause) {
    throw damaged(blob, cause)
  }
}

function damaged({ type, id }: PackedBlob, cause?: unknown): Problem {
  return new Problem('vault-damaged', `The ${type} blob ${id} is damaged.`, 'Check and repair the vault.', {
    cause,
  })
}
