/** The worker that makes packs: reads files, hashes, compresses, seals and verifies. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { release } from '../memory.ts'
import { serveJobs } from '../workers/worker-side.ts'
import { CHUNK_LENGTH, chunkLengths, isOneBlob } from './chunker.ts'
import { isCompressible } from './compressible.ts'
import { type BoxKey, createSealer, idOf } from './crypto.ts'
import type { BlobType } from './pack.ts'
import { createPackBuilder, type FinishedPack } from './pack-builder.ts'
import { createPackMemory } from './pack-memory.ts'
import { randomStream } from './random-stream.ts'

export interface SealWorkerData {
  masterKey: BoxKey
  /** 32 random bytes for this worker alone. */
  seed: Uint8Array
  /** Open every box again before it counts. */
  verify: boolean
}

export interface GivenBlob {
  type: BlobType
  id: string
  /** Bytes. */
  length: number
  /** Name of the file that it is the content of; empty for trees. */
  name: string
}

export interface SourceFile {
  /** Path on disk. */
  source: string
  name: string
  /** Bytes that the file must have. */
  size: number
  /** SHA-256 that it must have, as hex, if that is known. */
  hash: string | undefined
}

/** The ids of a file's blobs, or why it could not be stored; and how much of it was read. */
export type FileOutcome = { bytesRead: number } & ({ blobs: string[] } | { unreadable: string })

export type SealJobs = {
  /** Stores blobs whose bytes follow one another. */
  blobs(given: { blobs: GivenBlob[]; bytes: Uint8Array }): void
  file(file: SourceFile): FileOutcome
  finish(given: null): void
}

export type SealQuestions = {
  /** Whether the vault lacks a data blob; who is told so stores it. */
  isNew(id: string): boolean
  /** Stores a pack durably. */
  store(pack: FinishedPack): void
}

const { masterKey, seed, verify } = workerData as SealWorkerData
const sealer = createSealer(masterKey, randomStream(seed))
const input = Buffer.allocUnsafeSlow(CHUNK_LENGTH)

const ask = serveJobs<SealJobs, SealQuestions>({
  async blobs({ blobs, bytes }) {
    let end = 0
    for (const { type, id, length, name } of blobs) {
      const start = end
      end += length
      await storeKnown(type, id, bytes.subarray(start, end), name)
    }
    release(bytes)
    return { value: undefined }
  },
  async file(file) {
    return { value: await storeFile(file) }
  },
  async finish() {
    await Promise.all([builders.data.finish(), builders.tree.finish()])
    return { value: undefined }
  },
})

const store = (pack: FinishedPack) => ask('store', pack)
const packMemory = createPackMemory()
const builders = {
  data: createPackBuilder('data', sealer, verify, packMemory, store),
  tree: createPackBuilder('tree', sealer, verify, packMemory, store),
}

async function storeFile({ source, name, size, hash }: SourceFile): Promise<FileOutcome> {
  let file: number
  try {
    file = openSync(source, 'r')
  } catch (error) {
    return { unreadable: (error as Error).message, bytesRead: 0 }
  }
  let bytesRead = 0
  try {
    const found = fstatSync(file)
    if (!found.isFile() || found.size !== size) return { unreadable: CHANGED, bytesRead }
    const whole = hash !== undefined && !isOneBlob(size) ? createHash('sha256') : undefined
    const blobs: string[] = []
    for (const length of chunkLengths(size)) {
      const bytes = input.subarray(0, length)
      if (!readWhole(file, bytes)) return { unreadable: CHANGED, bytesRead }
      bytesRead += length
      whole?.update(bytes)
      const id = await storeChunk(name, bytes, isOneBlob(size) ? hash : undefined)
      if (id === undefined) return { unreadable: CHANGED, bytesRead }
      blobs.push(id)
    }
    if (whole && whole.digest('hex') !== hash) return { unreadable: CHANGED, bytesRead }
    return { blobs, bytesRead }
  } catch (error) {
    // Reading can fail too, on a bad disk; what sealing and storing throw is no matter of this file.
    if ((error as NodeJS.ErrnoException).syscall !== 'read') throw error
    return { unreadable: (error as Error).message, bytesRead }
  } finally {
    closeSync(file)
  }
}

const CHANGED = 'The file is not what it was when it came: its content or size changed.'

/** Returns the chunk's id, or undefined when it does not have the expected one. */
async function storeChunk(
  name: string,
  bytes: Uint8Array,
  expected: string | undefined,
): Promise<string | undefined> {
  if (expected !== undefined) {
    if (!verify && idOf(bytes) !== expected) return undefined
    return (await builders.data.add(expected, bytes, isCompressible(name, bytes))) ? expected : undefined
  }
  const id = idOf(bytes)
  if (await ask('isNew', id)) await storeKnown('data', id, bytes, name)
  return id
}

/** Stores bytes whose id was just computed. */
async function storeKnown(type: BlobType, id: string, bytes: Uint8Array, name: string): Promise<void> {
  const compressible = type === 'tree' || isCompressible(name, bytes)
  if (!(await builders[type].add(id, bytes, compressible))) {
    throw new Error(`The bytes of blob ${id} changed in memory. The memory of this computer may be faulty.`)
  }
}

function readWhole(file: number, target: Uint8Array): boolean {
  for (let done = 0; done < target.length; ) {
    const count = readSync(file, target, done, target.length - done, null)
    if (count === 0) return false
    done += count
  }
  return true
}
