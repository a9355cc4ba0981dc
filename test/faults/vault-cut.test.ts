/** A prune or a repair that is cut off before any of its changes loses nothing, and the next one finishes the work. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { check } from '../../main/vault/check.ts'
import { forget } from '../../main/vault/forget.ts'
import { readIndexFile } from '../../main/vault/index-file.ts'
import { prune } from '../../main/vault/prune.ts'
import { repair } from '../../main/vault/repair.ts'
import type { FileKind, Storage } from '../../main/vault/storage.ts'
import type { Vault } from '../../main/vault/vault.ts'
import { contentOf, makeShrinkingVault, type SmallVault } from '../small-vault.ts'

/** Stops every call that changes something, once so many were let through; as a pulled plug would. */
function cutAfter(storage: Storage, calls: number): Storage & { cut: boolean } {
  let left = calls
  const count = () => {
    if (left-- > 0) return
    cutting.cut = true
    throw new Error('cut off')
  }
  const cutting = {
    ...storage,
    cut: false,
    async write(kind: FileKind, id: string, bytes: Uint8Array) {
      if (kind !== 'lock') count()
      await storage.write(kind, id, bytes)
    },
    async remove(kind: FileKind, id: string) {
      if (kind !== 'lock') count()
      await storage.remove(kind, id)
    },
  }
  return cutting
}

/**
 * Does the work on copies of a vault, cut off before its first change, its second, and so on until it is through. Looks
 * at what each cut left, lets the work be done again, and expects the vault to be whole.
 */
async function cutAnywhere(
  small: SmallVault,
  work: (vault: Vault) => Promise<unknown>,
  look: (cut: SmallVault) => Promise<void>,
): Promise<void> {
  for (let calls = 0, cut = true; cut; calls++) {
    const copy = await small.clone()
    try {
      const cutting = cutAfter(copy.storage, calls)
      const outcome = await work(await copy.reopen(cutting)).catch((error: Error) => error)
      cut = cutting.cut
      expect(outcome instanceof Error).toBe(cut)
      await copy.reopen()
      await look(copy)
      await work(copy.vault)
      expect((await check(copy.vault, { readData: true }, {})).findings).toEqual([])
      const there = new Set((await copy.vault.snapshots()).snapshots.map(({ id }) => id))
      for (const { snapshot, content } of copy.history.filter(({ snapshot }) => there.has(snapshot.id))) {
        expect(await contentOf(copy.vault, snapshot)).toEqual(content)
      }
      if (!cut) expect(calls).toBeGreaterThan(5)
    } finally {
      await copy.remove()
    }
  }
}

let small: SmallVault

beforeEach(async () => {
  small = await makeShrinkingVault()
})
afterEach(() => small.remove())

it('a prune leaves every snapshot readable', { timeout: 120_000 }, async () => {
  await forget(small.vault, { last: 2 }, {})
  const kept = small.history.slice(-2)
  await cutAnywhere(
    small,
    (vault) => prune(vault, { mostUnused: 0 }, {}),
    async (cut) => {
      for (const { snapshot, content } of kept) expect(await contentOf(cut.vault, snapshot)).toEqual(content)
      expect((await check(cut.vault, { readData: true }, {})).ok).toBe(true)
    },
  )
})

it('a repair drops nothing that can still be read', { timeout: 120_000 }, async () => {
  // A pack without its header can be read by the index alone; and of the index one file is gone, another damaged.
  const index = await small.vault.index()
  const [pack] = index.packIds()
  const listing = await Promise.all(
    (await small.storage.list('index')).map(async ({ id }) => ({
      id,
      packs: await readIndexFile(small.vault, id),
    })),
  )
  const [gone, damaged] = listing.filter(({ packs }) => packs.every(({ id }) => id !== pack))
  await flipLastBits(join(small.folder, 'data', pack!.slice(0, 2), pack!))
  await flipLastBits(join(small.folder, 'index', damaged!.id))
  await small.storage.remove('index', gone!.id)
  await cutAnywhere(
    small,
    async (vault) => {
      const { lost } = await repair(vault, async () => undefined, {})
      expect(lost).toEqual([])
    },
    async () => undefined,
  )
})

async function flipLastBits(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length - 20]! ^= 255
  await chmod(path, 0o600)
  await writeFile(path, bytes)
}
