/** When a component overlaps a time range: the tables of RFC 4791, 9.9, for one instance of it. All times are moments. */
import { type ContentLine, decodedValue } from '../../../replica/index/content-line.ts'
import { type Component, lineOf, linesOf } from '../../../replica/index/icalendar/component.ts'
import { DAY } from '../../../replica/index/icalendar/day.ts'
import type { Instance, TimeRange } from '../../../replica/index/icalendar/instances.ts'
import {
  momentAfter,
  momentOfTime,
  parseDuration,
  periodsOf,
  timeOf,
  type ZoneTable,
} from '../../../replica/index/icalendar/time.ts'
import type { Zone } from '../../../replica/index/icalendar/zone.ts'

/** What times are read with. */
export interface Clock {
  zones: ZoneTable
  /** The zone of times that have none. */
  floating: Zone
}

type Span = Pick<Instance, 'startsAt' | 'endsAt'>

/** An event or journal entry. Nothing long counts at its start; a day counts as a whole. */
export function overlapsEvent({ startsAt, endsAt }: Span, range: TimeRange): boolean {
  if (endsAt > startsAt) return range.start < endsAt && range.end > startsAt
  return range.start <= startsAt && range.end > startsAt
}

/** An instance of a task with a start or a due time. */
export function overlapsTask(
  component: Component,
  { startsAt, endsAt }: Span,
  { start, end }: TimeRange,
): boolean {
  if (!lineOf(component, 'DTSTART')) return start < endsAt && end >= endsAt
  if (lineOf(component, 'DUE'))
    return (start < endsAt || start <= startsAt) && (end > startsAt || end >= endsAt)
  if (lineOf(component, 'DURATION')) return start <= endsAt && (end > startsAt || end >= endsAt)
  return start <= startsAt && end > startsAt
}

/** A task that has neither start nor due time: it lasts from when it was made until it was done. */
export function overlapsUndatedTask(component: Component, { start, end }: TimeRange, clock: Clock): boolean {
  const created = momentOfProperty(component, 'CREATED', clock)
  const completed = momentOfProperty(component, 'COMPLETED', clock)
  if (created !== undefined && completed !== undefined) {
    return (start <= created || start <= completed) && (end >= created || end >= completed)
  }
  if (completed !== undefined) return start <= completed && end >= completed
  return created === undefined || end > created
}

function momentOfProperty(
  component: Component,
  name: string,
  { zones, floating }: Clock,
): number | undefined {
  const time = timeOf(lineOf(component, name), zones)
  return time && momentOfTime(time, floating)
}

/** Free-busy times: the whole span where there is one, or else any of the periods. */
export function overlapsFreeBusy(component: Component, range: TimeRange, clock: Clock): boolean {
  const startsAt = momentOfProperty(component, 'DTSTART', clock)
  const endsAt = momentOfProperty(component, 'DTEND', clock)
  if (startsAt !== undefined && endsAt !== undefined) return range.start <= endsAt && range.end > startsAt
  return linesOf(component, 'FREEBUSY').some((line) =>
    periodsOf(line, clock.zones).some(({ start, length }) => {
      const from = momentOfTime(start, clock.floating)
      return range.start < (length ? momentAfter(start, length, clock.floating) : from) && range.end > from
    }),
  )
}

/** A property with a date or time as its value. */
export function overlapsProperty(line: ContentLine, range: TimeRange, clock: Clock): boolean {
  return periodsOf(line, clock.zones).some(({ start, length }) => {
    const lasts = length ?? { days: start.isDate ? 1 : 0, time: 0 }
    const [startsAt, endsAt] = [
      momentOfTime(start, clock.floating),
      momentAfter(start, lasts, clock.floating),
    ]
    return overlapsEvent({ startsAt, endsAt }, range)
  })
}

/** When an alarm goes off: at a fixed moment, or some time before or after each instance starts or ends. */
export interface Trigger {
  /** The moment, the same for all instances; null when it depends on them. */
  fixedAt: number | null
  /** The first time it goes off for an instance. */
  firstFor: (instance: Instance) => number
  /** How far from its instance an alarm may go off, in milliseconds. */
  reach: number
  /** How often it goes off again, and after how long each time. */
  repeats: number
  interval: number
}

/** Undefined when nobody can tell when the alarm goes off. */
export function readTrigger(alarm: Component, clock: Clock): Trigger | undefined {
  const line = lineOf(alarm, 'TRIGGER')
  if (!line) return undefined
  const intervalLine = lineOf(alarm, 'DURATION')
  const interval = sizeOf(intervalLine && parseDuration(decodedValue(intervalLine)))
  const repeatLine = lineOf(alarm, 'REPEAT')
  const repeats =
    interval > 0 && repeatLine ? Math.max(0, Number.parseInt(decodedValue(repeatLine), 10) || 0) : 0
  const offset = parseDuration(decodedValue(line))
  if (!offset) {
    const time = timeOf(line, clock.zones)
    if (!time) return undefined
    const fixedAt = momentOfTime(time, clock.floating)
    return { firstFor: () => fixedAt, reach: 0, fixedAt, repeats, interval }
  }
  const fromEnd = /RELATED\s*=\s*"?END/i.test(line.parameters)
  return {
    firstFor: ({ start, endsAt }) =>
      fromEnd ? endsAt + sizeOf(offset) : momentAfter(start, offset, clock.floating),
    reach: Math.abs(sizeOf(offset)) + repeats * interval,
    fixedAt: null,
    repeats,
    interval,
  }
}

function sizeOf(duration: { days: number; time: number } | undefined): number {
  return duration ? duration.days * DAY + duration.time : 0
}

/** Whether an alarm that first goes off at `first` does so in the range, then or when it repeats. */
export function goesOffIn({ repeats, interval }: Trigger, first: number, range: TimeRange): boolean {
  const skipped = interval > 0 ? Math.max(0, Math.ceil((range.start - first) / interval)) : 0
  const at = first + Math.min(skipped, repeats) * interval
  return range.start <= at && range.end > at
}
