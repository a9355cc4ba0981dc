/** Looks for sources again and again, and captures those that belong to a phone as soon as they can be read. */
import type { Timers } from '../timers.ts'

/** How often the links are asked, in milliseconds. */
export const LOOK_EVERY = 30_000

export interface SourceWatch {
  start(): void
  stop(): void
}

/**
 * @param readable finds the sources that can be captured now, by a key that stays.
 * @param appeared is called with those that could not be a moment ago; the next look waits for it.
 */
export function watchSources<T>(
  timers: Timers,
  readable: () => Promise<Map<string, T>>,
  appeared: (sources: T[]) => Promise<void>,
  log: (message: string, error: unknown) => void,
): SourceWatch {
  let before = new Set<string>()
  let isLooking = false
  let stopTimer: (() => void) | undefined

  async function look(): Promise<void> {
    const now = await readable()
    const fresh = [...now].filter(([key]) => !before.has(key)).map(([, source]) => source)
    before = new Set(now.keys())
    if (fresh.length > 0) await appeared(fresh)
  }

  function lookOnce(): void {
    if (isLooking) return
    isLooking = true
    look()
      .catch((error: unknown) => log('Phones and accounts could not be looked for', error))
      .finally(() => {
        isLooking = false
      })
  }

  return {
    start() {
      stopTimer ??= timers.every(LOOK_EVERY, lookOnce)
      lookOnce()
    },
    stop() {
      stopTimer?.()
      stopTimer = undefined
    },
  }
}
