/** Packs in the making: blobs are sealed straight into the memory that becomes the file. */
import { createHash, type Hash } from 'node:crypto'
import { release } from '../memory.ts'
import { compress, isBoxGood } from './blob.ts'
import { BOX_OVERHEAD, idOf, type Sealer } from './crypto.ts'
import {
  type BlobType,
  HEADER_OVERHEAD,
  MOST_ENTRY,
  type PackedBlob,
  sealHeader,
  writeEntry,
} from './pack.ts'
import type { PackMemory } from './pack-memory.ts'

/** A pack is closed once it holds this much: less than restic's do, as each worker holds three in memory. */
const FULL = 4 * 1024 * 1024
const FIRST_HEADER = 4096

interface OpenPack {
  memory: SharedArrayBuffer
  bytes: Buffer
  used: number
  header: Buffer
  headerUsed: number
  blobs: number
  hash: Hash
}

export interface FinishedPack {
  id: string
  /** Its header, not sealed; compact where a list of blobs would not be. */
  header: Uint8Array
  /** Count. */
  blobs: number
  /** Shared with the thread that stores it, and used again after; the pack is its first `length` bytes. */
  memory: SharedArrayBuffer
  length: number
}

export interface PackBuilder {
  /** @param compressible whether it is worth trying. @returns false, and nothing is added, when the bytes do not have this id. */
  add(id: string, bytes: Uint8Array, compressible: boolean): Promise<boolean>
  /** Hands over the pack that is open, and resolves once all are stored. */
  finish(): Promise<void>
}

/**
 * @param verify open each box again, with its hash, before it counts.
 * @param store resolves once the pack is durable; until then its memory is not touched.
 */
export function createPackBuilder(
  type: BlobType,
  sealer: Sealer,
  verify: boolean,
  packMemory: PackMemory,
  store: (pack: FinishedPack) => Promise<void>,
): PackBuilder {
  let open: OpenPack | undefined
  const beingStored = new Set<Promise<void>>()

  async function add(id: string, bytes: Uint8Array, compressible: boolean): Promise<boolean> {
    const frame = compressible ? compress(type, bytes) : undefined
    // Trees are always compressed; other programs count on it.
    const compressed = frame !== undefined && (type === 'tree' || frame.length < bytes.length)
    const content = compressed ? frame : bytes
    const pack = await packWithRoom(content.length + BOX_OVERHEAD)
    const blob: PackedBlob = {
      type,
      id,
      offset: pack.used,
      length: sealer.sealInto(pack.bytes, pack.used, content),
      uncompressedLength: compressed ? bytes.length : null,
    }
    if (frame) release(frame)
    const box = pack.bytes.subarray(pack.used, pack.used + blob.length)
    if (verify && !opensTo(blob, box, bytes)) return false
    pack.hash.update(box)
    pack.used += blob.length
    addEntry(pack, blob)
    if (pack.used >= FULL) handOver()
    return true
  }

  function opensTo(blob: PackedBlob, box: Uint8Array, bytes: Uint8Array): boolean {
    if (isBoxGood(sealer, blob, box)) return true
    if (idOf(bytes) !== blob.id) return false
    throw new Error('What was just sealed does not open again. The memory of this computer may be faulty.')
  }

  function addEntry(pack: OpenPack, blob: PackedBlob): void {
    if (pack.headerUsed + MOST_ENTRY > pack.header.length) {
      pack.header = Buffer.concat([pack.header], pack.header.length * 2)
    }
    pack.headerUsed = writeEntry(pack.header, pack.headerUsed, blob)
    pack.blobs++
  }

  async function packWithRoom(boxLength: number): Promise<OpenPack> {
    const needed = boxLength + MOST_ENTRY + HEADER_OVERHEAD
    if (open && open.used + open.headerUsed + needed > open.bytes.length) handOver()
    if (!open) {
      const memory = await packMemory.take(needed)
      const header = Buffer.allocUnsafeSlow(FIRST_HEADER)
      const hash = createHash('sha256')
      open = { memory, bytes: Buffer.from(memory), used: 0, header, headerUsed: 0, blobs: 0, hash }
    }
    return open
  }

  function handOver(): void {
    const { memory, bytes, used, blobs, hash } = open!
    const header = open!.header.subarray(0, open!.headerUsed)
    const length = used + sealHeader(sealer, header, bytes, used)
    hash.update(bytes.subarray(used, length))
    const stored = store({ id: hash.digest('hex'), header, blobs, memory, length })
    packMemory.giveBack(memory, stored)
    beingStored.add(stored)
    // One that failed stays, and `finish` hears of it.
    stored.then(
      () => beingStored.delete(stored),
      () => undefined,
    )
    open = undefined
  }

  async function finish(): Promise<void> {
    if (open && open.blobs > 0) handOver()
    await Promise.all(beingStored)
  }

  return { add, finish }
}
