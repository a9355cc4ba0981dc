/** Calendar objects and filters for the tests of queries, in few words. */
import {
  type CalendarFilter,
  type CompFilter,
  matchesCalendarFilter,
} from '../../../../main/links/dav/query/calendar-filter.ts'
import type { TimeRange } from '../../../../main/replica/index/icalendar/instances.ts'
import { UTC, type Zone } from '../../../../main/replica/index/icalendar/zone.ts'

export function calendar(...lines: string[]): Buffer {
  return Buffer.from(['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n'))
}

export function component(name: string, ...lines: string[]): string[] {
  return [`BEGIN:${name}`, ...lines, `END:${name}`]
}

export function event(...lines: string[]): Buffer {
  return calendar(...component('VEVENT', 'UID:1', ...lines))
}

export function comp(name: string, rest: Partial<CompFilter> = {}): CompFilter {
  return { name, isNotDefined: false, timeRange: null, props: [], comps: [], ...rest }
}

export function inCalendar(wanted: CompFilter, floating: Zone = UTC): CalendarFilter {
  return { calendar: comp('VCALENDAR', { comps: [wanted] }), floating }
}

/** Times such as `2026-01-01T10:00`, in UTC; '' for an open end. */
export function range(start: string, end = ''): TimeRange {
  return {
    start: start === '' ? Number.NEGATIVE_INFINITY : moment(start),
    end: end === '' ? Number.POSITIVE_INFINITY : moment(end),
  }
}

export function moment(text: string): number {
  return Date.parse(text.length === 10 ? `${text}T00:00Z` : `${text}Z`)
}

/** Whether a component of the object is in the range. */
export function isIn(bytes: Buffer, start: string, end = '', name = 'VEVENT', floating: Zone = UTC): boolean {
  return matchesCalendarFilter(inCalendar(comp(name, { timeRange: range(start, end) }), floating), bytes)
}
