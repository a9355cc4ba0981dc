/** Guessing is slowed down: by source, for a while, and without end of memory. */
import { expect, it } from 'vitest'
import { createFailureLimit } from '../../../main/http/failure-limit.ts'

it('lets a source wait after so many failures, and no other', () => {
  let now = 0
  const limit = createFailureLimit(() => now, 3, 10_000)
  expect([limit.failed('a'), limit.failed('a'), limit.failed('a'), limit.failed('a')]).toEqual([
    false,
    false,
    true,
    false,
  ])
  expect([limit.secondsToWait('a'), limit.secondsToWait('b')]).toEqual([10, 0])
  now = 9001
  expect(limit.secondsToWait('a')).toBe(1)
  now = 10_000
  expect(limit.secondsToWait('a')).toBe(0)
  expect(limit.failed('a')).toBe(false)
})

it('forgets failures when one gets it right', () => {
  const limit = createFailureLimit(() => 0, 2, 10_000)
  limit.failed('a')
  limit.succeeded('a')
  expect(limit.failed('a')).toBe(false)
  expect(limit.secondsToWait('a')).toBe(0)
})

it('a flood of sources pushes out the quiet ones, not those that go on', () => {
  const limit = createFailureLimit(() => 0, 1, 10_000)
  limit.failed('quiet')
  for (let n = 0; n < 10_000; n++) {
    limit.failed(`flood ${n}`)
    limit.failed('busy')
  }
  expect([limit.secondsToWait('quiet'), limit.secondsToWait('busy')]).toEqual([0, 10])
})
