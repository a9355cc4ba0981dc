/** Waiting for a phone: as long as something is heard of it now and then, and until someone asks to stop. */
import { Problem } from '../../problem.ts'
import { stopIfAsked } from '../../progress.ts'

export interface Patience {
  /** Aborts when it is over, with the Problem as its reason: then every connection to the phone is to end. */
  signal: AbortSignal
  /** Something came from the phone, or was taken by it. */
  heard(): void
  /** Passes an answer on. @throws Problem `unreachable` after too long a silence, `cancelled` when it was asked to stop. */
  wait<T>(answer: Promise<T>): Promise<T>
}

/** @param silence milliseconds that a phone may say nothing while it is waited for. @param stop asks to wait no longer. */
export function createPatience(silence: number, stop?: AbortSignal): Patience {
  const over = new AbortController()
  let waiting = 0
  let timer: NodeJS.Timeout | undefined
  if (stop?.aborted) endAsAsked()
  else stop?.addEventListener('abort', endAsAsked, { once: true, signal: over.signal })

  function endAsAsked(): void {
    try {
      stopIfAsked({ signal: stop })
    } catch (cancelled) {
      over.abort(cancelled)
    }
  }

  function listen(): void {
    clearTimeout(timer)
    if (waiting > 0) timer = setTimeout(() => over.abort(fallenSilent()), silence)
  }

  return {
    signal: over.signal,
    heard: () => void timer?.refresh(),
    async wait(answer) {
      let end: () => void = () => undefined
      const ended = new Promise<never>((_, reject) => {
        end = () => reject(over.signal.reason)
      })
      waiting++
      if (waiting === 1) listen()
      over.signal.addEventListener('abort', end)
      try {
        if (over.signal.aborted) end()
        return await Promise.race([ended, answer])
      } finally {
        over.signal.removeEventListener('abort', end)
        waiting--
        if (waiting === 0) listen()
      }
    },
  }
}

function fallenSilent(): Problem {
  return new Problem(
    'unreachable',
    'The phone has stopped answering.',
    'Unlock it, unplug it and plug it in again; what came so far is kept, and the next capture goes on.',
  )
}
