/** Waiting for a phone ends after too long a silence, when it is asked to stop, and not before. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createPatience } from '../../../../main/links/android/patience.ts'

beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

const never = () => new Promise<never>(() => undefined)

test('an answer is passed on, and so is a failure', async () => {
  const { wait } = createPatience(1000)
  expect(await wait(Promise.resolve(7))).toBe(7)
  await expect(wait(Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('a silence ends it, and all that is asked afterwards', async () => {
  const { wait, signal } = createPatience(1000)
  const asked = expect(wait(never())).rejects.toMatchObject({ code: 'unreachable' })
  await vi.advanceTimersByTimeAsync(999)
  expect(signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await asked
  expect(signal.reason).toMatchObject({ message: 'The phone has stopped answering.' })
  await expect(wait(Promise.resolve(7))).rejects.toBe(signal.reason)
})

test('what is heard meanwhile prolongs it, and while nobody waits it does not run', async () => {
  const { wait, heard, signal } = createPatience(1000)
  const first = Promise.withResolvers<void>()
  const waited = wait(first.promise)
  await vi.advanceTimersByTimeAsync(900)
  heard()
  await vi.advanceTimersByTimeAsync(900)
  first.resolve()
  await waited
  await vi.advanceTimersByTimeAsync(10_000)
  expect(signal.aborted).toBe(false)
})

test('it ends at once when it is asked to stop', async () => {
  const stop = new AbortController()
  const { wait } = createPatience(1000, stop.signal)
  const asked = expect(wait(never())).rejects.toMatchObject({ code: 'cancelled' })
  stop.abort()
  await asked
  const { signal } = createPatience(1000, stop.signal)
  expect(signal.reason).toMatchObject({ code: 'cancelled' })
})
