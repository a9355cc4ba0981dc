/** Notices that the network changed, or that the computer slept and may wake up in another one. */
import type { Timers } from '../timers.ts'

export interface WatchSettings {
  timers: Timers
  now: () => number
  /** What there is to notice, as text. */
  look: () => string
  /** Called after a change, after sleep and once a day. */
  changed: () => void
}

/** No system that Node runs on tells of changed addresses; looking costs next to nothing. */
const LOOK_EVERY = 15_000
// A look that comes this much late was slept over; one that comes early has a clock that was put back.
const SLEPT = 2 * LOOK_EVERY
const DAY = 86_400_000

/** Watches until the function returned is called. */
export function watchNetwork({ timers, now, look, changed }: WatchSettings): () => void {
  let seen = look()
  let lookedAt = now()
  let toldAt = lookedAt
  return timers.every(LOOK_EVERY, () => {
    const at = now()
    const sees = look()
    const late = at - lookedAt
    lookedAt = at
    if (sees === seen && late >= 0 && late <= SLEPT && at - toldAt < DAY) return
    seen = sees
    toldAt = at
    changed()
  })
}
