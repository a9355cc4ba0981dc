/** Asks again and again while a screen is open, also after the phone was locked in between. */
import { Unreachable } from './call.ts'

/**
 * Runs `ask` at once and then every `interval` milliseconds until it answers true or the signal aborts. A lost network is waited out;
 * a hidden page pauses, and asks at once when it is seen again.
 * @throws what `ask` throws otherwise.
 */
export async function poll(
  ask: () => Promise<boolean>,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await ask()) return
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Unreachable)) throw error
    }
    await pause(interval, signal)
    if (document.hidden) await untilSeen(signal)
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    document.addEventListener('visibilitychange', done)
    signal.addEventListener('abort', done)
    function done() {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}

function untilSeen(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', done)
    signal.addEventListener('abort', done)
    function done() {
      if (document.hidden && !signal.aborted) return
      document.removeEventListener('visibilitychange', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
