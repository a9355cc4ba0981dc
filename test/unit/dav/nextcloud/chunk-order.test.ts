import { expect, it } from 'vitest'
import { inOrder, isChunkName } from '../../../../main/links/dav/nextcloud/chunk-order.ts'
import { Refusal } from '../../../../main/links/dav/refusal.ts'

const chunks = (...names: string[]) => names.map((name) => ({ name, size: 10 }))
const order = (names: string[], total?: number) => inOrder(chunks(...names), total).map(({ name }) => name)

it.each([
  ['without zeros, as iOS', ['10', '9', '8', '7', '6', '5', '4', '3', '2', '1']],
  ['six digits, as Android', ['000002', '000001']],
  ['sixteen digits from 0', ['0000000000000001', '0000000000000000']],
  ['ranges, as rclone', ['000000000000010-000000000000019', '000000000000000-000000000000009']],
])('chunks are joined by number, however it is written: %s', (_who, names) => {
  expect(order(names)).toEqual(names.toReversed())
  expect(order(names, names.length * 10)).toEqual(names.toReversed())
})

it('numbers may have gaps when the length of the whole says that nothing is missing', () => {
  expect(order(['1', '5'], 20)).toEqual(['1', '5'])
})

it.each([
  ['a chunk is missing at the start', ['2', '3'], undefined],
  ['a chunk is missing between', ['1', '3'], undefined],
  ['the length is not what was told', ['1', '2'], 30],
  ['there is none', [], undefined],
  ['two have the same number', ['1', '001'], 20],
  ['ranges leave a gap', ['0-9', '20-29'], 20],
  ['ranges overlap', ['0-9', '5-14'], 20],
  ['a range is not as long as it says', ['0-9', '10-30'], 20],
])('nothing is joined when %s', (_why, names, total) => {
  expect(() => order(names, total)).toThrow(Refusal)
})

it('no chunks at all make an empty file, when its length says so', () => {
  expect(order([], 0)).toEqual([])
})

it.each(['', '.file', '..', 'a', '1a', '-1', '1-', '1-2-3', '１', '99999999999999999', '0x1', '1\n'])(
  'a chunk is not called %j',
  (name) => {
    expect(isChunkName(name)).toBe(false)
  },
)
