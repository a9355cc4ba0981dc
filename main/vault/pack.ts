/** Pack files: many sealed blobs in one file, with a sealed header at its end. */
import { Problem } from '../problem.ts'
import { BOX_OVERHEAD, type Sealer } from './crypto.ts'
import type { Storage } from './storage.ts'

/** What a blob holds: file content or a folder's tree. */
export type BlobType = 'data' | 'tree'

/** A blob in a pack. */
export interface PackedBlob {
  type: BlobType
  /** SHA-256 of the uncompressed bytes, 64 hex digits. */
  id: string
  /** Where its box begins in the pack, and the box's length; bytes. */
  offset: number
  length: number
  /** Null when it is stored uncompressed. */
  uncompressedLength: number | null
}

export interface Pack {
  id: string
  blobs: PackedBlob[]
}

// Entry: type, length, uncompressed length if there is one, id.
const PLAIN_ENTRY = 1 + 4 + 32
const COMPRESSED_ENTRY = PLAIN_ENTRY + 4
const TRAILER = 4

/** The longest entry of a header, and what the header is longer than its entries. */
export const MOST_ENTRY = COMPRESSED_ENTRY
export const HEADER_OVERHEAD = BOX_OVERHEAD + TRAILER
const MOST_HEADER = 16 * 1024 * 1024

/** Bytes of a whole pack with these blobs. */
export function packSize(blobs: readonly PackedBlob[]): number {
  return blobs.reduce((size, { length }) => size + length, headerSize(blobs))
}

/** Bytes that follow the blobs: the sealed header and its length. */
function headerSize(blobs: readonly PackedBlob[]): number {
  const entries = blobs.map(({ uncompressedLength }) =>
    uncompressedLength === null ? PLAIN_ENTRY : COMPRESSED_ENTRY,
  )
  return entries.reduce((size, entry) => size + entry, HEADER_OVERHEAD)
}

/** Writes a blob's entry into a header that has room for it; returns where the entry ends. */
export function writeEntry(header: Buffer, at: number, blob: Omit<PackedBlob, 'offset'>): number {
  const { type, id, length, uncompressedLength } = blob
  const compressed = uncompressedLength !== null
  let end = header.writeUInt8((type === 'data' ? 0 : 1) + (compressed ? 2 : 0), at)
  end = header.writeUInt32LE(length, end)
  if (compressed) end = header.writeUInt32LE(uncompressedLength, end)
  return end + header.write(id, end, 'hex')
}

/** Writes the sealed header and its length into the target at `at`; returns how long both are. */
export function sealHeader(sealer: Sealer, header: Uint8Array, target: Buffer, at: number): number {
  const length = sealer.sealInto(target, at, header)
  target.writeUInt32LE(length, at + length)
  return length + TRAILER
}

/** The blobs that a header lists, in the order they lie in the pack. @throws Problem `vault-damaged`. */
export function parseHeader(packId: string, header: Buffer): PackedBlob[] {
  const blobs: PackedBlob[] = []
  let offset = 0
  for (let at = 0; at < header.length; ) {
    const kind = header[at]!
    const compressed = kind >= 2
    const size = compressed ? COMPRESSED_ENTRY : PLAIN_ENTRY
    if (kind > 3 || at + size > header.length) throw damaged(packId)
    const length = header.readUInt32LE(at + 1)
    blobs.push({
      type: kind % 2 === 0 ? 'data' : 'tree',
      id: header.toString('hex', at + size - 32, at + size),
      offset,
      length,
      uncompressedLength: compressed ? header.readUInt32LE(at + 5) : null,
    })
    offset += length
    at += size
  }
  return blobs
}

/**
 * What a pack's own header says is in it; for packs that no index lists, and to compare with one that does.
 * @throws Problem `vault-damaged`, `not-found`.
 */
export async function readPackHeader(storage: Storage, sealer: Sealer, id: string): Promise<PackedBlob[]> {
  const size = await storage.size('pack', id)
  if (size < TRAILER + BOX_OVERHEAD) throw damaged(id)
  const trailer = await storage.read('pack', id, { offset: size - TRAILER, length: TRAILER })
  const length = trailer.readUInt32LE()
  const offset = size - TRAILER - length
  if (length < BOX_OVERHEAD || length > MOST_HEADER || offset < 0) throw damaged(id)
  return openHeader(sealer, id, await storage.read('pack', id, { offset, length }), offset)
}

/** The header of a pack that is in memory. @throws Problem `vault-damaged`. */
export function readHeader(sealer: Sealer, id: string, pack: Buffer): PackedBlob[] {
  if (pack.length < TRAILER + BOX_OVERHEAD) throw damaged(id)
  const end = pack.length - TRAILER
  const offset = end - pack.readUInt32LE(end)
  if (offset < 0 || end - offset < BOX_OVERHEAD) throw damaged(id)
  return openHeader(sealer, id, pack.subarray(offset, end), offset)
}

/** @param end where the blobs end and the header begins. */
function openHeader(sealer: Sealer, packId: string, box: Buffer, end: number): PackedBlob[] {
  const blobs = parseHeader(packId, sealer.open(box))
  const last = blobs.at(-1)
  if ((last ? last.offset + last.length : 0) !== end) throw damaged(packId)
  return blobs
}

function damaged(id: string): Problem {
  return new Problem('vault-damaged', `The pack ${id} has no whole header.`, 'Check and repair the vault.')
}
