import { expect, test } from 'vitest'
import { watchNetwork } from '../../../main/lan/watch.ts'

const HOUR = 3_600_000

function startWatch() {
  const state = { at: 1e12, sees: 'home', changes: 0, stopped: false }
  let look: () => void = () => expect.fail('nothing looks')
  const stop = watchNetwork({
    now: () => state.at,
    look: () => state.sees,
    changed: () => {
      state.changes++
    },
    timers: {
      every(milliseconds, then) {
        expect(milliseconds).toBe(15_000)
        look = then
        return () => {
          state.stopped = true
        }
      },
    },
  })
  return {
    state,
    stop,
    pass(milliseconds: number) {
      state.at += milliseconds
      look()
      return state.changes
    },
  }
}

test('it tells of a changed network once', () => {
  const { state, pass } = startWatch()
  expect(pass(15_000)).toBe(0)
  state.sees = 'office'
  expect(pass(15_000)).toBe(1)
  expect(pass(15_000)).toBe(1)
})

test('it tells after sleep and after the clock was put back, even when all seems the same', () => {
  const { pass } = startWatch()
  expect(pass(HOUR)).toBe(1)
  expect(pass(15_000)).toBe(1)
  expect(pass(-HOUR)).toBe(2)
  expect(pass(15_000)).toBe(2)
})

test('it tells once a day, so that a certificate is renewed on a computer that never sleeps', () => {
  const { pass } = startWatch()
  let changes = 0
  for (let at = 0; at < 49 * HOUR; at += 15_000) changes = pass(15_000)
  expect(changes).toBe(2)
})

test('it stops', () => {
  const { state, stop } = startWatch()
  stop()
  expect(state.stopped).toBe(true)
})
