/** All that is being done at this moment and takes its time, so that every window sees it and can stop it, whoever began it. */
import type { Work } from '../preload/events.ts'
import type { Progress, Watch } from './progress.ts'

export interface Works {
  /**
   * Does something, listed from its first report of progress: what is done at once is not worth a line.
   * @param what method of the contract. @param about phone or source, null for all.
   */
  follow<T>(what: string, about: string | null, watch: Watch, work: (watch: Watch) => Promise<T>): Promise<T>
  /** Oldest first. */
  list(): Work[]
  /** How many that were listed have ended. */
  ended(): number
  /** Asks it to stop. @returns false when there is none with this id any more. */
  stop(id: number): boolean
}

/** @param changed hears that the list is another now. */
export function createWorks(now: () => number, changed: () => void): Works {
  const works = new Map<number, { shown: Work; controller: AbortController }>()
  let lastId = 0
  let ended = 0

  return {
    async follow(what, about, watch, work) {
      const id = ++lastId
      const startedAt = now()
      const controller = new AbortController()
      const signal = watch.signal ? AbortSignal.any([watch.signal, controller.signal]) : controller.signal
      const report = (progress: Progress) => {
        const isStopping = signal.aborted
        works.set(id, { shown: { id, what, about, startedAt, progress, isStopping }, controller })
        changed()
        watch.report?.(progress)
      }
      try {
        return await work({ ...watch, signal, report })
      } finally {
        if (works.delete(id)) {
          ended++
          changed()
        }
      }
    },
    list: () => [...works.values()].map(({ shown }) => shown),
    ended: () => ended,
    stop(id) {
      const found = works.get(id)
      if (!found) return false
      found.shown.isStopping = true
      found.controller.abort()
      changed()
      return true
    },
  }
}
