/** Calls to the portal, and the three ways in which one can fail. */
import {
  type PortalInput,
  type PortalMethod,
  type PortalOutput,
  portalContract,
  portalPaths,
} from '../../preload/portal.ts'
import { problemSchema } from '../../preload/problem.ts'
import { words } from './words.ts'

/** What the computer says is wrong: a sentence for a person and what to do next. */
export class PortalProblem extends Error {
  readonly code: string
  readonly next: string

  constructor({ code, sentence, next }: { code: string; sentence: string; next: string }) {
    super(sentence)
    this.code = code
    this.next = next
  }
}

/** The computer did not answer, or only that it is not ready: a state that passes, not a mistake. */
export class Unreachable extends Error {}

/** This browser has no session: not paired yet, left, or its access was taken back. */
export class SignedOut extends Error {}

/** @throws PortalProblem, Unreachable, SignedOut; whatever `signal` aborts with. */
export type Call = <M extends PortalMethod>(
  method: M,
  input: PortalInput<M>,
  signal?: AbortSignal,
) => Promise<PortalOutput<M>>

/** @param report hears of each answer and each silence. */
export function createCall(report: (reachable: boolean) => void): Call {
  return async (method, input, signal) => {
    const response = await reach(report, portalPaths.api + method, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(input),
      ...(signal && { signal }),
    })
    const body = await readBody(response, signal)
    if (!response.ok) {
      const failure = failureOf(response.status, body)
      if (failure instanceof Unreachable) report(false)
      throw failure
    }
    const checked = portalContract[method].output.safeParse(parseJson(body))
    if (!checked.success) throw new PortalProblem(words.problems.misfit)
    return checked.data as PortalOutput<typeof method>
  }
}

async function reach(
  report: (reachable: boolean) => void,
  path: string,
  init: RequestInit,
): Promise<Response> {
  try {
    const response = await fetch(path, init)
    report(true)
    return response
  } catch (error) {
    if (init.signal?.aborted) throw error
    report(false)
    throw new Unreachable()
  }
}

// A connection can end in the middle of an answer.
async function readBody(response: Response, signal?: AbortSignal): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Unreachable()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The error that an answer stands for. @param status any but a success; 0 when there was no answer. */
export function failureOf(status: number, body: string): Error {
  if (status === 0) return new Unreachable()
  if (status === 401) return new SignedOut()
  const told = problemSchema.safeParse(parseJson(body))
  if (told.success) return new PortalProblem(told.data)
  if (status === 404) return new PortalProblem(words.problems.missing)
  if (status === 413) return new PortalProblem(words.problems.tooLarge)
  if (status >= 502 && status <= 504) return new Unreachable()
  return new PortalProblem(words.problems.unknown(status))
}
