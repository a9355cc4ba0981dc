/** A vault: a repository in restic's format v2, opened with one of its passwords. */
import { z } from 'zod'
import { Problem } from '../problem.ts'
import type { Watch } from '../progress.ts'
import type { World } from '../world.ts'
import { type BlobIndex, createBlobIndex } from './blob-index.ts'
import { type BlobWriter, type WriteOptions, writeBlobs } from './blob-writer.ts'
import { readCopies } from './copies.ts'
import { type BoxKey, createSealer, type Sealer } from './crypto.ts'
import { type DocumentKind, openDocument, sealDocument } from './document.ts'
import { indexFileGroups, readIndexFile, writeIndexFile } from './index-file.ts'
import { addKey, makeMasterKey, openMasterKey, type ScryptCost } from './keys.ts'
import { type HeldLock, type LockKind, takeLock, userName } from './lock.ts'
import type { BlobType, Pack } from './pack.ts'
import { makeChunkerPolynomial } from './polynomial.ts'
import { listSnapshots, type SnapshotList } from './snapshot.ts'
import type { FileKind, Storage } from './storage.ts'

export interface Vault {
  /** 64 hex digits, for life. */
  readonly id: string
  /** Packs, index files and snapshots are written and removed only while a lock is held and not lost. */
  readonly storage: Storage
  readonly world: World
  readonly masterKey: BoxKey
  /** Seals and opens boxes with the master key. */
  readonly sealer: Sealer
  /** All snapshots, oldest first; those that cannot be read are named, not fatal. */
  snapshots(): Promise<SnapshotList>
  /** The index of all blobs, brought up to date with the index files in the storage. */
  index(): Promise<BlobIndex>
  /** Lists durable packs in index files, and so in the index; resolves with the files' ids once they are durable. */
  listPacks(packs: Iterable<Pack>): Promise<string[]>
  /**
   * The blob's bytes, decrypted, decompressed and checked against its id; every copy in the vault is tried.
   * @throws Problem `vault-damaged` when no good copy is left.
   */
  readBlob(type: BlobType, id: string): Promise<Buffer>
  /** Opens a sealed document. @throws Problem `vault-damaged`, `not-found`. */
  readDocument(kind: DocumentKind, id: string): Promise<unknown>
  /** Seals and stores a document durably; resolves with its id. */
  writeDocument(kind: DocumentKind, document: unknown): Promise<string>
  /**
   * Works under a lock. The watch given to the work is also told to stop when the lock is lost: the machine slept for
   * long and another program took the lock for stale.
   * @throws Problem `vault-locked` when another holds one, `lock-lost`.
   */
  withLock<T>(kind: LockKind, watch: Watch, work: (watch: Watch) => Promise<T>): Promise<T>
  /** Lets the work store blobs. Only under a lock; see blob-writer.ts. */
  writeBlobs<T>(watch: Watch, work: (writer: BlobWriter) => Promise<T>, options?: WriteOptions): Promise<T>
  /** Resolves once all work under locks has ended. */
  close(): Promise<void>
}

const VERSION = 2
const Config = z.object({
  version: z.int(),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  chunker_polynomial: z.string().regex(/^[0-9a-f]+$/),
})
type Config = z.infer<typeof Config>

export interface InitOptions {
  password: string
  world: World
  /** Lower than usual only in tests. */
  cost?: ScryptCost
}

/**
 * Makes a new, empty vault, durably.
 * @throws Problem `already-exists` when there is one, `vault-damaged` when there are parts of one.
 */
export async function initVault(storage: Storage, { password, world, cost }: InitOptions): Promise<void> {
  if ((await storage.list('config')).length > 0) {
    throw new Problem(
      'already-exists',
      `There is a vault in ${storage.location} already.`,
      'Open it, or choose another place.',
    )
  }
  for (const kind of ['pack', 'index', 'snapshot'] as const) {
    if ((await storage.list(kind)).length > 0) throw configMissing(storage)
  }
  // Keys without anything else are what a failed try left.
  for (const { id } of await storage.list('key')) await storage.remove('key', id)
  await storage.prepare()
  const masterKey = makeMasterKey(world)
  await addKey(storage, world, masterKey, password, userName(), cost)
  const config: Config = {
    version: VERSION,
    id: world.random(32).toString('hex'),
    chunker_polynomial: makeChunkerPolynomial(world.random).toString(16),
  }
  const sealer = createSealer(masterKey, world.random)
  await storage.write('config', 'config', sealer.seal(Buffer.from(JSON.stringify(config))))
}

/**
 * Opens a vault with a password or recovery code.
 * @throws Problem `no-vault`, `wrong-password`, `vault-damaged`, `data-newer`.
 */
export async function openVault(storage: Storage, password: string, world: World): Promise<Vault> {
  const masterKey = await openMasterKey(storage, world, password)
  const sealer = createSealer(masterKey, world.random)
  const { id } = await readConfig(storage, sealer)
  return createVault({ id, storage, world, masterKey, sealer })
}

async function readConfig(storage: Storage, sealer: Sealer): Promise<Config> {
  if ((await storage.list('config')).length === 0) throw configMissing(storage)
  const config = parseConfig(sealer.open(await storage.read('config', 'config')))
  if (config.version > VERSION) {
    throw new Problem('data-newer', 'The vault was made by a newer program.', 'Update Sidekeep.')
  }
  if (config.version < VERSION) {
    throw new Problem(
      'bad-input',
      'The vault has the old format 1.',
      'Upgrade it: restic migrate upgrade_repo_v2.',
    )
  }
  return config
}

function parseConfig(plaintext: Buffer): Config {
  try {
    return Config.parse(JSON.parse(plaintext.toString('utf8')))
  } catch (cause) {
    throw new Problem(
      'vault-damaged',
      'The file "config" of the vault is not valid.',
      'Bring it back from a copy.',
      { cause },
    )
  }
}

function configMissing(storage: Storage): Problem {
  return new Problem(
    'vault-damaged',
    `${storage.location} holds parts of a vault, but its file "config" is missing.`,
    'Bring that file back from a copy of the vault, or choose another place.',
  )
}

type Opened = Pick<Vault, 'id' | 'storage' | 'world' | 'masterKey' | 'sealer'>

function createVault(opened: Opened): Vault {
  const { sealer } = opened
  const locks = new Set<HeldLock>()
  const storage = guardedStorage(opened.storage, locks)
  const atWork = new Set<Promise<unknown>>()
  let blobIndex = createBlobIndex()
  let indexFiles = new Set<string>()
  let loading: Promise<void> = Promise.resolve()
  let swept = false

  async function readDocument(kind: DocumentKind, id: string): Promise<unknown> {
    return openDocument(sealer, kind, id, await storage.read(kind, id))
  }

  async function writeDocument(kind: DocumentKind, document: unknown): Promise<string> {
    const { id, bytes } = sealDocument(sealer, document)
    await storage.write(kind, id, bytes)
    return id
  }

  async function loadIndex(): Promise<void> {
    const listed = new Set((await storage.list('index')).map((file) => file.id))
    // Packs that only removed files listed are gone, or will be.
    if ([...indexFiles].some((file) => !listed.has(file))) {
      blobIndex = createBlobIndex()
      indexFiles = new Set()
    }
    for (const file of listed) {
      if (indexFiles.has(file)) continue
      for (const pack of await readIndexFile(vault, file)) blobIndex.add(pack)
      indexFiles.add(file)
    }
  }

  async function index(): Promise<BlobIndex> {
    loading = loading.then(loadIndex, loadIndex)
    await loading
    return blobIndex
  }

  // What was just written need not be read back, but has to wait for a load that is under way.
  async function listPacks(packs: Iterable<Pack>): Promise<string[]> {
    const files: string[] = []
    for (const group of indexFileGroups(packs)) {
      const file = await writeIndexFile(vault, group)
      const add = () => {
        for (const pack of group) blobIndex.add(pack)
        indexFiles.add(file)
      }
      loading = loading.then(add, add)
      await loading
      files.push(file)
    }
    return files
  }

  async function readBlob(type: BlobType, id: string): Promise<Buffer> {
    try {
      return await readCopies(opened, type, id, blobIndex.findAll(type, id))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
    // Another program may have added or moved it since the index was loaded.
    await index()
    return readCopies(opened, type, id, blobIndex.findAll(type, id))
  }

  async function workLocked<T>(kind: LockKind, watch: Watch, work: (watch: Watch) => Promise<T>): Promise<T> {
    const lock = await takeLock(vault, kind)
    locks.add(lock)
    try {
      if (!swept) await storage.sweep()
      swept = true
      const signal = watch.signal ? AbortSignal.any([watch.signal, lock.lost]) : lock.lost
      const result = await work({ ...watch, signal })
      await lock.ensure()
      return result
    } catch (error) {
      // Work that was told to stop says only that it was.
      lock.lost.throwIfAborted()
      throw error
    } finally {
      locks.delete(lock)
      await lock.release()
    }
  }

  const vault: Vault = {
    ...opened,
    storage,
    snapshots: () => listSnapshots(vault),
    index,
    listPacks,
    readBlob,
    readDocument,
    writeDocument,
    withLock(kind, watch, work) {
      const locked = workLocked(kind, watch, work)
      const ended: Promise<unknown> = locked.catch(() => undefined).finally(() => atWork.delete(ended))
      atWork.add(ended)
      return locked
    },
    writeBlobs: (watch, work, options) => writeBlobs(vault, watch, work, options),
    async close() {
      await Promise.all(atWork)
    },
  }
  return vault
}

/** The storage, but what other programs rely on is changed only under locks that still hold. */
function guardedStorage(storage: Storage, locks: ReadonlySet<HeldLock>): Storage {
  async function ensureLocked(kind: FileKind): Promise<void> {
    if (kind === 'config' || kind === 'key' || kind === 'lock') return
    if (locks.size === 0) throw new Error(`a ${kind} file was to be changed without a lock`)
    for (const lock of locks) await lock.ensure()
  }
  return {
    ...storage,
    async write(kind, id, bytes) {
      await ensureLocked(kind)
      await storage.write(kind, id, bytes)
    },
    async remove(kind, id) {
      await ensureLocked(kind)
      await storage.remove(kind, id)
    },
  }
}
