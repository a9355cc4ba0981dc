/** Checking and repairing: each kind of damage is found, named in words, and mended where anything is left to mend it from. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CheckReport, check, type Finding } from '../../../main/vault/check.ts'
import { packsOf, replaceIndexFiles } from '../../../main/vault/index-survey.ts'
import type { BlobType, Pack } from '../../../main/vault/pack.ts'
import { type RepairResult, repair } from '../../../main/vault/repair.ts'
import { contentOf, makeShrinkingVault, type SmallVault } from '../../small-vault.ts'

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

const nothing = async () => undefined
const replica = async (id: string) => small.files.get(id)

async function packs(type: BlobType): Promise<Pack[]> {
  const index = await small.vault.index()
  return [...packsOf(index, index.packIds())].filter(({ blobs }) => blobs[0]!.type === type)
}

/** The pack that holds the photos of the first snapshot. */
async function photoPack(): Promise<Pack> {
  const found = (await packs('data')).find(({ blobs }) =>
    blobs.some(({ id }) => id === original.history[0]!.content.get('Photos/old/2.jpg')),
  )
  return found!
}

function pathOf({ id }: { id: string }): string {
  return join(small.folder, 'data', id.slice(0, 2), id)
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at]! ^= 1
  await chmod(path, 0o600)
  await writeFile(path, bytes)
}

async function checked(readData = false): Promise<CheckReport> {
  return check(await small.reopen(), { readData }, {})
}

function kinds(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ kind }) => kind))].toSorted()
}

async function repaired(source: (id: string) => Promise<Uint8Array | undefined>): Promise<RepairResult> {
  return repair(await small.reopen(), source, {})
}

async function expectWhole(): Promise<void> {
  const report = await checked(true)
  expect(report.findings).toEqual([])
  for (const { snapshot, content } of small.history)
    expect(await contentOf(small.vault, snapshot)).toEqual(content)
}

describe('a whole vault', () => {
  it('is told to be so, with what was looked at', async () => {
    const report = await checked()
    expect(report).toMatchObject({
      ok: true,
      findings: [],
      snapshots: 4,
      packs: 7,
      packsRead: 0,
      bytesRead: 0,
    })
    const read = await checked(true)
    expect(read).toMatchObject({ ok: true, findings: [], packsRead: 7 })
    const sizes = (await small.storage.list('pack')).map(({ size }) => size)
    expect(read.bytesRead).toBe(sizes.reduce((sum, size) => sum + size))
  })

  it('is left as it is by a repair', async () => {
    const before = await small.storage.list('pack')
    expect(await repaired(replica)).toEqual({ done: [], lost: [] })
    expect(await small.storage.list('pack')).toEqual(before)
  })

  it('can be read part by part', async () => {
    let packsRead = 0
    for (let part = 1; part <= 4; part++) {
      packsRead += (await check(small.vault, { readData: { part, of: 4 } }, {})).packsRead
    }
    expect(packsRead).toBe(7)
  })
})

describe('a damaged photo', () => {
  it('is found when data is read, and named', async () => {
    const pack = await photoPack()
    const photo = original.history[0]!.content.get('Photos/old/2.jpg')
    const { offset } = pack.blobs.find(({ id }) => id === photo)!
    await flip(pathOf(pack), offset + 20_000)
    expect(await checked()).toMatchObject({ ok: true, findings: [] })
    const { ok, findings } = await checked(true)
    expect(ok).toBe(false)
    expect(findings).toMatchObject([
      { kind: 'pack-damaged', severity: 'error', file: { kind: 'pack', id: pack.id } },
      { kind: 'content-missing', severity: 'error', at: { path: ['Photos', 'old', '2.jpg'] } },
    ])
    expect(findings[1]!.what).toContain('“/Photos/old/2.jpg” in the snapshot of 2026-11-01T')
  })

  it('comes back from the replica', async () => {
    const pack = await photoPack()
    await flip(pathOf(pack), 20_000)
    const { done, lost } = await repaired(replica)
    expect(lost).toEqual([])
    expect(done.join()).toMatch(new RegExp(`${pack.id} was damaged.*1 part`))
    await expectWhole()
    expect(await repaired(nothing)).toEqual({ done: [], lost: [] })
  })

  it('is named as lost when it is nowhere else; all others stay', async () => {
    const pack = await photoPack()
    const photo = original.history[0]!.content.get('Photos/old/2.jpg')
    await flip(pathOf(pack), pack.blobs.find(({ id }) => id === photo)!.offset + 99)
    const { lost } = await repaired(nothing)
    expect(lost).toMatchObject([{ kind: 'content-missing', at: { path: ['Photos', 'old', '2.jpg'] } }])
    expect((await checked(true)).findings).toEqual(lost)
    expect(await contentOf(small.vault, small.history[3]!.snapshot)).toEqual(small.history[3]!.content)
  })

  it('with a second whole copy costs nothing', async () => {
    const pack = await photoPack()
    const [blob] = pack.blobs
    const bytes = await small.vault.readBlob('data', blob!.id)
    await small.vault.withLock('shared', {}, (watch) =>
      small.vault.writeBlobs(watch, async (writer) => {
        await writer.add('data', bytes, { again: true })
        await writer.flush()
      }),
    )
    await flip(pathOf(pack), 100)
    expect(kinds((await checked(true)).findings)).toEqual(['pack-damaged'])
    expect((await repaired(nothing)).lost).toEqual([])
    await expectWhole()
  })
})

describe('a damaged folder', () => {
  it('is found without reading data, and named', async () => {
    const [first] = await packs('tree')
    const { offset, length } = first!.blobs[0]!
    await flip(pathOf(first!), offset + Math.floor(length / 2))
    const { findings } = await checked()
    expect(kinds(findings)).toEqual(['folder-missing'])
    expect(kinds((await repaired(nothing)).lost)).toEqual(['folder-missing'])
  })

  it('comes back from wherever its bytes still are', async () => {
    const [first] = await packs('tree')
    const trees = new Map(
      await Promise.all(
        first!.blobs.map(async ({ id }) => [id, await small.vault.readBlob('tree', id)] as const),
      ),
    )
    await small.storage.remove('pack', first!.id)
    const { lost } = await repaired(async (id) => trees.get(id))
    expect(lost).toEqual([])
    await expectWhole()
  })
})

describe('a pack', () => {
  it('that is missing is found, with the files that were in it', async () => {
    const pack = await photoPack()
    await small.storage.remove('pack', pack.id)
    const { findings } = await checked()
    expect(kinds(findings)).toEqual(['content-missing', 'pack-missing'])
    const { done, lost } = await repaired(replica)
    expect(done[1]).toContain(`${pack.id} was missing`)
    expect(lost).toEqual([])
    await expectWhole()
  })

  it('that was cut short is found, and what is before the cut is saved', async () => {
    const pack = await photoPack()
    const bytes = await readFile(pathOf(pack))
    await writeFile(pathOf(pack), bytes.subarray(0, 100_000))
    expect(kinds((await checked()).findings)).toEqual(['content-missing', 'pack-size'])
    const { lost } = await repaired(nothing)
    expect(kinds(lost)).toEqual(['content-missing'])
    expect(lost.length).toBeLessThan(pack.blobs.length)
    expect((await repaired(replica)).lost).toEqual([])
    await expectWhole()
  })

  it('whose header is damaged loses nothing', async () => {
    const pack = await photoPack()
    const { length } = await readFile(pathOf(pack))
    await flip(pathOf(pack), length - 30)
    expect(await checked()).toMatchObject({ ok: true })
    expect((await checked(true)).findings).toMatchObject([
      { kind: 'pack-damaged', what: expect.stringMatching(/list of contents/) as string },
    ])
    expect((await repaired(nothing)).lost).toEqual([])
    await expectWhole()
  })

  it('that no index lists is a hint', async () => {
    await small.vault.withLock('shared', {}, () =>
      small.storage.write('pack', 'b'.repeat(64), Buffer.alloc(50)),
    )
    expect(await checked(true)).toMatchObject({
      ok: true,
      findings: [{ kind: 'pack-unlisted', severity: 'hint' }],
    })
  })
})

describe('the index', () => {
  it('is made anew when a file of it is damaged or lost', async () => {
    const [one, other] = await small.storage.list('index')
    await flip(join(small.folder, 'index', one!.id), 77)
    await small.storage.remove('index', other!.id)
    const { ok, findings } = await checked()
    expect(ok).toBe(false)
    expect(kinds(findings)).toContain('index-damaged')
    const { done, lost } = await repaired(nothing)
    expect(done).toEqual(['The index was made anew from 7 packs.'])
    expect(lost).toEqual([])
    await expectWhole()
  })

  it('is made anew when it says other things than the packs', async () => {
    const index = await small.vault.index()
    const shifted = [...packsOf(index, index.packIds())].map(({ id, blobs }) => ({
      id,
      blobs: blobs.map((blob, at) => (at === 1 ? { ...blob, id: 'c'.repeat(64) } : blob)),
    }))
    const files = (await small.storage.list('index')).map(({ id }) => id)
    await small.vault.withLock('exclusive', {}, () => replaceIndexFiles(small.vault, files, shifted))
    expect(kinds((await checked(true)).findings)).toContain('index-wrong')
    expect((await repaired(nothing)).lost).toEqual([])
    await expectWhole()
  })
})

describe('other files', () => {
  it('a damaged snapshot is named and removed, all others stay', async () => {
    const [{ snapshot }] = small.history.splice(1, 1) as [SmallVault['history'][number]]
    await flip(join(small.folder, 'snapshots', snapshot.id), 40)
    expect(kinds((await checked()).findings)).toEqual(['snapshot-damaged'])
    const { done, lost } = await repaired(nothing)
    expect(done).toEqual([expect.stringContaining(snapshot.id)])
    expect(kinds(lost)).toEqual(['snapshot-damaged'])
    await expectWhole()
  })

  it('damaged ways into the vault are found while it is open', async () => {
    const [key] = await small.storage.list('key')
    await flip(join(small.folder, 'keys', key!.id), 9)
    await flip(join(small.folder, 'config'), 60)
    const { ok, findings } = await check(small.vault, {}, {})
    expect(ok).toBe(false)
    expect(kinds(findings)).toEqual(['config-damaged', 'key-damaged'])
  })
})
