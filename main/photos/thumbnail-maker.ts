/** A thread that makes thumbnails: started when there is something to do, ended when it hangs or has nothing to do. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { ThumbnailJob, ThumbnailResult } from './thumbnail-worker.ts'

/** What came of a job; `hung` or `died` when the thread had to be replaced. */
export type Outcome = ThumbnailResult | { none: 'hung' | 'died' }

export interface ThumbnailMaker {
  /** One job at a time. */
  make(job: ThumbnailJob): Promise<Outcome>
  /** Ends the thread; a job that is under way gets `died`. */
  close(): Promise<void>
}

// Pixels lie outside of the heap; what is on it is small.
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 }
// Starting takes a moment, and a decoder that keeps time itself should get to say so.
const GRACE = 2000

/**
 * @param script the worker's module.
 * @param idle milliseconds without a job after which the thread ends, and its memory is free.
 * @param log hears why a thread died.
 */
export function createThumbnailMaker(
  script: URL,
  idle: number,
  log: (message: string, error: unknown) => void,
): ThumbnailMaker {
  let worker: Worker | undefined
  let settle: ((outcome: Outcome) => void) | undefined
  let idleTimer: NodeJS.Timeout | undefined

  function start(): Worker {
    const started = new Worker(script, { resourceLimits: LIMITS })
    started.on('message', (result: ThumbnailResult) => finish(result))
    started.on('error', (error) => {
      if (worker === started) log('A thumbnail thread died', error)
    })
    started.on('exit', () => {
      if (worker !== started) return
      worker = undefined
      finish({ none: 'died' })
    })
    started.unref()
    return started
  }

  function finish(outcome: Outcome): void {
    const done = settle
    settle = undefined
    done?.(outcome)
  }

  async function end(): Promise<void> {
    const ended = worker
    worker = undefined
    // A thread deep in a decoder may not end at once; nothing else of the engine may wait for it.
    if (ended) await Promise.race([ended.terminate(), sleep(GRACE, undefined, { ref: false })])
  }

  return {
    async make(job) {
      clearTimeout(idleTimer)
      worker ??= start()
      const current = worker
      let timer: NodeJS.Timeout | undefined
      const outcome = await new Promise<Outcome>((resolve) => {
        settle = resolve
        timer = setTimeout(() => resolve({ none: 'hung' }), job.time + GRACE)
        current.postMessage(job)
      })
      clearTimeout(timer)
      // Not waited for: a thread that won't even end must not keep the next photo from its turn.
      if ('none' in outcome && outcome.none === 'hung') void end()
      idleTimer = setTimeout(() => void end(), idle).unref()
      return outcome
    },
    async close() {
      clearTimeout(idleTimer)
      await end()
      finish({ none: 'died' })
    },
  }
}
