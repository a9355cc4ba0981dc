/** Looks for sources again and again, and captures those that belong to a phone as soon as they can be read. */
import type { Source } from '../links/link.ts'
import type { Timers } from '../timers.ts'

/** How often the links are asked, in milliseconds. */
export const LOOK_EVERY = 30_000

export interface SourceWatch {
  start(): void
  stop(): void
}

export interface SourceWatchSettings {
  timers: Timers
  /** The sources that can be captured now. */
  readable(): Promise<Source[]>
  /** Is called with those that could not be a moment ago, or that are new as a whole; the next look waits for it. */
  appeared(sources: Source[]): Promise<void>
  log: (message: string, error: unknown) => void
}

export function watchSources({ timers, readable, appeared, log }: SourceWatchSettings): SourceWatch {
  let before = new Set<string>()
  let isLooking = false
  let stopTimer: (() => void) | undefined

  async function look(): Promise<void> {
    const now = await readable()
    const fresh = now.filter((source) => !before.has(keyOf(source)))
    before = new Set(now.map(keyOf))
    // What stopped meanwhile captures nothing more.
    if (fresh.length > 0 && stopTimer) await appeared(fresh)
  }

  function lookOnce(): void {
    if (isLooking) return
    isLooking = true
    look()
      .catch((error: unknown) => {
        if (stopTimer) log('Phones and accounts could not be looked for', error)
      })
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

function keyOf({ link, id, edition = '' }: Source): string {
  return JSON.stringify([link, id, edition])
}
