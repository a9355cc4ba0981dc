/** Pruning: what it frees, what it refuses, and that no crash and no full disk costs anything. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Problem } from '../../../main/problem.ts'
import { check } from '../../../main/vault/check.ts'
import { forget } from '../../../main/vault/forget.ts'
import { packsOf, replaceIndexFiles } from '../../../main/vault/index-survey.ts'
import { prune } from '../../../main/vault/prune.ts'
import type { FileKind, Storage } from '../../../main/vault/storage.ts'
import { contentOf, folderOf, makeShrinkingVault, type SmallVault } from '../../small-vault.ts'

const KIB = 1024

let original: SmallVault
let small: SmallVault

beforeAll(async () => {
  original = await makeShrinkingVault()
})
afterAll(() => original.remove())
beforeEach(async () => {
  small = await original.clone()
})
afterEach(() => small.remove())

async function expectWhole(snapshots = small.history): Promise<void> {
  const vault = await small.reopen()
  expect((await check(vault, { readData: true }, {})).findings).toEqual([])
  const left = await vault.snapshots()
  expect(left.snapshots.map(({ id }) => id)).toEqual(snapshots.map(({ snapshot }) => snapshot.id))
  for (const { snapshot, content } of snapshots) expect(await contentOf(vault, snapshot)).toEqual(content)
}

async function filesOf(storage: Storage): Promise<string[]> {
  const kinds: FileKind[] = ['pack', 'index', 'snapshot']
  const lists = await Promise.all(kinds.map((kind) => storage.list(kind)))
  return lists
    .flat()
    .map(({ id }) => id)
    .toSorted()
}

describe('a prune', () => {
  it('frees nothing while every snapshot is there', async () => {
    const before = await filesOf(small.storage)
    expect(await prune(small.vault, {}, {})).toMatchObject({ bytesFreed: 0, packsRemoved: 0, unusedBlobs: 0 })
    expect(await filesOf(small.storage)).toEqual(before)
  })

  it('frees what only forgotten snapshots needed, and keeps the rest readable', async () => {
    await forget(small.vault, { last: 1 }, {})
    const figures = await prune(small.vault, { mostUnused: 0 }, {})
    expect(figures.bytesFreed).toBeGreaterThan(3 * 40 * KIB)
    expect(figures.bytesFreed).toBeLessThan(4 * 40 * KIB)
    expect(figures.packsRepacked).toBeGreaterThan(0)
    await expectWhole(small.history.slice(-1))
    expect(await prune(small.vault, { mostUnused: 0 }, {})).toMatchObject({ bytesFreed: 0, unusedBlobs: 0 })
  })

  it('tells in a dry run what it would do, and does nothing', async () => {
    await forget(small.vault, { last: 1 }, {})
    const before = await filesOf(small.storage)
    const told = await prune(small.vault, { dryRun: true, mostUnused: 0 }, {})
    expect(await filesOf(small.storage)).toEqual(before)
    const done = await prune(small.vault, { mostUnused: 0 }, {})
    expect({ ...told, bytesFreed: 0 }).toEqual({ ...done, bytesFreed: 0 })
    expect(Math.abs(told.bytesFreed - done.bytesFreed)).toBeLessThan(2 * KIB)
  })

  it('empties a vault without snapshots', async () => {
    await small.vault.withLock('exclusive', {}, async () => {
      for (const { snapshot } of small.history) await small.storage.remove('snapshot', snapshot.id)
    })
    await prune(small.vault, {}, {})
    expect(await filesOf(small.storage)).toEqual([])
  })

  it('removes second copies, and what a cut-off run left', async () => {
    const blob = await small.vault.index().then((index) => index.place(0))
    const bytes = await small.vault.readBlob(blob.type, blob.id)
    await small.vault.withLock('shared', {}, async (watch) => {
      await small.vault.writeBlobs(watch, async (writer) => {
        await writer.add(blob.type, bytes, { again: true })
        await writer.flush()
      })
      await small.storage.write('pack', 'a'.repeat(64), Buffer.from('half a pack'))
    })
    expect(await prune(small.vault, {}, {})).toMatchObject({ doubleBlobs: 1, packsRemoved: 2 })
    await expectWhole()
  })

  it('joins many small index files', async () => {
    for (let n = 0; n < 8; n++) await small.backUp(folderOf(`More ${n}`, 1, 100))
    expect(await small.storage.list('index')).toHaveLength(12)
    await prune(small.vault, {}, {})
    expect(await small.storage.list('index')).toHaveLength(1)
    await expectWhole()
  })
})

describe('a prune refuses, and removes nothing,', () => {
  async function expectRefused(why: RegExp): Promise<void> {
    const before = await filesOf(small.storage)
    await small.reopen()
    await expect(prune(small.vault, { mostUnused: 0 }, {})).rejects.toMatchObject({
      code: 'vault-damaged',
      message: expect.stringMatching(why) as string,
    })
    expect(await filesOf(small.storage)).toEqual(before)
  }

  it('when a snapshot cannot be read', async () => {
    const { id } = small.history[1]!.snapshot
    await small.storage.remove('snapshot', id)
    await small.storage.write('snapshot', id, Buffer.from('not what it was'))
    await expectRefused(/snapshot/)
  })

  it('when an index file is gone, so that its packs look unused', async () => {
    const [file] = await small.storage.list('index')
    await small.storage.remove('index', file!.id)
    await expectRefused(/cannot be read|does not list/)
  })

  it('when a needed pack is gone', async () => {
    const index = await small.vault.index()
    const data = index.packIds().find((id) => index.blobsOf(id)[0]!.type === 'data')!
    await small.storage.remove('pack', data)
    await expectRefused(/missing or was cut short/)
  })
})

it('goes on although some content is lost for good', async () => {
  const index = await small.vault.index()
  const pack = index.packIds().find((id) => index.blobsOf(id)[0]!.type === 'data')!
  await small.vault.withLock('exclusive', {}, async () => {
    const files = (await small.storage.list('index')).map(({ id }) => id)
    await replaceIndexFiles(
      small.vault,
      files,
      packsOf(
        index,
        index.packIds().filter((id) => id !== pack),
      ),
    )
    await small.storage.remove('pack', pack)
  })
  await small.reopen()
  await forget(small.vault, { last: 1 }, {})
  const before = await check(small.vault, {}, {})
  expect(before.findings.map(({ kind }) => kind)).toContain('content-missing')
  expect((await prune(small.vault, { mostUnused: 0 }, {})).bytesFreed).toBeGreaterThan(0)
  expect(await check(small.vault, {}, {})).toMatchObject({ findings: before.findings })
})

describe('a full disk', () => {
  function fullFor(storage: Storage, isFull: (kind: FileKind) => boolean): Storage {
    return {
      ...storage,
      async write(kind, id, bytes) {
        if (isFull(kind)) throw new Problem('disk-full', 'The disk is full.', 'Make room.')
        await storage.write(kind, id, bytes)
      },
    }
  }

  it('still gives back what goes without moving anything, and keeps no half-done copies', async () => {
    await small.backUp({ 'Videos/0.jpg': null, 'Videos/1.jpg': null })
    await forget(small.vault, { last: 1 }, {})
    const whole = await prune(small.vault, { dryRun: true, mostUnused: 0 }, {})
    expect(whole.packsRepacked).toBeGreaterThan(0)
    expect(whole.packsRemoved).toBeGreaterThan(whole.packsRepacked)
    const before = (await small.storage.list('pack')).length
    await small.reopen(fullFor(small.storage, (kind) => kind === 'pack'))
    await expect(prune(small.vault, { mostUnused: 0 }, {})).rejects.toMatchObject({ code: 'disk-full' })
    expect((await small.storage.list('pack')).length).toBe(
      before - (whole.packsRemoved - whole.packsRepacked),
    )
    await expectWhole(small.history.slice(-1))
  })

  it('that fills up between packs leaves no second copies', async () => {
    await forget(small.vault, { last: 1 }, {})
    const before = (await small.storage.list('pack')).length
    let packs = 0
    await small.reopen(fullFor(small.storage, (kind) => kind === 'pack' && ++packs > 1))
    await expect(prune(small.vault, { mostUnused: 0 }, {})).rejects.toMatchObject({ code: 'disk-full' })
    expect((await small.storage.list('pack')).length).toBeLessThanOrEqual(before)
    await expectWhole(small.history.slice(-1))
  })
})
