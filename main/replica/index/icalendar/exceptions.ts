/** The starts that are taken out of a series: by EXDATE, or because an exception stands in for them. */
import { DAY } from './day.ts'
import { type CalendarTime, momentOfTime } from './time.ts'
import { UTC } from './zone.ts'

export interface Exceptions {
  /** Times with a zone, as moments. */
  moments: Set<number>
  /** Floating times: meant by the clock of the event, whatever its zone. */
  walls: Set<number>
  /** Dates: meant is whatever happens on that day. */
  dates: Set<number>
  /** The days of all of these by their own clocks, for series of whole days. */
  days: Set<number>
}

export function exceptionsOf(times: CalendarTime[]): Exceptions {
  const exceptions: Exceptions = { moments: new Set(), walls: new Set(), dates: new Set(), days: new Set() }
  for (const time of times) {
    const day = Math.floor(time.wall / DAY)
    exceptions.days.add(day)
    if (time.isDate) exceptions.dates.add(day)
    else if (time.zone) exceptions.moments.add(momentOfTime(time, UTC))
    else exceptions.walls.add(time.wall)
  }
  return exceptions
}

export function excepts({ moments, walls, dates, days }: Exceptions, start: CalendarTime): boolean {
  if (days.size === 0) return false
  const day = Math.floor(start.wall / DAY)
  if (start.isDate) return days.has(day)
  return (
    dates.has(day) || walls.has(start.wall) || (moments.size > 0 && moments.has(momentOfTime(start, UTC)))
  )
}
