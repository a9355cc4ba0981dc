/** Seeded chance: the same seed gives the same people, pictures and broken connections every time. */

export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** True in about `share` of all calls. */
  often(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** A version 4 UUID in lower case. */
  uuid(): string
}

/** Marsaglia's xorshift32 on a scrambled seed: small, quick and good enough to make up things. */
export function seeded(seed: number): Chance {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ 0x6b43a9b5) >>> 0 || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    often: (share) => next() < share,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('There is nothing to pick from.')
      return list[between(0, list.length - 1)]!
    },
    uuid: () =>
      'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (sign) =>
        (sign === 'x' ? between(0, 15) : between(8, 11)).toString(16),
      ),
  }
}
