/** One bit that falls over anywhere in a vault is found, its file named, and mended where anything is left to mend it from. */
import { randomInt } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check } from '../../main/vault/check.ts'
import { repair } from '../../main/vault/repair.ts'
import type { FileKind } from '../../main/vault/storage.ts'
import { contentOf, makeShrinkingVault, type SmallVault } from '../small-vault.ts'

const SEED = Number(process.env.SEED ?? randomInt(2 ** 31))
const FLIPS = 6

let original: SmallVault

beforeAll(async () => {
  original = await makeShrinkingVault()
})
afterAll(() => original.remove())

interface Flip {
  kind: FileKind
  id: string
}

function pathOf(small: SmallVault, { kind, id }: Flip): string {
  const folders = {
    pack: join('data', id.slice(0, 2)),
    index: 'index',
    snapshot: 'snapshots',
    key: 'keys',
    lock: 'locks',
    config: '',
  }
  return join(small.folder, folders[kind], id)
}

/** Turns one bit of one file of the kind; `file` and `bit` are any numbers. */
async function flipBit(small: SmallVault, kind: FileKind, file: number, bit: number): Promise<Flip> {
  const files = (await small.storage.list(kind)).map(({ id }) => id).toSorted()
  const flipped = { kind, id: files[file % files.length]! }
  const path = pathOf(small, flipped)
  const bytes = await readFile(path)
  const at = bit % (bytes.length * 8)
  bytes[at >> 3]! ^= 1 << (at & 7)
  await chmod(path, 0o600)
  await writeFile(path, bytes)
  return flipped
}

/** Several random bits, each in a vault of its own, which is opened before the bit falls over. */
async function withFlips(
  kind: FileKind,
  test: (small: SmallVault, flip: Flip) => Promise<void>,
): Promise<void> {
  const places = fc.sample(fc.tuple(fc.nat(), fc.nat()), { numRuns: FLIPS, seed: SEED })
  for (const [file, bit] of places) {
    const small = await original.clone()
    try {
      await test(small, await flipBit(small, kind, file, bit))
    } finally {
      await small.remove()
    }
  }
}

async function expectFound({ vault }: SmallVault, flip: Flip): Promise<void> {
  const { ok, findings } = await check(vault, { readData: true }, {})
  expect(ok).toBe(false)
  expect(findings).toContainEqual(expect.objectContaining({ severity: 'error', file: flip }))
}

async function expectReadable(small: SmallVault): Promise<void> {
  const whole = new Set((await small.vault.snapshots()).snapshots.map(({ id }) => id))
  for (const { snapshot, content } of small.history) {
    if (whole.has(snapshot.id)) expect(await contentOf(small.vault, snapshot)).toEqual(content)
  }
}

describe(`a bit that fell over, seed ${SEED}`, () => {
  it('in a pack is found; content comes back from the replica, and a lost folder is named', async () => {
    await withFlips('pack', async (small, flip) => {
      await expectFound(small, flip)
      const { lost } = await repair(await small.reopen(), async (id) => small.files.get(id), {})
      const { findings } = await check(await small.reopen(), { readData: true }, {})
      expect(findings).toEqual(lost)
      expect(lost.filter(({ kind }) => kind !== 'folder-missing')).toEqual([])
      if (lost.length === 0) await expectReadable(small)
    })
  })

  it('in an index file is found, and the index made anew', async () => {
    await withFlips('index', async (small, flip) => {
      await small.reopen()
      await expectFound(small, flip)
      expect((await repair(small.vault, async () => undefined, {})).lost).toEqual([])
      expect((await check(await small.reopen(), { readData: true }, {})).findings).toEqual([])
      await expectReadable(small)
    })
  })

  it('in a snapshot is found; the others stay', async () => {
    await withFlips('snapshot', async (small, flip) => {
      await expectFound(small, flip)
      const { lost } = await repair(await small.reopen(), async () => undefined, {})
      expect(lost).toMatchObject([{ kind: 'snapshot-damaged', file: flip }])
      expect((await check(await small.reopen(), { readData: true }, {})).findings).toEqual([])
      expect((await small.vault.snapshots()).snapshots).toHaveLength(3)
      await expectReadable(small)
    })
  })

  it.each(['key', 'config'] as const)('in a %s file is found while the vault is still open', async (kind) => {
    await withFlips(kind, expectFound)
  })
})
