/** Calls between threads: named functions of one value, answered by a message with the same number. */
import { Problem } from '../problem.ts'

/** Functions by name, as they look to who calls them. */
export type Calls = Record<string, (given: never) => unknown>

/** A value, and the memory that moves with it instead of being copied. */
export interface Moved<V> {
  value: V
  transfer?: ArrayBuffer[]
}

/** What answers the calls. */
export type Answers<C extends Calls> = {
  [Name in keyof C]: (given: Parameters<C[Name]>[0]) => Promise<Moved<ReturnType<C[Name]>>>
}

/** Makes a call. @throws what answering it threw. */
export type Call<C extends Calls> = <Name extends keyof C & string>(
  name: Name,
  given: Parameters<C[Name]>[0],
  transfer?: ArrayBuffer[],
) => Promise<ReturnType<C[Name]>>

type Failure = { problem: ReturnType<Problem['toJSON']> } | { error: unknown; traits: ErrorTraits }
/** What tells the errors of the system apart. */
type ErrorTraits = Pick<NodeJS.ErrnoException, 'code' | 'syscall'>

export type Message =
  | { kind: 'call'; number: number; name: string; given: unknown }
  | { kind: 'answer'; number: number; value: unknown }
  | { kind: 'failure'; number: number; failure: Failure }

/** One end of a channel between two threads. */
export interface CallChannel<Outgoing extends Calls> {
  call: Call<Outgoing>
  /** Calls that wait for their answer. */
  readonly waiting: number
  receive(message: Message): void
  /** Lets every waiting and later call fail. */
  fail(error: unknown): void
}

/** @param post sends a message to the other end. @param answers serves the other end's calls. */
export function createCallChannel<Outgoing extends Calls, Incoming extends Calls>(
  post: (message: Message, transfer: ArrayBuffer[]) => void,
  answers: Answers<Incoming>,
): CallChannel<Outgoing> {
  const waiting = new Map<number, { done: (value: unknown) => void; failed: (error: unknown) => void }>()
  let calls = 0
  let failure: { error: unknown } | undefined

  const call: Call<Outgoing> = (name, given, transfer = []) => {
    if (failure) return Promise.reject(failure.error)
    const number = ++calls
    return new Promise((done, failed) => {
      waiting.set(number, { done: done as (value: unknown) => void, failed })
      post({ kind: 'call', number, name, given }, transfer)
    })
  }

  async function answer(number: number, name: string, given: unknown): Promise<void> {
    try {
      // The types of both ends agree on names and values; messages cannot tell.
      const { value, transfer = [] } = await answers[name]!(given as never)
      post({ kind: 'answer', number, value }, transfer)
    } catch (error) {
      post({ kind: 'failure', number, failure: toFailure(error) }, [])
    }
  }

  function receive(message: Message): void {
    if (message.kind === 'call') {
      void answer(message.number, message.name, message.given)
      return
    }
    const { done, failed } = waiting.get(message.number) ?? {}
    waiting.delete(message.number)
    if (message.kind === 'answer') done?.(message.value)
    else failed?.(fromFailure(message.failure))
  }

  function fail(error: unknown): void {
    failure ??= { error }
    for (const { failed } of waiting.values()) failed(error)
    waiting.clear()
  }

  return {
    call,
    get waiting() {
      return waiting.size
    },
    receive,
    fail,
  }
}

// Copying an error to another thread would lose what makes it a Problem, or tells what the system failed at.
function toFailure(error: unknown): Failure {
  if (error instanceof Problem) return { problem: error.toJSON() }
  const { code, syscall } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  return { error, traits: { ...(code && { code }), ...(syscall && { syscall }) } }
}

function fromFailure(failure: Failure): unknown {
  if ('error' in failure) {
    return failure.error instanceof Error ? Object.assign(failure.error, failure.traits) : failure.error
  }
  const { code, sentence, next } = failure.problem
  return new Problem(code, sentence, next)
}
