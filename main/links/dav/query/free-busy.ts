/** When the owner of calendars is busy, without saying what with (RFC 4791, 7.10; RFC 5545, 3.6.4). */
import { decodedValue, parameterOf } from '../../../replica/index/content-line.ts'
import {
  type Component,
  componentsNamed,
  lineOf,
  linesOf,
  readCalendarObject,
} from '../../../replica/index/icalendar/component.ts'
import { instancesNear, type TimeRange } from '../../../replica/index/icalendar/instances.ts'
import { readSeries } from '../../../replica/index/icalendar/series.ts'
import { momentAfter, momentOfTime, periodsOf } from '../../../replica/index/icalendar/time.ts'
import { zonesOf } from '../../../replica/index/icalendar/vtimezone.ts'
import type { Zone } from '../../../replica/index/icalendar/zone.ts'
import { Refusal } from '../refusal.ts'
import { parseTimeRange } from './parse-filter.ts'
import { utcText } from './utc-text.ts'

const BUSY_TYPES = ['BUSY', 'BUSY-UNAVAILABLE', 'BUSY-TENTATIVE'] as const
type BusyType = (typeof BUSY_TYPES)[number]

interface BusyTime extends TimeRange {
  type: BusyType
}

const WORK_PER_OBJECT = 50_000

/** The times in the range at which an object keeps its owner busy. Events that are cancelled or transparent do not. */
export function busyTimesOf(bytes: Uint8Array, range: TimeRange, floating: Zone): BusyTime[] {
  const object = readCalendarObject(bytes)
  const zones = zonesOf(object)
  const work = { left: WORK_PER_OBJECT }
  const times: BusyTime[] = []
  const add = (type: BusyType | undefined, startsAt: number, endsAt: number) => {
    const [start, end] = [Math.max(startsAt, range.start), Math.min(endsAt, range.end)]
    if (type && start < end) times.push({ type, start, end })
  }
  for (const series of readSeries(object, zones).filter(({ kind }) => kind === 'VEVENT')) {
    for (const { component, startsAt, endsAt } of instancesNear(series, range, floating, work)) {
      add(typeOfEvent(component), startsAt, endsAt)
    }
  }
  for (const component of componentsNamed(object, new Set(['VFREEBUSY']))) {
    for (const line of linesOf(component, 'FREEBUSY')) {
      const type = BUSY_TYPES.find(
        (known) => known === (parameterOf(line, 'FBTYPE')[0] ?? 'BUSY').toUpperCase(),
      )
      for (const { start, length } of periodsOf(line, zones)) {
        if (length) add(type, momentOfTime(start, floating), momentAfter(start, length, floating))
      }
    }
  }
  return times
}

function typeOfEvent(event: Component): BusyType | undefined {
  const value = (name: string) => {
    const line = lineOf(event, name)
    return line ? decodedValue(line).trim().toUpperCase() : ''
  }
  const status = value('STATUS')
  if (value('TRANSP') === 'TRANSPARENT' || status === 'CANCELLED') return undefined
  return status === 'TENTATIVE' ? 'BUSY-TENTATIVE' : 'BUSY'
}

/**
 * The range of a `free-busy-query`.
 * @throws Refusal 400 unless it is one with both ends.
 */
export function parseFreeBusyRange(element: Parameters<typeof parseTimeRange>[0]): TimeRange {
  const range = parseTimeRange(element)
  if (!range || !Number.isFinite(range.start) || !Number.isFinite(range.end)) throw new Refusal(400)
  return range
}

/** The answer to a `free-busy-query`: times of each kind in order, those that touch as one. */
export function writeFreeBusy(times: BusyTime[], range: TimeRange, now: number): string {
  const lines = BUSY_TYPES.flatMap((type) => {
    const merged = merge(times.filter((time) => time.type === type))
    return merged.map(({ start, end }) => `FREEBUSY;FBTYPE=${type}:${utcText(start)}/${utcText(end)}`)
  })
  const span = [`DTSTAMP:${utcText(now)}`, `DTSTART:${utcText(range.start)}`, `DTEND:${utcText(range.end)}`]
  return [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Sidekeep//EN', 'BEGIN:VFREEBUSY'],
    ...span,
    ...lines,
    ...['END:VFREEBUSY', 'END:VCALENDAR', ''],
  ].join('\r\n')
}

function merge(times: TimeRange[]): TimeRange[] {
  const merged: TimeRange[] = []
  for (const { start, end } of times.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else merged.push({ start, end })
  }
  return merged
}
