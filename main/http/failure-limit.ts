/** Slows down guessing: who failed too often waits. */

export interface FailureLimit {
  /** Seconds until this source may try again; 0 when it may now. */
  secondsToWait(source: string): number
  /** @returns whether this failure is the one after which the source must wait. */
  failed(source: string): boolean
  succeeded(source: string): void
}

// More than a home network has; a flood of sources pushes the oldest out instead of filling the memory.
const MOST_SOURCES = 10_000

/** @param most failures of one source before it waits; the time to wait begins anew with each failure. */
export function createFailureLimit(now: () => number, most: number, windowMs: number): FailureLimit {
  const failures = new Map<string, { count: number; until: number }>()
  const current = (source: string) => {
    const entry = failures.get(source)
    if (entry && entry.until <= now()) failures.delete(source)
    return failures.get(source)
  }
  return {
    secondsToWait(source) {
      const entry = current(source)
      return entry && entry.count >= most ? Math.ceil((entry.until - now()) / 1000) : 0
    },
    failed(source) {
      const count = (current(source)?.count ?? 0) + 1
      // Set anew, so that the oldest in the map is the one that was quiet for longest.
      failures.delete(source)
      if (failures.size >= MOST_SOURCES) failures.delete(failures.keys().next().value!)
      failures.set(source, { count, until: now() + windowMs })
      return count === most
    },
    succeeded(source) {
      failures.delete(source)
    },
  }
}
