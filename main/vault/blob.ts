/** Blobs: how bytes are compressed before they are sealed, and opened and checked after. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { Problem } from '../problem.ts'
import { BOX_OVERHEAD, idOf, type Sealer } from './crypto.ts'
import type { PackedBlob } from './pack.ts'

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

/** One zstd frame. */
export function compress(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, LEVEL)
}

/** @param length what the frame must hold; no more is ever unpacked. @throws when it does not. */
export function decompress(frame: Uint8Array, length: number): Buffer {
  const bytes = zstdDecompressSync(frame, { maxOutputLength: Math.max(length, 1) })
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
  if (idOf(bytes) !== blob.id) throw damaged(blob)
  return bytes
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
