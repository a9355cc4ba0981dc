/** The engine's side of the wire: answers one window's (or command's) calls over any carrier, and tells it the events. */
import { type Carrier, type Request, requestSchema } from '../preload/wire.ts'
import type { Engine } from './engine.ts'
import { Problem } from './problem.ts'
import type { Progress } from './progress.ts'

const REPORT_EVERY = 100

/**
 * Attends to the other side until it is gone; what it had asked for is then stopped.
 * @param log hears of mistakes of our own, which the other side is only told to have happened.
 */
export function attend(
  engine: Engine,
  carrier: Carrier,
  now: () => number,
  log: (line: string) => void,
): void {
  const calls = new Map<number, AbortController>()
  const stopListening = engine.listen((event, payload) => carrier.send({ event, payload }))
  carrier.listen(take, () => {
    stopListening()
    for (const stopping of calls.values()) stopping.abort()
  })

  function take(message: unknown): void {
    const request = requestSchema.safeParse(message)
    // Whoever does not speak the contract is no window of ours.
    if (!request.success) carrier.close()
    else if ('stop' in request.data) calls.get(request.data.stop)?.abort()
    else answer(request.data)
  }

  async function answer({ call, method, input }: Extract<Request, { method: unknown }>): Promise<void> {
    const stopping = new AbortController()
    calls.set(call, stopping)
    const report = seldom(now, (progress) => carrier.send({ call, progress }))
    try {
      const result = await engine.call(method, input as never, { signal: stopping.signal, report })
      carrier.send({ call, result })
    } catch (error) {
      if (error instanceof Problem) return carrier.send({ call, problem: error.toJSON() })
      log(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
      carrier.send({ call, broken: true })
    } finally {
      calls.delete(call)
    }
  }
}

/** Passes progress on a few times a second at most. */
export function seldom(
  now: () => number,
  report: (progress: Progress) => void,
): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY
  return (progress) => {
    const time = now()
    if (Math.abs(time - last) < REPORT_EVERY) return
    last = time
    report(progress)
  }
}
