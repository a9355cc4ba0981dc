/** One request at a time for each upload. The newer wins: the older is most likely a connection that the phone lost unnoticed. */
import { once } from 'node:events'
import type { Lock, Locker, RequestRelease } from '@tus/server'

/** Told to whoever cannot have an upload in time; clients of tus try again. */
const LOCKED = { status_code: 423, body: 'Another request for this upload is under way\n' }

interface Holder {
  /** Asks the holder to come to an end. */
  release: RequestRelease
  freed: Promise<void>
  free: () => void
}

/** @param patience how long a request waits for its turn, in milliseconds. */
export function createLocker(patience: number): Locker {
  const holders = new Map<string, Holder>()

  function newLock(id: string): Lock {
    return {
      async lock(signal, release) {
        const over = AbortSignal.any([signal, AbortSignal.timeout(patience)])
        for (let holder = holders.get(id); holder; holder = holders.get(id)) {
          await holder.release()
          if (!over.aborted) await Promise.race([holder.freed, once(over, 'abort')])
          if (over.aborted) throw LOCKED
        }
        const { promise, resolve } = Promise.withResolvers<void>()
        holders.set(id, { release, freed: promise, free: resolve })
      },
      async unlock() {
        const holder = holders.get(id)
        holders.delete(id)
        holder?.free()
      },
    }
  }
  return { newLock }
}
