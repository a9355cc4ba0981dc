/**
 * Errors that a caller can handle: a code for programs, a sentence for a person and what to do next.
 * Bugs throw ordinary errors; a Problem is thrown or returned where someone can act on it.
 */
export class Problem extends Error {
  readonly code: ProblemCode
  /** What the person can do next, as a sentence. */
  readonly next: string

  constructor(code: ProblemCode, sentence: string, next: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.name = 'Problem'
    this.code = code
    this.next = next
  }

  toJSON(): { code: ProblemCode; sentence: string; next: string } {
    return { code: this.code, sentence: this.message, next: this.next }
  }
}

export type ProblemCode =
  | 'data-in-use'
  | 'data-newer'
  | 'data-damaged'
  | 'not-found'
  | 'already-exists'
  | 'bad-input'
  | 'disk-full'
  | 'no-vault'
  | 'wrong-password'
  | 'vault-locked'
  | 'vault-damaged'
  | 'lock-lost'
  | 'cancelled'
  | 'unreachable'
  | 'busy'
  | 'too-many-tries'
  | 'not-allowed'
