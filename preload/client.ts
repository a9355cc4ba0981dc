/** The caller's side of the wire: the contract as functions, over any carrier. */
import type { z } from 'zod'
import { contract, type Input, type Method, type Output } from './contract.ts'
import { type EventName, type EventPayload, events } from './events.ts'
import type { problemSchema } from './problem.ts'
import type { progressSchema } from './progress.ts'
import { type Carrier, type Reply, replySchema } from './wire.ts'

export type ProblemData = z.infer<typeof problemSchema>

/** How a caller follows a call: hears how far it is, and asks it to stop. */
export interface Following {
  signal?: AbortSignal | undefined
  report?: ((progress: z.infer<typeof progressSchema>) => void) | undefined
}

export interface Client {
  /** @throws what `toError` made of the problem: the call's own, or `unreachable` when the other side is gone. */
  call<M extends Method>(method: M, input: Input<M>, following?: Following): Promise<Output<M>>
  /** Hears the last state of that event, if one was told, and each that follows; the function returned ends it. */
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void
  close(): void
}

type Answer = Extract<Reply, { result: unknown } | { problem: unknown } | { broken: unknown }>

interface Pending {
  method: Method
  report: Following['report']
  done(result: unknown): void
  failed(error: unknown): void
}

/** @param toError makes of a problem what this program throws. @param lost hears that the other side is gone. */
export function createClient(
  carrier: Carrier,
  toError: (problem: ProblemData) => Error,
  lost: () => void = () => undefined,
): Client {
  const pending = new Map<number, Pending>()
  const listeners = new Map<EventName, Set<(payload: never) => void>>()
  const lastTold = new Map<EventName, unknown>()
  let lastCall = 0
  let isLost = false

  carrier.listen(take, () => {
    isLost = true
    for (const { failed } of pending.values()) failed(toError(UNREACHABLE))
    pending.clear()
    lost()
  })

  function take(message: unknown): void {
    const reply = replySchema.parse(message)
    if ('event' in reply) tell(reply.event, reply.payload)
    else if ('progress' in reply) pending.get(reply.call)?.report?.(reply.progress)
    else {
      const waiting = pending.get(reply.call)
      pending.delete(reply.call)
      if (waiting) settle(waiting, reply)
    }
  }

  function tell(event: EventName, payload: unknown): void {
    const checked = events[event].parse(payload)
    lastTold.set(event, checked)
    for (const listener of listeners.get(event) ?? []) listener(checked as never)
  }

  function settle({ method, done, failed }: Pending, answer: Answer): void {
    if ('problem' in answer) failed(toError(answer.problem))
    else if ('broken' in answer) failed(toError(BROKEN))
    else {
      const checked = contract[method].output.safeParse(answer.result)
      if (checked.success) done(checked.data)
      else failed(checked.error)
    }
  }

  return {
    call: (method, input, { signal, report } = {}) =>
      new Promise((resolve, reject) => {
        if (isLost) return reject(toError(UNREACHABLE))
        const call = ++lastCall
        const stop = () => carrier.send({ stop: call })
        const unhook = () => signal?.removeEventListener('abort', stop)
        pending.set(call, {
          ...{ method, report },
          done(result) {
            unhook()
            resolve(result as Output<typeof method>)
          },
          failed(error) {
            unhook()
            reject(error)
          },
        })
        carrier.send({ call, method, input })
        if (signal?.aborted) stop()
        else signal?.addEventListener('abort', stop)
      }),
    on(event, listener) {
      const all = listeners.get(event) ?? new Set()
      listeners.set(event, all.add(listener as (payload: never) => void))
      if (lastTold.has(event)) listener(lastTold.get(event) as never)
      return () => all.delete(listener as (payload: never) => void)
    },
    close: () => carrier.close(),
  }
}

const UNREACHABLE: ProblemData = {
  code: 'unreachable',
  sentence: 'Sidekeep stopped answering.',
  next: 'See whether it still runs, then try again.',
}

const BROKEN: ProblemData = {
  code: 'broken',
  sentence: 'Something went wrong inside Sidekeep.',
  next: 'Try again. If it stays so, start Sidekeep anew; its log says what happened.',
}
