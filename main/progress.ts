/** How long work tells how far it is, and hears that it should stop. */
import { Problem } from './problem.ts'

export interface Progress {
  /** What is being done, a few plain words. */
  phase: string
  items: number
  /** Null as long as it is not known. */
  itemsTotal: number | null
  bytes: number
  bytesTotal: number | null
}

/** Passed down to every long task; tasks check `signal` between steps and report at most a few times a second. */
export interface Watch {
  signal?: AbortSignal | undefined
  report?: ((progress: Progress) => void) | undefined
}

/** Whether it tells more than what is being done. */
export function hasCounts({ items, itemsTotal, bytes, bytesTotal }: Progress): boolean {
  return items > 0 || itemsTotal !== null || bytes > 0 || bytesTotal !== null
}

/** @throws Problem `cancelled` when the work was asked to stop. */
export function stopIfAsked(watch: Watch): void {
  if (watch.signal?.aborted) {
    throw new Problem(
      'cancelled',
      'Stopped, as asked.',
      'Start it again at any time; it goes on from where it was.',
    )
  }
}

/** How much there is to be done. */
export interface Total {
  items: number
  bytes: number
}

export function totalOf(things: readonly { size: number }[]): Total {
  return { items: things.length, bytes: things.reduce((sum, { size }) => sum + size, 0) }
}

/** Tells of work on things of known size. @returns to be called with each that is done. */
export function countDone(phase: string, total: Total, watch: Watch): (thing: { size: number }) => void {
  let [items, bytes] = [0, 0]
  return ({ size }) => {
    items++
    bytes += size
    watch.report?.({ phase, items, itemsTotal: total.items, bytes, bytesTotal: total.bytes })
  }
}
