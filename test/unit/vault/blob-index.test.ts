/** The index in memory beside a plain map, with blobs in several packs, and its size. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlobPlace, createBlobIndex } from '../../../main/vault/blob-index.ts'
import { idOf } from '../../../main/vault/crypto.ts'
import type { BlobType, Pack } from '../../../main/vault/pack.ts'

const idFor = (n: number) => idOf(Buffer.from(String(n)))

const packs = fc.array(
  fc.record({
    pack: fc.nat(5),
    blobs: fc.array(
      fc.record({
        n: fc.nat(8),
        type: fc.constantFrom<BlobType>('data', 'tree'),
        offset: fc.nat(0xffff_ffff),
        length: fc.nat(0xffff_ffff),
        uncompressedLength: fc.option(fc.integer({ min: 1, max: 0xffff_ffff })),
      }),
      { maxLength: 12 },
    ),
  }),
  { maxLength: 8 },
)

describe('the index', () => {
  it('finds every copy of every blob, and lists each pack, as a plain list would', () => {
    fc.assert(
      fc.property(packs, (added) => {
        const index = createBlobIndex()
        const model: BlobPlace[] = []
        for (const { pack, blobs } of added) {
          const it: Pack = {
            id: idFor(1000 + pack),
            blobs: blobs.map(({ n, ...blob }) => ({ ...blob, id: idFor(n) })),
          }
          const known = index.hasPack(it.id)
          index.add(it)
          for (const blob of it.blobs) {
            const isThere = model.some(
              (one) =>
                one.pack === it.id &&
                one.id === blob.id &&
                one.type === blob.type &&
                one.offset === blob.offset,
            )
            if (!(known && isThere)) model.push({ ...blob, pack: it.id })
          }
        }
        expect(index.size).toBe(model.length)
        for (let n = 0; n <= 8; n++) {
          for (const type of ['data', 'tree'] as const) {
            const wanted = model.filter((one) => one.id === idFor(n) && one.type === type)
            expect(index.has(type, idFor(n))).toBe(wanted.length > 0)
            expect(index.find(type, idFor(n))).toEqual(wanted.at(-1))
            expect(index.findAll(type, idFor(n))).toEqual(wanted.toReversed())
          }
        }
        for (const id of index.packIds()) {
          const inPack = index.entriesOf(id).map((entry) => index.place(entry))
          expect(inPack.toReversed()).toEqual(model.filter(({ pack }) => pack === id))
          expect(index.blobsOf(id).map(({ offset }) => offset)).toEqual(
            inPack.map(({ offset }) => offset).sort((a, b) => a - b),
          )
        }
      }),
    )
  })

  it('takes no more than 70 bytes of memory for a blob', () => {
    const index = createBlobIndex()
    const before = process.memoryUsage().arrayBuffers
    const count = 200_000
    for (let n = 0; n < count; n += 1000) {
      const blobs = Array.from({ length: 1000 }, (_, i) => ({
        type: 'data' as const,
        id: (n + i).toString(16).padStart(8, '0').repeat(8),
        offset: i,
        length: 1,
        uncompressedLength: null,
      }))
      index.add({ id: idFor(n), blobs })
    }
    expect(index.has('data', '000186a0'.repeat(8))).toBe(true)
    expect((process.memoryUsage().arrayBuffers - before) / count).toBeLessThan(70)
  })

  it('takes no id that is none', () => {
    expect(() => createBlobIndex().has('data', 'abc')).toThrow('not an id')
  })
})
