/** Refusals of the portal: a status, and a problem in words where a person will read it. */
import type { ServerResponse } from 'node:http'
import { answerJson } from '../../http/answer-json.ts'
import type { Problem } from '../../problem.ts'

/** Thrown to answer with a bare status; pages of ours never cause it. */
export class Refusal extends Error {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, headers: Record<string, string> = {}) {
    super(`refused with ${status}`)
    this.status = status
    this.headers = headers
  }
}

const STATUS: Partial<Record<Problem['code'], number>> = {
  'bad-input': 400,
  'not-found': 404,
  'already-exists': 409,
  'disk-full': 507,
  'too-many-tries': 429,
  'not-allowed': 403,
}

export function statusOf(problem: Problem): number {
  return STATUS[problem.code] ?? 503
}

export function answerProblem(response: ServerResponse, problem: Problem): void {
  answerJson(response, statusOf(problem), problem)
}
