/** Blobs on their way into a vault: told apart from those it has, sealed by the workers, put in packs and indexed. */

import { ownMemory } from '../memory.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { createWorkerPool } from '../workers/worker-pool.ts'
import type { BlobIndex } from './blob-index.ts'
import { isOneBlob } from './chunker.ts'
import { idOf } from './crypto.ts'
import { BLOBS_PER_INDEX_FILE } from './index-file.ts'
import { type BlobType, type Pack, parseHeader } from './pack.ts'
import type { FinishedPack } from './pack-builder.ts'
import type {
  FileOutcome,
  GivenBlob,
  SealJobs,
  SealQuestions,
  SealWorkerData,
  SourceFile,
} from './seal-worker.ts'
import type { Vault } from './vault.ts'

export interface BlobWriter {
  /** Whether the vault has a blob, or soon will: the next `flush` makes it durable. */
  has(type: BlobType, id: string): boolean
  /**
   * Stores bytes as one blob, unless the vault has them or soon will, and returns its id. They are durable, and may be
   * referred to, only after `flush`, which throws if they could not be stored.
   * @param options.again stores it even if it is there, as repacking does.
   * @param options.name of the file that it is the content of, which tells whether to compress it.
   * @param options.handOver lets the writer have the bytes' own memory, which spares a copy of large ones.
   */
  add(type: BlobType, bytes: Uint8Array, options?: AddOptions): string
  /** Stores a file from the disk, by the same rules. */
  addFile(file: SourceFile): Promise<FileOutcome>
  /**
   * To be awaited before each of many adds: resolves once there is room for more; nothing to wait for if there is.
   * @throws what storing failed with.
   */
  room(): Promise<void> | undefined
  /** Writes all open packs, then the index files that list them; durable once resolved. */
  flush(): Promise<void>
  /** Ids of the packs written so far. */
  readonly packs: readonly string[]
  /** Bytes of the packs and index files written so far. */
  readonly bytesWritten: number
}

export interface AddOptions {
  again?: boolean
  name?: string
  handOver?: boolean
}

export interface WriteOptions {
  /** Opens each box again before it counts; left out only to measure what it costs. */
  verify: boolean
}

const SCRIPT = new URL('./seal-worker.ts', import.meta.url)
const INDEX_EVERY = 5 * 60_000
const BATCH_BYTES = 64 * 1024
const BATCH_BLOBS = 64
// What a blob costs apart from its bytes, in bytes' worth of time.
const BLOB_COST = 16 * 1024

/**
 * Lets the work store blobs. Only under a lock. If the work fails, the packs that are stored are indexed all the same, so that
 * the next try finds their blobs.
 */
export async function writeBlobs<T>(
  vault: Vault,
  watch: Watch,
  work: (writer: BlobWriter) => Promise<T>,
  options: WriteOptions = { verify: true },
): Promise<T> {
  const writer = createBlobWriter(vault, await vault.index(), watch, options)
  try {
    const result = await work(writer)
    await writer.close()
    return result
  } catch (error) {
    // The first error is the one to tell, whether or not the index can be written.
    await writer.close().catch(() => undefined)
    throw error
  }
}

function createBlobWriter(
  vault: Vault,
  startIndex: BlobIndex,
  watch: Watch,
  { verify }: WriteOptions,
): BlobWriter & { close(): Promise<void> } {
  let index = startIndex
  let bytesWritten = 0
  const packs: string[] = []
  let unlisted: { id: string; header: Buffer }[] = []
  let unlistedBlobs = 0
  let listedAt = vault.world.now()
  const storing = new Set<Promise<void>>()
  // Ids of blobs that are on their way into the index.
  const sealed = { data: new Set<string>(), tree: new Set<string>() }
  // Files that are being read, by the hash that they should have; whether they do is not known yet.
  const inFlight = new Map<string, Promise<boolean>>()
  let batch: { blobs: GivenBlob[]; bytes: Uint8Array<ArrayBuffer>; used: number } | undefined
  let failure: { error: unknown } | undefined

  const makeData = (): SealWorkerData => ({
    masterKey: vault.masterKey,
    seed: vault.world.random(32),
    verify,
  })
  const pool = createWorkerPool<SealJobs, SealQuestions>(SCRIPT, makeData, {
    async isNew(id) {
      const isNew = !has('data', id)
      sealed.data.add(id)
      return { value: isNew }
    },
    async store(pack) {
      const stored = storePack(pack)
      storing.add(stored)
      await stored.finally(() => storing.delete(stored))
      return { value: undefined }
    },
  })

  async function storePack({ id, header, blobs, memory, length }: FinishedPack): Promise<void> {
    stopIfAsked(watch)
    await vault.storage.write('pack', id, new Uint8Array(memory, 0, length))
    packs.push(id)
    bytesWritten += length
    unlisted.push({ id, header: Buffer.from(header) })
    unlistedBlobs += blobs
    const isDue = vault.world.now() - listedAt > INDEX_EVERY
    if (isDue || unlistedBlobs >= BLOBS_PER_INDEX_FILE) await listPacks()
  }

  async function listPacks(): Promise<void> {
    if (unlisted.length === 0) return
    const toList = unlisted
    unlisted = []
    unlistedBlobs = 0
    listedAt = vault.world.now()
    for (const id of await vault.listPacks(parsed(toList))) {
      bytesWritten += await vault.storage.size('index', id)
    }
    index = await vault.index()
    for (const { blobs } of parsed(toList)) for (const { type, id } of blobs) sealed[type].delete(id)
  }

  function has(type: BlobType, id: string): boolean {
    return sealed[type].has(id) || index.has(type, id)
  }

  function add(
    type: BlobType,
    bytes: Uint8Array,
    { again = false, name = '', handOver = false }: AddOptions = {},
  ): string {
    const id = idOf(bytes)
    if (!again && has(type, id)) return id
    // Bytes at hand cannot fail to be sealed, unless all does.
    sealed[type].add(id)
    const blob: GivenBlob = { type, id, length: bytes.length, name }
    if (bytes.length > BATCH_BYTES) send([blob], handOver ? ownMemory(bytes) : new Uint8Array(bytes))
    else addToBatch(blob, bytes)
    return id
  }

  // Most blobs are small, and each message to a worker costs.
  function addToBatch(blob: GivenBlob, bytes: Uint8Array): void {
    if (batch && batch.used + bytes.length > BATCH_BYTES) sendBatch()
    if (!batch) {
      batch = { blobs: [], bytes: new Uint8Array(BATCH_BYTES), used: 0 }
      setImmediate(sendBatch)
    }
    batch.bytes.set(bytes, batch.used)
    batch.used += bytes.length
    batch.blobs.push(blob)
    if (batch.blobs.length === BATCH_BLOBS) sendBatch()
  }

  function sendBatch(): void {
    if (batch) send(batch.blobs, batch.bytes)
    batch = undefined
  }

  function send(blobs: GivenBlob[], bytes: Uint8Array<ArrayBuffer>): void {
    const weight = blobs.reduce((sum, { length }) => sum + length + BLOB_COST, 0)
    // The few trees of a small backup make one pack.
    const stay = blobs.some(({ type }) => type === 'tree')
    pool
      .run('blobs', { blobs, bytes }, weight, { transfer: [bytes.buffer], stay })
      .catch((error: unknown) => {
        failure ??= { error }
      })
  }

  function room(): Promise<void> | undefined {
    if (failure) throw failure.error
    return pool.room()
  }

  async function addFile(file: SourceFile): Promise<FileOutcome> {
    const known = isOneBlob(file.size) ? file.hash : undefined
    const store = () => pool.run('file', file, file.size + BLOB_COST)
    if (known === undefined) return store()
    if (has('data', known) || (await inFlight.get(known))) return { blobs: [known], bytesRead: 0 }
    const outcome = store()
    const isStored = outcome.then((it) => 'blobs' in it)
    inFlight.set(known, isStored)
    try {
      if (await isStored) sealed.data.add(known)
    } finally {
      inFlight.delete(known)
    }
    return outcome
  }

  async function flush(): Promise<void> {
    sendBatch()
    await pool.runOnAll('finish', null)
    if (failure) throw failure.error
    await listPacks()
  }

  async function close(): Promise<void> {
    await pool.close()
    await Promise.allSettled(storing)
    await listPacks()
  }

  return {
    has,
    add,
    addFile,
    room,
    flush,
    packs,
    get bytesWritten() {
      return bytesWritten
    },
    close,
  }
}

/** Packs with their blobs, one at a time as they are asked for: there may be many thousands in each. */
function* parsed(packs: { id: string; header: Buffer }[]): Generator<Pack> {
  for (const { id, header } of packs) yield { id, blobs: parseHeader(id, header) }
}
