/** A small vault in a temporary folder, with files that are the same for the same names, for tests that damage and mend it. */
import { createCipheriv } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Change, writeSnapshot } from '../main/vault/archive.ts'
import { idOf } from '../main/vault/crypto.ts'
import { readFileBytes, walk } from '../main/vault/extract.ts'
import { createLocalStorage } from '../main/vault/local-storage.ts'
import type { Snapshot } from '../main/vault/snapshot.ts'
import type { Storage } from '../main/vault/storage.ts'
import { initVault, openVault, type Vault } from '../main/vault/vault.ts'
import { realWorld } from '../main/world.ts'

export const PASSWORD = 'secret'
/** A day between snapshots. */
const DAY = 86_400_000
const START = Date.parse('2026-11-01T12:00:00Z')

/** Files by path, segments joined by `/`; null removes one. */
export type Files = Record<string, Uint8Array | null>

export interface SmallVault {
  readonly folder: string
  readonly storage: Storage
  vault: Vault
  /** What every snapshot holds, as SHA-256 by path. */
  readonly history: { snapshot: Snapshot; content: ReadonlyMap<string, string> }[]
  /** Every file that was ever backed up, by SHA-256, as the replica would have it. */
  readonly files: Map<string, Uint8Array>
  /** Takes a snapshot on top of the newest, dated a day after it. */
  backUp(files: Files): Promise<Snapshot>
  /** Opens it again, as another process would, perhaps on another storage. */
  reopen(storage?: Storage): Promise<Vault>
  /** The same vault in a folder of its own. */
  clone(): Promise<SmallVault>
  remove(): Promise<void>
}

export async function makeSmallVault(): Promise<SmallVault> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-vault-'))
  const cost = { N: 1024, r: 8, p: 1 }
  await initVault(createLocalStorage(folder, realWorld), { password: PASSWORD, world: realWorld, cost })
  return openSmallVault(folder, [], new Map())
}

/** One of four snapshots, of which each drops some of what the earlier ones had. */
export async function makeShrinkingVault(): Promise<SmallVault> {
  const small = await makeSmallVault()
  await small.backUp({ ...folderOf('Photos/old', 6, 40_000), ...folderOf('Cards', 20, 300) })
  await small.backUp(folderOf('Photos/new', 6, 40_000))
  await small.backUp({ 'Photos/old/0.jpg': null, 'Photos/old/1.jpg': null, 'Cards/3.jpg': null })
  await small.backUp({ 'Photos/old/2.jpg': null, ...folderOf('Videos', 2, 90_000) })
  return small
}

async function openSmallVault(
  folder: string,
  history: SmallVault['history'],
  files: SmallVault['files'],
): Promise<SmallVault> {
  const storage = createLocalStorage(folder, realWorld)
  const small: SmallVault = {
    folder,
    storage,
    vault: await openVault(storage, PASSWORD, realWorld),
    history,
    files,
    async backUp(changed) {
      const last = history.at(-1)
      const content = new Map(last?.content)
      for (const [path, bytes] of Object.entries(changed)) {
        if (bytes === null) {
          content.delete(path)
          continue
        }
        content.set(path, idOf(bytes))
        files.set(idOf(bytes), bytes)
      }
      const request = {
        base: last?.snapshot.id ?? null,
        changes: changesOf(changed),
        time: new Date(START + history.length * DAY),
        ...{ hostname: 'pc', tags: [], paths: ['/'] },
      }
      const { snapshot } = await writeSnapshot(small.vault, request, {})
      history.push({ snapshot, content })
      return snapshot
    },
    async reopen(other = storage) {
      await small.vault.close()
      small.vault = await openVault(other, PASSWORD, realWorld)
      return small.vault
    },
    async clone() {
      const copy = await mkdtemp(join(tmpdir(), 'sidekeep-vault-'))
      await cp(folder, copy, { recursive: true })
      return openSmallVault(copy, [...history], new Map(files))
    },
    async remove() {
      await small.vault.close()
      await rm(folder, { recursive: true })
    },
  }
  return small
}

function* changesOf(files: Files): Generator<Change> {
  for (const path of Object.keys(files).toSorted()) {
    const bytes = files[path]
    const parts = path.split('/')
    if (bytes) yield { path: parts, file: { size: bytes.length, modifiedAt: START, bytes } }
    else yield { path: parts, remove: true }
  }
}

/** SHA-256 of every file of a snapshot by its path. @throws when one cannot be read. */
export async function contentOf(vault: Vault, snapshot: Snapshot): Promise<Map<string, string>> {
  const content = new Map<string, string>()
  for await (const { path, node } of walk(vault, snapshot.tree)) {
    if (node.type === 'file') content.set(path.join('/'), idOf(await readFileBytes(vault, node)))
  }
  return content
}

/** Bytes that no one can compress, the same for the same name. */
export function bytesFor(name: string, size: number): Buffer {
  const key = Buffer.from(idOf(Buffer.from(name)), 'hex')
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

/** Files of a folder, named by the number and made from the name of the folder. */
export function folderOf(name: string, count: number, size: number): Files {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`${name}/${n}.jpg`, bytesFor(`${name}/${n}`, size)]),
  )
}
