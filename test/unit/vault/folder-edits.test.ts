/** What changes in a folder: however it comes, it is told in the order of a tree, and the last change of a name counts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFolderEdits, type Slot } from '../../../main/vault/folder-edits.ts'
import { nameBytes } from '../../../main/vault/node-name.ts'

const state = (size: number) => ({ size, modifiedAt: 1_700_000_000_000, content: ['ab'.repeat(32)] })
const inByteOrder = (a: string, b: string) => Buffer.compare(nameBytes(a), nameBytes(b))

test('a thousand files that settle in any order come out in order', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })
  const change = fc.record({ name, size: fc.option(fc.nat(9), { freq: 10 }), waits: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 1500, size: 'max' }), (changes) => {
      const edits = createFolderEdits()
      const model = new Map<string, number | null>()
      const waiting: (() => void)[] = []
      for (const { name, size, waits } of changes) {
        model.set(name, size)
        if (size === null) edits.remove(name)
        else {
          const slot: Slot = edits.makeFile(name)
          if (waits) waiting.push(() => slot.fill(state(size)))
          else slot.fill(state(size))
        }
      }
      for (const settle of waiting.reverse()) settle()
      expect(edits.size).toBeGreaterThanOrEqual(model.size)
      const found = Array.from(edits.inOrder(), ({ name, file }) => [name, file?.size ?? null])
      expect(found).toEqual([...model].sort(([a], [b]) => inByteOrder(a, b)))
    }),
    { numRuns: 40 },
  )
})

test('a place that was given up is no edit', () => {
  const edits = createFolderEdits()
  edits.makeFile('a').clear()
  edits.makeFile('b').fill(state(1))
  expect(Array.from(edits.inOrder(), ({ name }) => name)).toEqual(['b'])
})

test('what was removed is known, however much came after', () => {
  const edits = createFolderEdits()
  edits.remove('gone')
  for (let n = 0; n < 1000; n++) edits.makeFile(`file ${n}`).fill(state(n))
  expect(edits.touched('gone')).toBe(true)
  expect(edits.touched('never')).toBe(false)
  expect(Array.from(edits.inOrder()).filter(({ file }) => file === null)).toHaveLength(1)
})
