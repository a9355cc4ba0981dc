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
