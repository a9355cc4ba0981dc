/** Work over several streams: each thing once, no more at a time than there are streams, and no more after a failure. */
import { expect, test } from 'vitest'
import { inStreams } from '../../../../main/links/android/streams.ts'

test('each thing is worked on once, so many at a time', async () => {
  const seen: string[] = []
  let [now, most] = [0, 0]
  await inStreams(3, [...'abcdefgh'], async (thing, index) => {
    most = Math.max(most, ++now)
    await Promise.resolve()
    seen[index] = thing
    now--
  })
  expect(seen.join('')).toBe('abcdefgh')
  expect(most).toBe(3)
})

test('after a failure nothing more is begun, and what is on ends first', async () => {
  const begun: number[] = []
  let ended = 0
  const work = inStreams(2, [1, 2, 3, 4], async (thing) => {
    begun.push(thing)
    if (thing === 1) throw new Error('no')
    await Promise.resolve()
    ended++
  })
  await expect(work).rejects.toThrow('no')
  expect({ begun, ended }).toEqual({ begun: [1, 2], ended: 1 })
})
