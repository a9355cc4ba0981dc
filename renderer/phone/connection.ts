/** Whether the computer can be reached: learnt from every call, and asked for again while it cannot. */
import { portalPaths } from '../../preload/portal.ts'

export interface Connection {
  reachable(): boolean
  report(reachable: boolean): void
  /** Calls back on each change until the signal aborts. */
  watch(listener: (reachable: boolean) => void, signal?: AbortSignal): void
}

const AGAIN_MS = 3000

export function createConnection(): Connection {
  const listeners = new Set<(reachable: boolean) => void>()
  let reachable = true
  let timer: ReturnType<typeof setTimeout> | undefined

  function report(now: boolean): void {
    if (!now) askLater()
    if (now === reachable) return
    reachable = now
    for (const listener of listeners) listener(now)
  }

  function askLater(): void {
    timer ??= setTimeout(ask, AGAIN_MS)
  }

  async function ask(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (reachable) return
    // A hidden page is not let through to the network on many phones; it asks once it is seen again.
    if (document.hidden) return
    report(await answers())
  }

  window.addEventListener('online', ask)
  document.addEventListener('visibilitychange', ask)
  window.addEventListener('offline', () => report(false))

  return {
    reachable: () => reachable,
    report,
    watch(listener, signal) {
      listeners.add(listener)
      signal?.addEventListener('abort', () => listeners.delete(listener))
    },
  }
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch(portalPaths.trusted, { cache: 'no-store' })).ok
  } catch {
    return false
  }
}
