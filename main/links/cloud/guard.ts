/** Tells an account that lost its data, or went back to an older state, from one whose owner tidied up. */

export interface Comparison {
  /** Entries at the last capture. */
  before: number
  /** Of these, how many are nowhere in it now. */
  gone: number
  /** How many are as they once were before the last capture. */
  reverted: number
  /** The server no longer knows the state in which we left it. */
  lostTrack: boolean
}

export type Danger = 'emptied' | 'older'

// Of fewer, half is soon deleted by hand.
const SMALLEST_MASS = 20

/** @returns what it looks like; undefined for changes such as people make. */
export function judge({ before, gone, reverted, lostTrack }: Comparison): Danger | undefined {
  if (isMassive(before, gone)) return 'emptied'
  // A service put back from a backup has forgotten our token, and what was added or edited since then.
  if (lostTrack && gone + reverted > 0) return 'older'
  // Without tokens: one edit may have been undone by hand, several at once hardly.
  return reverted > 1 || (reverted > 0 && gone > 0) ? 'older' : undefined
}

/** Everything at once, or more than half of many. */
export function isMassive(before: number, gone: number): boolean {
  return before > 0 && (gone >= before || (before >= SMALLEST_MASS && gone * 2 > before))
}

/** For the owner. */
export function sentenceOf(danger: Danger, { before, gone, reverted }: Comparison): string {
  if (danger === 'emptied') return `${gone} of ${before} entries are gone all at once`
  return `it seems to have gone back to an older state: ${gone} entries are gone, ${reverted} are as they were before`
}
