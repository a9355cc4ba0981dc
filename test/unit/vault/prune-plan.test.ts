/** What a prune plans: packs that go, packs written anew, and which of several copies stays. */
import { describe, expect, it } from 'vitest'
import { type BlobIndex, createBlobIndex } from '../../../main/vault/blob-index.ts'
import { idOf } from '../../../main/vault/crypto.ts'
import { type BlobType, type PackedBlob, packSize } from '../../../main/vault/pack.ts'
import { planPrune } from '../../../main/vault/prune-plan.ts'

const MIB = 1024 * 1024
const id = (name: string) => idOf(Buffer.from(name))

interface Blob {
  name: string
  size?: number
  type?: BlobType
  plain?: boolean
}

/** An index of packs given by name, and the files that belong to them. */
function vaultOf(packs: Record<string, Blob[]>) {
  const index = createBlobIndex()
  const files = new Map<string, number>()
  for (const [pack, list] of Object.entries(packs)) {
    let offset = 0
    const blobs = list.map(({ name, size = 5 * MIB, type = 'data', plain = false }): PackedBlob => {
      const blob = { type, id: id(name), offset, length: size, uncompressedLength: plain ? null : 2 * size }
      offset += size
      return blob
    })
    index.add({ id: id(pack), blobs })
    files.set(id(pack), packSize(blobs))
  }
  return { index, files }
}

function use(index: BlobIndex, names: string[], type: BlobType = 'data', used = new Uint8Array(index.size)) {
  for (const name of names) used[index.firstEntry(type, id(name))] = 1
  return used
}

describe('a plan', () => {
  it('removes packs of which nothing is used, and those that no index lists', () => {
    const { index, files } = vaultOf({ a: [{ name: '1' }], b: [{ name: '2' }] })
    files.set(id('lost'), 777)
    const plan = planPrune(index, use(index, ['1']), files)
    expect(plan).toMatchObject({ unindexed: [id('lost')], unused: [id('b')], repack: [] })
    expect(plan.figures).toMatchObject({ packs: 3, packsRemoved: 2, unusedBlobs: 1, usedBytes: 5 * MIB })
    expect(plan.figures.bytesFreed).toBe(777 + files.get(id('b'))!)
  })

  it('leaves a vault alone that has nothing to spare', () => {
    const { index, files } = vaultOf({ a: [{ name: '1' }, { name: '2' }], b: [{ name: '3' }] })
    const plan = planPrune(index, use(index, ['1', '2', '3']), files)
    expect(plan).toMatchObject({ unindexed: [], unused: [], repack: [] })
    expect(plan.figures).toMatchObject({ packsRemoved: 0, bytesFreed: 0, unusedBytesLeft: 0 })
  })

  it('writes the worst packs anew until little enough is unused', () => {
    const { index, files } = vaultOf({
      bad: [{ name: '1' }, { name: 'x' }, { name: 'y' }],
      fair: [{ name: '2', size: 90 * MIB }, { name: 'z' }],
      good: [{ name: '3', size: 95 * MIB }],
    })
    const used = use(index, ['1', '2', '3'])
    expect(planPrune(index, used, files).repack).toEqual([id('bad')])
    expect(planPrune(index, used, files).figures.unusedBytesLeft).toBe(5 * MIB)
    expect(planPrune(index, used, files, { mostUnused: 0 }).repack).toEqual([id('bad'), id('fair')])
  })

  it('always writes mixed packs anew, and tree packs with anything unused or not compressed', () => {
    const tree = { type: 'tree' } as const
    const { index, files } = vaultOf({
      big: [{ name: 'big', size: 4000 * MIB }],
      mixed: [{ name: '1' }, { name: 't1', ...tree }],
      trees: [
        { name: 't2', ...tree },
        { name: 'x', ...tree },
      ],
      plain: [{ name: 't3', ...tree, plain: true }],
      fine: [{ name: 't4', ...tree }],
    })
    const used = use(index, ['t1', 't2', 't3', 't4'], 'tree', use(index, ['big', '1']))
    expect(planPrune(index, used, files).repack.toSorted()).toEqual(
      ['mixed', 'trees', 'plain'].map(id).toSorted(),
    )
  })

  it('joins small packs only where there are many of a kind', () => {
    const small = (count: number, type: BlobType) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`${type}${n}`, [{ name: `${type}${n}`, size: MIB, type }]]),
      )
    const { index, files } = vaultOf({ ...small(10, 'data'), ...small(9, 'tree') })
    const used = new Uint8Array(index.size).fill(1)
    const plan = planPrune(index, used, files)
    expect(plan.repack).toHaveLength(10)
    expect(plan.repack).toContain(id('data3'))
  })
})

describe('of several copies', () => {
  it('one stays, in the pack that stays anyway', () => {
    const { index, files } = vaultOf({
      only: [{ name: '1' }],
      full: [{ name: '1' }, { name: '2' }],
      other: [{ name: 'x' }, { name: '1' }],
    })
    const plan = planPrune(index, use(index, ['1', '2']), files)
    expect(plan).toMatchObject({ unused: [id('only'), id('other')], repack: [] })
    expect(plan.figures).toMatchObject({ doubleBlobs: 2, unusedBlobs: 1 })
    expect(plan.chosen.map((entry) => index.place(entry).pack)).toEqual([id('full')])
  })

  it('one in a pack that is missing or cut short does not count', () => {
    const { index, files } = vaultOf({
      gone: [{ name: '1' }, { name: '2' }],
      cut: [{ name: '1' }],
      here: [{ name: '1' }],
    })
    files.delete(id('gone'))
    files.set(id('cut'), 3)
    const plan = planPrune(index, use(index, ['1']), files)
    expect(plan.unused.toSorted()).toEqual([id('gone'), id('cut')].toSorted())
    expect(() => planPrune(index, use(index, ['2']), files)).toThrow(/still needed/)
    files.delete(id('here'))
    expect(() => planPrune(index, use(index, ['1']), files)).toThrow(/still needed/)
  })
})

it('adds up over many packs', () => {
  const index = createBlobIndex()
  const files = new Map<string, number>()
  for (let pack = 0; pack < 200; pack++) {
    const blobs = Array.from({ length: 1000 }, (_, n): PackedBlob => {
      return {
        type: 'data',
        id: id(`${pack}/${n}`),
        offset: n * 16_000,
        length: 16_000,
        uncompressedLength: null,
      }
    })
    index.add({ id: id(`pack ${pack}`), blobs })
    files.set(id(`pack ${pack}`), packSize(blobs))
  }
  const used = new Uint8Array(index.size).fill(1, 0, 150_000)
  const plan = planPrune(index, used, files)
  expect(plan.unused).toHaveLength(50)
  expect(plan.figures.unusedBlobs).toBe(50_000)
})
