/** How things stand with a source, in words for its owner, and since when. */
import { z } from 'zod'
import type { Problem } from '../../problem.ts'
import type { SourceState } from '../link.ts'
import type { Held } from './capture.ts'

export const Standing = z.object({
  code: z.string(),
  sentence: z.string(),
  next: z.string(),
  /** Milliseconds since 1970, when it was first found so. */
  since: z.number(),
})

export type Standing = z.infer<typeof Standing>

/** Of troubles that are of the source itself and not of the request; undefined for all others. */
export function standingOf({ code, message, next }: Problem): Omit<Standing, 'since'> | undefined {
  if (code === 'not-allowed') return { code: 'held', sentence: message, next }
  return code === 'unreachable' || code === 'wrong-password' ? { code, sentence: message, next } : undefined
}

export function heldStanding(held: readonly Held[]): Omit<Standing, 'since'> {
  return {
    code: 'held',
    sentence: held.map(({ displayName, reason }) => `${displayName}: ${reason}.`).join(' '),
    next: 'Nothing of what is kept here was changed. If the account lost data, send it back from here; if it is meant to be so, accept it.',
  }
}

export function failedStanding(failure: string): Omit<Standing, 'since'> {
  return {
    code: 'unreachable',
    sentence: failure,
    next: 'Nothing of what is kept here was taken away. It will be tried again.',
  }
}

/** @param ready what is said while all is well. */
export function stateOf(standing: Standing | null, ready: string): SourceState {
  if (!standing) return { code: 'ready', sentence: ready, next: '' }
  const { code, sentence, next, since } = standing
  return { code, sentence: `${sentence} So it has been since ${new Date(since).toISOString()}.`, next }
}
