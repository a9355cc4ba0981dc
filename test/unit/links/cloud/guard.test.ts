/** The guard holds back what looks like a loss, and nothing else. */
import { expect, test } from 'vitest'
import { judge } from '../../../../main/links/cloud/guard.ts'

const nothing = { before: 100, gone: 0, reverted: 0, lostTrack: false }

test.each([
  ['nothing changed', nothing, undefined],
  ['half of many is gone', { ...nothing, gone: 50 }, undefined],
  ['more than half of many is gone', { ...nothing, gone: 51 }, 'emptied'],
  ['most of a few is gone', { ...nothing, before: 19, gone: 18 }, undefined],
  ['more than half of just enough is gone', { ...nothing, before: 20, gone: 11 }, 'emptied'],
  ['all of a few is gone', { ...nothing, before: 1, gone: 1 }, 'emptied'],
  ['nothing was there and nothing is', { ...nothing, before: 0 }, undefined],
  ['a forgotten token, and nothing missing', { ...nothing, lostTrack: true }, undefined],
  ['a forgotten token, and one is gone', { ...nothing, lostTrack: true, gone: 1 }, 'older'],
  ['a forgotten token, and one is as it was', { ...nothing, lostTrack: true, reverted: 1 }, 'older'],
  ['one edit was undone', { ...nothing, reverted: 1 }, undefined],
  ['several are as they were', { ...nothing, reverted: 2 }, 'older'],
  ['one is as it was and one is gone', { ...nothing, reverted: 1, gone: 1 }, 'older'],
] as const)('%s', (_, comparison, danger) => {
  expect(judge(comparison)).toBe(danger)
})
