/** Turns the time on a wall into a point in time, in any time zone, on the days of a clock change too. */

/** Milliseconds since 1970 as if the clock on the wall showed UTC. */
export type WallTime = number

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** The system's own zone, as in `Europe/Berlin`. */
export function systemZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** What the wall shows at that time. */
export function wallTime(zone: string, at: number): WallTime {
  return at + offsetAt(zone, at)
}

/** How the clock of a zone runs through one day: its offset to UTC, and the moment that changes it, if there is one. */
export interface WallDay {
  /** Milliseconds to add to UTC before `changesAt`. */
  before: number
  /** The same from `changesAt` on. */
  after: number
  /** Infinity on most days. */
  changesAt: number
}

/** `midnight` is the wall time at which the day begins. */
export function readWallDay(zone: string, midnight: WallTime): WallDay {
  // Wide enough for every offset on Earth (-12 to +14 hours), narrow enough to hold one change at most.
  const from = midnight - 15 * HOUR
  const to = midnight + DAY + 13 * HOUR
  const before = offsetAt(zone, from)
  const after = offsetAt(zone, to)
  if (before === after) return { before, after, changesAt: Number.POSITIVE_INFINITY }
  let earlier = from
  let changesAt = to
  while (changesAt - earlier > 1000) {
    const middle = Math.floor((earlier + changesAt) / 2000) * 1000
    if (offsetAt(zone, middle) === before) earlier = middle
    else changesAt = middle
  }
  return { before, after, changesAt }
}

/** The points in time at which the wall shows this: one, none (the clock leaps over it) or two (it is set back). */
export function moments(day: WallDay, wall: WallTime): number[] {
  const found: number[] = []
  if (wall - day.before < day.changesAt) found.push(wall - day.before)
  if (wall - day.after >= day.changesAt) found.push(wall - day.after)
  return found
}

function offsetAt(zone: string, at: number): number {
  const text = offsetFormat(zone).format(at)
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)
  if (!match) throw new Error(`no offset in ${text}`)
  const [, sign, hours = 0, minutes = 0, seconds = 0] = match
  const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -offset : offset
}

const formats = new Map<string, Intl.DateTimeFormat>()

function offsetFormat(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  formats.set(zone, made)
  return made
}
