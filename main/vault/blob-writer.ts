/** Blobs on their way into a vault: told apart from those it has, sealed by the workers, put in packs and indexed. */
import { stopIfAsked, type Watch } from '../progress.ts'
import type { BlobIndex } from './blob-index.ts'
import { isOneBlob } from './chunker.ts'
import { idOf } from './crypto.ts'
import { BLOBS_PER_INDEX_FILE, writeIndexFiles } from './index-file.ts'
import type { BlobType, Pack } from './pack.ts'
import type {
  FileOutcome,
  GivenBlob,
  SealJobs,
  SealQuestions,
  SealWorkerData,
  SourceFile,
} from './seal-worker.ts'
import type { Vault } from './vault.ts'
import { createWorkerPool } from './worker-pool.ts'

export interface BlobWriter {
  /** Whether the vault has a blob, or soon will: the next `flush` makes it durable. */
  has(type: BlobType, id: string): boolean
  /**
   * Stores bytes as one blob, unless the vault has them or soon will; resolves with its id once that is settled. They are
   * durable, and may be referred to, only after `flush`.
   * @param options.again stores it even if it is there, as repacking does.
   * @param options.name of the file that it is the content of, which tells whether to compress it.
   */
  add(type: BlobType, bytes: Uint8Array, options?: { again?: boolean; name?: string }): Promise<string>
  /** Stores a file from the disk, by the same rules. */
  addFile(file: SourceFile): Promise<FileOutcome>
  /** Resolves once there is room for more; to be awaited before each of many adds. */
  room(): Promise<void>
  /** Writes all open packs, then the index files that list them; durable once resolved. */
  flush(): Promise<void>
  /** Ids of the packs written so far. */
  readonly packs: readonly string[]
  /** Bytes of the packs and index files written so far. */
  readonly bytesWritten: number
}

export interface WriteOptions {
  /** Opens each box again before it counts; left out only to measure what it costs. */
  verify: boolean
}

const SCRIPT = new URL('./seal-worker.ts', import.meta.url)
const INDEX_EVERY = 5 * 60_000
const FULL_BATCH = 256 * 1024
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
  let unlisted: Pack[] = []
  let unlistedBlobs = 0
  let listedAt = vault.world.now()
  const storing = new Set<Promise<void>>()
  // Ids of blobs that are on their way into the index.
  const sealed = { data: new Set<string>(), tree: new Set<string>() }
  // Files that are being read, by the hash that they should have; whether they do is not known yet.
  const inFlight = new Map<string, Promise<boolean>>()
  let batch: Batch | undefined

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
    async store({ id, blobs, memory, length }) {
      const stored = storePack({ id, blobs }, new Uint8Array(memory, 0, length))
      storing.add(stored)
      await stored.finally(() => storing.delete(stored))
      return { value: undefined }
    },
  })

  async function storePack(pack: Pack, bytes: Uint8Array): Promise<void> {
    stopIfAsked(watch)
    await vault.storage.write('pack', pack.id, bytes)
    packs.push(pack.id)
    bytesWritten += bytes.length
    unlisted.push(pack)
    unlistedBlobs += pack.blobs.length
    const isDue = vault.world.now() - listedAt > INDEX_EVERY
    if (isDue || unlistedBlobs >= BLOBS_PER_INDEX_FILE) await listPacks()
  }

  async function listPacks(): Promise<void> {
    const toList = unlisted
    unlisted = []
    unlistedBlobs = 0
    listedAt = vault.world.now()
    for (const id of await writeIndexFiles(vault, toList))
      bytesWritten += await vault.storage.size('index', id)
    index = await vault.index()
    for (const { type, id } of toList.flatMap(({ blobs }) => blobs)) sealed[type].delete(id)
  }

  function has(type: BlobType, id: string): boolean {
    return sealed[type].has(id) || index.has(type, id)
  }

  async function add(
    type: BlobType,
    bytes: Uint8Array,
    { again = false, name = '' }: { again?: boolean; name?: string } = {},
  ): Promise<string> {
    const id = idOf(bytes)
    if (!again && (has(type, id) || (type === 'data' && (await inFlight.get(id))))) return id
    // Bytes at hand cannot fail to be sealed, unless all does.
    sealed[type].add(id)
    await give({ type, id, length: bytes.length, name }, bytes)
    return id
  }

  // Blobs given in one turn go to a worker together: most are small, and each message costs.
  function give(blob: GivenBlob, bytes: Uint8Array): Promise<void> {
    if (!batch) {
      const fresh: Batch = { blobs: [], parts: [], weight: 0, ...Promise.withResolvers<void>() }
      batch = fresh
      setImmediate(() => send(fresh))
    }
    const { promise } = batch
    batch.blobs.push(blob)
    batch.parts.push(bytes)
    batch.weight += bytes.length + BLOB_COST
    if (batch.weight >= FULL_BATCH) send(batch)
    return promise
  }

  function send(full: Batch): void {
    if (full.blobs.length === 0) return
    if (batch === full) batch = undefined
    const bytes = joined(full.parts)
    pool
      .run('blobs', { blobs: full.blobs, bytes }, full.weight, [bytes.buffer])
      .then(full.resolve, full.reject)
    full.blobs = []
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
    if (batch) send(batch)
    await pool.runOnAll('finish', null)
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
    room: pool.room,
    flush,
    packs,
    get bytesWritten() {
      return bytesWritten
    },
    close,
  }
}

interface Batch {
  blobs: GivenBlob[]
  parts: Uint8Array[]
  weight: number
  promise: Promise<void>
  resolve: () => void
  reject: (error: unknown) => void
}

/** The parts in memory of their own, which can be handed to another thread. */
function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let end = 0
  for (const part of parts) {
    bytes.set(part, end)
    end += part.length
  }
  return bytes
}
