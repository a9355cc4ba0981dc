/** Dates, times and durations as iCalendar writes them (RFC 5545, 3.3.4-3.3.9), and as others do who meant to. */
import { type ContentLine, decodedValue, parameterOf, unescapeText } from '../content-line.ts'
import { DAY, dayOf, daysInMonth } from './day.ts'
import { momentOf, UTC, type Zone } from './zone.ts'

/** A date or a time of day somewhere. */
export interface CalendarTime {
  /** What a clock there shows, as milliseconds since 1970 if it were UTC. */
  wall: number
  /** A whole day, without a time. */
  isDate: boolean
  /** Null for floating times and dates, which are the same on every wall. */
  zone: Zone | null
}

/** The moment of a time; `floating` is the zone taken for times that have none. */
export function momentOfTime(time: CalendarTime, floating: Zone): number {
  const zone = time.zone ?? floating
  return zone === UTC ? time.wall : momentOf(time.wall, zone)
}

/** A date or time as text says it, with the zone as far as the text itself tells. */
interface WrittenTime {
  wall: number
  isDate: boolean
  isUtc: boolean
}

const TIME =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/** Undefined when the text is no date that exists. */
export function parseTime(text: string): WrittenTime | undefined {
  const found = TIME.exec(text.trim())
  if (!found) return undefined
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  const midnight = dayOf(year, month, day) * DAY
  if (found[4] === undefined) return { wall: midnight, isDate: true, isUtc: false }
  const [hour, minute, second] = [Number(found[4]), Number(found[5]), Number(found[6] ?? 0)]
  // 24:00 ends a day, and :60 is a leap second.
  if (hour > 24 || minute > 59 || second > 60) return undefined
  const wall = midnight + ((hour * 60 + minute) * 60 + second) * 1000
  const offset = found[7]
  if (offset === undefined) return { wall, isDate: false, isUtc: false }
  return { wall: wall - (/z/i.test(offset) ? 0 : (parseUtcOffset(offset) ?? 0)), isDate: false, isUtc: true }
}

/** `+0200`, `-0330`, `+013045`, in milliseconds (RFC 5545, 3.3.14); undefined when it is none or more than a day. */
export function parseUtcOffset(text: string): number | undefined {
  const found = /^([+-])?(\d\d):?(\d\d)?:?(\d\d)?$/.exec(text.trim())
  if (!found) return undefined
  const size = ((Number(found[2]) * 60 + Number(found[3] ?? 0)) * 60 + Number(found[4] ?? 0)) * 1000
  if (size > DAY) return undefined
  return found[1] === '-' ? -size : size
}

export interface Duration {
  /** Weeks and days follow the calendar: a day later is the same time of day. */
  days: number
  /** Hours, minutes and seconds are exact, in milliseconds. */
  time: number
}

/** Undefined when the text is no duration. */
export function parseDuration(text: string): Duration | undefined {
  const found =
    /^([+-])?P(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/i.exec(
      text.trim(),
    )
  if (!found || found[0].length < 3) return undefined
  const [weeks, days, hours, minutes, seconds] = found.slice(2).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const sign = found[1] === '-' ? -1 : 1
  return { days: sign * (weeks * 7 + days), time: sign * ((hours * 60 + minutes) * 60 + seconds) * 1000 }
}

/** Finds zones by the names a calendar object uses for them. */
export interface ZoneTable {
  zoneOf(tzid: string): Zone | undefined
}

/** A time with, in a period, how long it lasts. */
export interface Period {
  start: CalendarTime
  /** Null where only a date or time is given. */
  length: Duration | null
}

/** The dates, times and periods that a line holds, such as an RDATE; what cannot be read is left out. */
export function periodsOf(line: ContentLine, zones: ZoneTable): Period[] {
  const { zone, asDate } = contextOf(line, zones)
  return decodedValue(line)
    .split(',')
    .flatMap((text) => {
      const [startText = '', endText] = text.split('/')
      const start = toCalendarTime(startText, zone, asDate)
      if (!start) return []
      const end = endText === undefined ? undefined : toCalendarTime(endText, zone, asDate)
      const length = end ? lengthBetween(start, end) : parseDuration(endText ?? '')
      return [{ start, length: length ?? null }]
    })
}

/** The dates or times that a line holds; what cannot be read is left out. */
export function timesOf(line: ContentLine, zones: ZoneTable): CalendarTime[] {
  return periodsOf(line, zones).map((period) => period.start)
}

/** The date or time of a line; undefined when there is no line, or none that can be read. */
export function timeOf(line: ContentLine | undefined, zones: ZoneTable): CalendarTime | undefined {
  if (!line) return undefined
  const { zone, asDate } = contextOf(line, zones)
  return toCalendarTime(decodedValue(line), zone, asDate)
}

/** Between dates it is days, between times it is exact (RFC 5545, 3.8.5.3); an end before its start is taken for the start. */
export function lengthBetween(start: CalendarTime, end: CalendarTime): Duration {
  if (start.isDate && end.isDate) return { days: Math.max(0, (end.wall - start.wall) / DAY), time: 0 }
  return { days: 0, time: Math.max(0, momentOfTime(end, UTC) - momentOfTime(start, UTC)) }
}

/** The moment at which something ends that starts at a time and is as long as that. */
export function momentAfter(start: CalendarTime, { days, time }: Duration, floating: Zone): number {
  const lastDay = days === 0 ? start : { ...start, wall: start.wall + days * DAY }
  return momentOfTime(lastDay, floating) + time
}

function contextOf(line: ContentLine, zones: ZoneTable): { zone: Zone | null; asDate: boolean } {
  if (line.parameters === '') return { zone: null, asDate: false }
  const [tzid] = parameterOf(line, 'TZID')
  const [kind] = parameterOf(line, 'VALUE')
  const zone = tzid === undefined ? null : (zones.zoneOf(unescapeText(tzid)) ?? null)
  return { zone, asDate: kind?.toUpperCase() === 'DATE' }
}

function toCalendarTime(text: string, zone: Zone | null, asDate: boolean): CalendarTime | undefined {
  const written = parseTime(text)
  if (!written) return undefined
  if (written.isDate || asDate) {
    return { wall: Math.floor(written.wall / DAY) * DAY, isDate: true, zone: null }
  }
  return { wall: written.wall, isDate: false, zone: written.isUtc ? UTC : zone }
}
