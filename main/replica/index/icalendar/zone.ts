/** Time zones: the offset from UTC at any moment, and the moment a wall clock stands for. */
import { DAY, dayOf } from './day.ts'

export interface Zone {
  /** Milliseconds that the wall clock is ahead of UTC at a moment (milliseconds since 1970). */
  offsetAt(moment: number): number
}

export const UTC: Zone = { offsetAt: () => 0 }

export function fixedZone(offset: number): Zone {
  return { offsetAt: () => offset }
}

/**
 * The moment at which the zone's clock shows `wall`. A time that is skipped when clocks go forward is read with the offset
 * before the gap, and one that comes twice means the first (RFC 5545, 3.3.5).
 * @param wall what the clock shows, as milliseconds since 1970 if it were UTC.
 */
export function momentOf(wall: number, zone: Zone): number {
  const before = zone.offsetAt(wall - DAY)
  const after = zone.offsetAt(wall + DAY)
  if (before === after || zone.offsetAt(wall - before) === before) return wall - before
  return zone.offsetAt(wall - after) === after ? wall - after : wall - before
}

/** How a zone's offset changes in one year: `changes` are the moments and the offsets from then on, in order. */
export interface ZoneYear {
  initial: number
  changes: { at: number; offset: number }[]
}

// A calendar touches a few years; only something broken or made to hurt touches thousands.
const MOST_YEARS = 500

/** A zone that works out each year when it is first asked for. Far years stand for themselves only between 1 and 9999. */
export function yearlyZone(readYear: (year: number) => ZoneYear): Zone {
  const years = new Map<number, ZoneYear>()
  return {
    offsetAt(moment) {
      const year = Math.min(Math.max(new Date(moment).getUTCFullYear(), 1), 9999)
      let known = years.get(year)
      if (!known) {
        if (years.size >= MOST_YEARS) years.clear()
        known = readYear(year)
        years.set(year, known)
      }
      let offset = known.initial
      for (const change of known.changes) {
        if (change.at > moment) break
        offset = change.offset
      }
      return offset
    },
  }
}

/** First moment of a year in UTC. */
export function startOfYear(year: number): number {
  return dayOf(year, 1, 1) * DAY
}
