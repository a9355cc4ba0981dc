/** The beginning and the end of a file, kept while it streams by: they tell all that matters of nearly every photo. */

export const LONGEST_HEAD = 64 * 1024
const LONGEST_TAIL = 8 * 1024

export interface Ends {
  readonly head: Buffer
  readonly tail: Buffer
}

export interface GrowingEnds extends Ends {
  add(chunk: Buffer): void
}

export function createEnds(): GrowingEnds {
  let head = Buffer.alloc(0)
  const last = Buffer.alloc(LONGEST_TAIL)
  let size = 0
  return {
    add(chunk) {
      if (head.length < LONGEST_HEAD) {
        head = Buffer.concat([head, chunk.subarray(0, LONGEST_HEAD - head.length)])
      }
      const kept = Math.min(chunk.length, LONGEST_TAIL)
      last.copyWithin(0, kept)
      chunk.copy(last, LONGEST_TAIL - kept, chunk.length - kept)
      size += chunk.length
    },
    get head() {
      return head
    },
    get tail() {
      return last.subarray(Math.max(0, LONGEST_TAIL - size))
    },
  }
}
