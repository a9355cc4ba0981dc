/** Describes a time zone of the IANA database as a VTIMEZONE, which each calendar object has to bring along (RFC 5545, 3.6.5). */
import { DAY } from '../replica/index/icalendar/day.ts'
import { startOfYear, type Zone } from '../replica/index/icalendar/zone.ts'
import { contentLine } from './content-line-writer.ts'

/** A change of the zone's clock. */
interface Change {
  /** What the clock showed at the change, before it, as milliseconds since 1970 if it were UTC. */
  wall: number
  from: number
  to: number
}

/** Changes that follow one yearly rule, such as "last Sunday of March at 2". */
interface Observance {
  changes: Change[]
  /** Which of such weekdays in the month; a 4th may be the last as well, until one year decides. */
  weeks: number[]
}

/** Rules that go on for so many years at the end are taken to go on for ever. */
const YEARS_AHEAD = 6

/**
 * The lines of the zone, good from `firstYear` on. @param lastYear of events that are known; later ones follow the last rule.
 * @param name as events give it in TZID.
 */
export function timeZoneLines(name: string, zone: Zone, firstYear: number, lastYear: number): string[] {
  const end = lastYear + YEARS_AHEAD
  const changes = changesOf(zone, firstYear, end)
  const start = startOfYear(firstYear)
  const initial: Observance = {
    changes: [{ wall: start, from: zone.offsetAt(start), to: zone.offsetAt(start) }],
    weeks: [],
  }
  const lowest = Math.min(zone.offsetAt(start), ...changes.map(({ to }) => to))
  const lines = ['BEGIN:VTIMEZONE', contentLine('TZID', name)]
  for (const observance of [initial, ...observancesOf(changes)]) {
    lines.push(...observanceLines(observance, lowest, end))
  }
  lines.push('END:VTIMEZONE')
  return lines
}

// A zone may change twice within a month (Morocco around Ramadan), but not within a week.
const STEP = 7 * DAY
const MINUTE = 60_000

function changesOf(zone: Zone, firstYear: number, lastYear: number): Change[] {
  const changes: Change[] = []
  const end = startOfYear(lastYear + 1)
  for (let at = startOfYear(firstYear); at < end; at += STEP) {
    const [from, to] = [zone.offsetAt(at), zone.offsetAt(at + STEP)]
    if (from === to) continue
    let [low, high] = [at, at + STEP]
    while (high - low > MINUTE) {
      const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE
      if (zone.offsetAt(middle) === from) low = middle
      else high = middle
    }
    changes.push({ wall: high + from, from, to })
  }
  return changes
}

/** Joins changes of following years that one rule explains. */
function observancesOf(changes: Change[]): Observance[] {
  const observances: Observance[] = []
  for (const change of changes) {
    const weeks = weeksOf(change.wall)
    const known = observances.find(({ changes, weeks: theirs }) => {
      const last = changes.at(-1)!
      return follows(last, change) && theirs.some((week) => weeks.includes(week))
    })
    if (known) {
      known.changes.push(change)
      known.weeks = known.weeks.filter((week) => weeks.includes(week))
    } else {
      observances.push({ changes: [change], weeks })
    }
  }
  return observances
}

function follows(last: Change, next: Change): boolean {
  const [a, b] = [new Date(last.wall), new Date(next.wall)]
  return (
    last.from === next.from &&
    last.to === next.to &&
    b.getUTCFullYear() === a.getUTCFullYear() + 1 &&
    a.getUTCMonth() === b.getUTCMonth() &&
    a.getUTCDay() === b.getUTCDay() &&
    last.wall % DAY === next.wall % DAY
  )
}

/** Which of its weekday's days in the month a day is, counted from the start and, when it is the last, as −1. */
function weeksOf(wall: number): number[] {
  const date = new Date(wall)
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  const fromStart = Math.ceil(date.getUTCDate() / 7)
  return date.getUTCDate() + 7 > daysInMonth ? [fromStart, -1] : [fromStart]
}

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

function observanceLines({ changes, weeks }: Observance, lowest: number, end: number): string[] {
  const { wall, from, to } = changes[0]!
  const kind = to === lowest ? 'STANDARD' : 'DAYLIGHT'
  const lines = [`BEGIN:${kind}`, `DTSTART:${wallText(wall)}`]
  if (changes.length > 1) {
    const [date, last] = [new Date(wall), changes.at(-1)!]
    const week = weeks.includes(-1) ? -1 : weeks[0]!
    const goesOn = new Date(last.wall).getUTCFullYear() === end
    const until = goesOn ? '' : `;UNTIL=${wallText(last.wall - from)}Z`
    const day = `${week}${WEEKDAYS[date.getUTCDay()]}`
    lines.push(`RRULE:FREQ=YEARLY;BYMONTH=${date.getUTCMonth() + 1};BYDAY=${day}${until}`)
  }
  lines.push(`TZOFFSETFROM:${offsetText(from)}`, `TZOFFSETTO:${offsetText(to)}`, `END:${kind}`)
  return lines
}

function wallText(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, '')
}

function offsetText(offset: number): string {
  const seconds = Math.abs(offset) / 1000
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[2] === 0 ? parts.slice(0, 2) : parts
  return (offset < 0 ? '-' : '+') + shown.map((part) => String(part).padStart(2, '0')).join('')
}
