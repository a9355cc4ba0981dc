/** A prune that is cut off before any of its changes loses nothing, and the next one finishes the work. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { check } from '../../main/vault/check.ts'
import { forget } from '../../main/vault/forget.ts'
import { prune } from '../../main/vault/prune.ts'
import type { FileKind, Storage } from '../../main/vault/storage.ts'
import { contentOf, makeShrinkingVault, type SmallVault } from '../small-vault.ts'

let small: SmallVault

beforeAll(async () => {
  small = await makeShrinkingVault()
  await forget(small.vault, { last: 2 }, {})
})
afterAll(() => small.remove())

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

it('loses nothing wherever it is cut off, and the next one finishes', async () => {
  const kept = small.history.slice(-2)
  for (let calls = 0; ; calls++) {
    const copy = await small.clone()
    try {
      const cutting = cutAfter(copy.storage, calls)
      await copy.reopen(cutting)
      const outcome = await prune(copy.vault, { mostUnused: 0 }, {}).catch((error: Error) => error)
      await copy.reopen()
      for (const { snapshot, content } of kept) expect(await contentOf(copy.vault, snapshot)).toEqual(content)
      expect((await check(copy.vault, { readData: true }, {})).ok).toBe(true)
      await prune(copy.vault, { mostUnused: 0 }, {})
      expect((await check(copy.vault, { readData: true }, {})).findings).toEqual([])
      if (!cutting.cut) {
        expect(outcome).not.toBeInstanceOf(Error)
        expect(calls).toBeGreaterThan(6)
        return
      }
    } finally {
      await copy.remove()
    }
  }
})
