/** Parts of recurring calendar objects, for clients that do not follow rules themselves (RFC 4791, 9.6.5 and 9.6.6). */
import { bytesOf, type ContentLine } from '../../../replica/index/content-line.ts'
import { type Component, lineOf, readCalendarObject } from '../../../replica/index/icalendar/component.ts'
import { DAY } from '../../../replica/index/icalendar/day.ts'
import { type Instance, instancesNear, type TimeRange } from '../../../replica/index/icalendar/instances.ts'
import type { Work } from '../../../replica/index/icalendar/rule-starts.ts'
import { readSeries, type Series } from '../../../replica/index/icalendar/series.ts'
import { type CalendarTime, momentAfter, momentOfTime } from '../../../replica/index/icalendar/time.ts'
import { zonesOf } from '../../../replica/index/icalendar/vtimezone.ts'
import type { Zone } from '../../../replica/index/icalendar/zone.ts'
import { Refusal } from '../refusal.ts'
import { overlapsEvent } from './time-range.ts'
import { utcText } from './utc-text.ts'

// A year of something that happens every hour.
const MOST_INSTANCES = 10_000
const WORK_PER_OBJECT = 100_000

const SERIES_KINDS = new Set(['VEVENT', 'VTODO', 'VJOURNAL'])

/**
 * The object with each instance in the range as a component of its own, in UTC, without rules and zones.
 * @param range both ends finite.
 * @throws Refusal 403 when there are too many instances.
 */
export function expandCalendar(bytes: Uint8Array, range: TimeRange, floating: Zone): Buffer {
  const object = readCalendarObject(bytes)
  const work: Work = { left: WORK_PER_OBJECT }
  const instances = readSeries(object, zonesOf(object)).flatMap((series) =>
    instancesOf(series, range, floating, work),
  )
  if (work.left < 0 || instances.length > MOST_INSTANCES) throw new Refusal(403, '<cal:max-instances/>')
  instances.sort((a, b) => a.startsAt - b.startsAt)
  const [calendar] = object.components
  const written = instances.map((instance) => writeInstance(instance, floating))
  const rest =
    calendar?.components.filter(({ name }) => !SERIES_KINDS.has(name) && name !== 'VTIMEZONE') ?? []
  return bytesOf(writeLines('VCALENDAR', calendar?.lines ?? [], [...rest.map(writeComponent), ...written]))
}

/** Those in the range; an instance that both a rule and a date make is one. */
function instancesOf(series: Series, range: TimeRange, floating: Zone, work: Work): Instance[] {
  const instances = new Map<string, Instance>()
  for (const instance of instancesNear(series, range, floating, work)) {
    if (!overlapsEvent(instance, range)) continue
    instances.set(`${instance.recurrenceId?.wall} ${instance.startsAt}`, instance)
    if (instances.size > MOST_INSTANCES) break
  }
  return [...instances.values()]
}

const REPLACED = new Set([
  'DTSTART',
  'DTEND',
  'DUE',
  'DURATION',
  'RECURRENCE-ID',
  'RRULE',
  'RDATE',
  'EXRULE',
  'EXDATE',
])

function writeInstance(instance: Instance, floating: Zone): string {
  const { component, start, startsAt, endsAt, recurrenceId } = instance
  const time = (name: string, at: CalendarTime, moment: number) =>
    at.isDate ? `${name};VALUE=DATE:${dateText(moment)}` : `${name}:${utcText(moment)}`
  const endName = component.name === 'VTODO' ? 'DUE' : 'DTEND'
  const hasEnd = lineOf(component, endName) || lineOf(component, 'DURATION') || endsAt > startsAt
  // Dates stay dates by the clock of the event; only times are moments.
  const whole = start.isDate
  const lines = [time('DTSTART', start, whole ? start.wall : startsAt)]
  if (hasEnd && component.name !== 'VJOURNAL') {
    lines.push(
      time(endName, start, whole ? start.wall + Math.round((endsAt - startsAt) / DAY) * DAY : endsAt),
    )
  }
  if (recurrenceId) {
    lines.push(
      time(
        'RECURRENCE-ID',
        recurrenceId,
        recurrenceId.isDate ? recurrenceId.wall : momentOfTime(recurrenceId, floating),
      ),
    )
  }
  const kept = component.lines.filter((line) => !REPLACED.has(line.name))
  return writeLines(component.name, kept, [
    ...lines.map((line) => `${line}\r\n`),
    ...component.components.map(writeComponent),
  ])
}

function dateText(moment: number): string {
  return utcText(moment).slice(0, 8)
}

/**
 * The object without the overrides that neither lie in the range nor replace an instance in it. The rest is as it came.
 * An override that changes later instances too stays when it may reach the range.
 */
export function limitRecurrenceSet(bytes: Uint8Array, range: TimeRange, floating: Zone): Buffer {
  const object = readCalendarObject(bytes)
  const dropped = new Set<Component>()
  for (const { masters, overrides } of readSeries(object, zonesOf(object))) {
    const [master] = masters
    for (const { timing, replaces, andFuture } of overrides) {
      const lengths = master ? [timing.length, master.length] : [timing.length]
      const spans = [timing.start, replaces].flatMap((start) => lengths.map((length) => ({ start, length })))
      const touches = spans.some(({ start, length }) => {
        const startsAt = momentOfTime(start, floating)
        const endsAt = andFuture ? Number.POSITIVE_INFINITY : momentAfter(start, length, floating)
        return overlapsEvent({ startsAt, endsAt }, range)
      })
      if (!touches) dropped.add(timing.component)
    }
  }
  if (dropped.size === 0) return Buffer.from(bytes)
  const calendars = object.components.map((calendar) => ({
    ...calendar,
    components: calendar.components.filter((component) => !dropped.has(component)),
  }))
  return bytesOf(calendars.map(writeComponent).join(''))
}

function writeComponent({ name, lines, components }: Component): string {
  return writeLines(name, lines, components.map(writeComponent))
}

function writeLines(name: string, lines: ContentLine[], inside: string[]): string {
  return `BEGIN:${name}\r\n${lines.map((line) => `${line.raw}\r\n`).join('')}${inside.join('')}END:${name}\r\n`
}
