/** Writes calendar objects (RFC 5545; RFC 4791, 4.1): one event with its exceptions, and the zones that its times name. */
import type { Zone } from '../replica/index/icalendar/zone.ts'
import { ianaZone } from '../replica/index/icalendar/zone-names.ts'
import { contentLine, escapeText, joinLines, type Parameters } from './content-line-writer.ts'
import { timeZoneLines } from './time-zone-writer.ts'

/**
 * A time in a calendar. A moment is milliseconds since 1970, and its zone the IANA name that it is shown in, `UTC`, or null for
 * a time that floats: then, as for a day, `at` is what calendar and clock show, read as if it were UTC.
 */
export type CalendarTime = { kind: 'day'; at: number } | { kind: 'moment'; at: number; zone: string | null }

/** A line with a text in it. */
export function textLine(name: string, text: string, parameters: Parameters = {}): string {
  return contentLine(name, escapeText(text), parameters)
}

/** A line with one or more times of the same kind and zone, such as DTSTART and EXDATE. */
export function timeLine(
  name: string,
  times: CalendarTime | readonly CalendarTime[],
  parameters: Parameters = {},
): string {
  const all = 'kind' in times ? [times] : times
  const [first] = all
  const values = all.map(timeText).join(',')
  if (first?.kind === 'day') return contentLine(name, values, { ...parameters, VALUE: 'DATE' })
  const zone = first && first.zone !== 'UTC' ? (first.zone ?? undefined) : undefined
  return contentLine(name, values, { ...parameters, TZID: zone && zoneOf(zone) ? zone : undefined })
}

/** A time as a value by itself, such as UNTIL; one in a zone that nobody knows is told in UTC. */
export function timeText(time: CalendarTime): string {
  if (time.kind === 'day') return stamp(time.at).slice(0, 8)
  if (time.zone === null) return stamp(time.at)
  const zone = time.zone === 'UTC' ? undefined : zoneOf(time.zone)
  return zone ? stamp(time.at + zone.offsetAt(time.at)) : `${stamp(time.at)}Z`
}

/** A length of time (RFC 5545, 3.3.6), such as `-PT15M`. @param seconds below zero for one that lies before. */
export function durationText(seconds: number): string {
  const sign = seconds < 0 ? '-' : ''
  const whole = Math.abs(Math.round(seconds))
  const days = Math.floor(whole / 86_400)
  const parts = [
    [Math.floor(whole / 3600) % 24, 'H'],
    [Math.floor(whole / 60) % 60, 'M'],
    [whole % 60, 'S'],
  ] as const
  const clock = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
  if (clock === '') return days === 0 ? 'PT0S' : `${sign}P${days}D`
  return `${sign}P${days === 0 ? '' : `${days}D`}T${clock}`
}

/** The lines of a component with others in it, if any. */
export function componentLines(name: string, lines: readonly string[]): string[] {
  return [`BEGIN:${name}`, ...lines, `END:${name}`]
}

/**
 * A whole calendar object. @param times all that its components use: their zones are written, from the first year to the last.
 * @param lines of its components.
 */
export function writeCalendar(lines: readonly string[], times: readonly CalendarTime[]): Buffer {
  return joinLines(
    componentLines('VCALENDAR', [
      'VERSION:2.0',
      'PRODID:-//Sidekeep//Sidekeep//EN',
      'CALSCALE:GREGORIAN',
      ...zonesOf(times),
      ...lines,
    ]),
  )
}

function zonesOf(times: readonly CalendarTime[]): string[] {
  const years = new Map<string, { first: number; last: number }>()
  for (const time of times) {
    if (time.kind === 'day' || time.zone === null || time.zone === 'UTC') continue
    const year = new Date(time.at).getUTCFullYear()
    const known = years.get(time.zone) ?? { first: year, last: year }
    years.set(time.zone, { first: Math.min(known.first, year), last: Math.max(known.last, year) })
  }
  return [...years].flatMap(([name, { first, last }]) => {
    const zone = zoneOf(name)
    return zone ? timeZoneLines(name, zone, first - 1, last) : []
  })
}

function zoneOf(name: string): Zone | undefined {
  return ianaZone(name)
}

// Years outside of 0 to 9999 have no such text; nobody's calendar has them.
function stamp(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, '')
}
