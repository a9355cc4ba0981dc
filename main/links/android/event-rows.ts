/** Takes a calendar object apart into rows of Android's calendar provider (CalendarContract), for events that go back to a phone. */
import { decodedValue, parameterOf, unescapeText } from '../../replica/index/content-line.ts'
import {
  type Component,
  componentsNamed,
  lineOf,
  linesOf,
  readCalendarObject,
} from '../../replica/index/icalendar/component.ts'
import { DAY } from '../../replica/index/icalendar/day.ts'
import {
  type CalendarTime,
  momentAfter,
  momentOfTime,
  timeOf,
  type ZoneTable,
} from '../../replica/index/icalendar/time.ts'
import { readTiming, type Timing } from '../../replica/index/icalendar/timing.ts'
import { zonesOf } from '../../replica/index/icalendar/vtimezone.ts'
import type { Zone } from '../../replica/index/icalendar/zone.ts'
import { ianaZone } from '../../replica/index/icalendar/zone-names.ts'
import type { Values } from './content-writer.ts'
import { dateList } from './date-lists.ts'
import { alarmRows, attendeeRows, organiserOf } from './event-people.ts'
import { eventMark } from './own-marks.ts'
import { zoneNameOf } from './zone-of-phone.ts'

/** An event's row, without its calendar, and those that belong to it, without its number. */
export interface PlannedEvent {
  mark: string
  values: Values
  reminders: Values[]
  attendees: Values[]
}

export interface PlannedSeries {
  uid: string
  mark: string
  /** The event itself first, then the occurrences that differ. */
  events: PlannedEvent[]
  /** What of it a phone's calendar has no place for, in a person's words. */
  leftOut: string[]
}

/** What has no place in the provider, though people may miss it. */
const WITHOUT_PLACE: Readonly<Record<string, string>> = {
  ATTACH: 'attachments',
  CATEGORIES: 'categories',
  COMMENT: 'comments',
  CONFERENCE: 'the way into a conference',
  CONTACT: 'whom to ask',
  GEO: 'the place on the map',
  PRIORITY: 'the priority',
  RESOURCES: 'resources',
  URL: 'the web address',
}

const STATUSES: Record<string, number> = { TENTATIVE: 0, CONFIRMED: 1, CANCELLED: 2 }
const CLASSES: Record<string, number> = { CONFIDENTIAL: 1, PRIVATE: 2, PUBLIC: 3 }

/** A row in the making. */
interface Making {
  zones: ZoneTable
  /** For times that are meant by the clock of wherever one is. */
  phoneZone: string
  leftOut: Set<string>
}

/** @param phoneZone IANA name of the phone's time zone. @returns a sentence for an object that is no event of a phone. */
export function planSeries(bytes: Uint8Array, phoneZone: string): PlannedSeries | string {
  const object = readCalendarObject(bytes)
  const components = componentsNamed(object, new Set(['VEVENT', 'VTODO', 'VJOURNAL']))
  const events = components.filter(({ name }) => name === 'VEVENT')
  if (!object.whole || components.length === 0) return 'It cannot be read as a calendar entry.'
  if (events.length < components.length) return 'A phone’s calendar holds events only, no tasks and notes.'
  const uids = new Set(events.map((event) => textOf(event, 'UID')))
  const [uid = ''] = uids
  const [master, ...others] = events.filter((event) => !lineOf(event, 'RECURRENCE-ID'))
  if (uid === '' || uids.size > 1 || others.length > 0)
    return 'It is not one event with an identity of its own.'
  const making: Making = { zones: zonesOf(object), phoneZone, leftOut: new Set() }
  const mark = eventMark(uid)
  const planned: PlannedEvent[] = []
  const timing = master && readTiming(master, making.zones)
  if (master && timing) {
    if (!timing.start) return 'It does not say when it is.'
    const event = planEvent(master, timing, timing.start, making)
    planned.push({ ...event, mark, values: { ...event.values, uid2445: uid, _sync_id: mark } })
  }
  for (const exception of events.filter((event) => event !== master)) {
    const event = planException(exception, timing?.start ?? null, making)
    if (!event) return 'One of its occurrences does not say when it is.'
    const { values, replacedAt, isDay } = event
    const own = `${mark}/${replacedAt}`
    const names = { uid2445: uid, _sync_id: own, original_sync_id: mark }
    const original = { originalInstanceTime: replacedAt, originalAllDay: isDay ? 1 : 0 }
    planned.push({ ...event, mark: own, values: { ...values, ...names, ...original } })
  }
  if (new Set(planned.map(({ mark }) => mark)).size < planned.length)
    return 'One of its occurrences is there twice.'
  return { uid, mark, events: planned, leftOut: [...making.leftOut] }
}

type Rows = Omit<PlannedEvent, 'mark'>

function planEvent(component: Component, timing: Timing, start: CalendarTime, making: Making): Rows {
  const values: Record<string, string | number> = { ...timesFor(component, timing, start, making) }
  const text = (column: string, name: string) => {
    const value = textOf(component, name)
    if (value !== '') values[column] = value
  }
  text('title', 'SUMMARY')
  text('eventLocation', 'LOCATION')
  text('description', 'DESCRIPTION')
  const number = (column: string, numbers: Record<string, number>, name: string) => {
    const value = numbers[textOf(component, name).trim().toUpperCase()]
    if (value !== undefined) values[column] = value
  }
  number('eventStatus', STATUSES, 'STATUS')
  number('accessLevel', CLASSES, 'CLASS')
  values.availability = textOf(component, 'TRANSP').trim().toUpperCase() === 'TRANSPARENT' ? 1 : 0
  // Without one, the provider would name the calendar's owner.
  values.organizer = organiserOf(component)
  for (const name of Object.keys(WITHOUT_PLACE)) {
    if (lineOf(component, name)) making.leftOut.add(WITHOUT_PLACE[name]!)
  }
  const length =
    momentAfter(start, timing.length, floatingZone(making)) - momentOfTime(start, floatingZone(making))
  const { reminders, leftOut } = alarmRows(component, momentOfTime(start, floatingZone(making)), length)
  if (leftOut) making.leftOut.add('alarms that do not come before it begins')
  return { values, reminders, attendees: attendeeRows(component) }
}

function planException(
  component: Component,
  masterStart: CalendarTime | null,
  making: Making,
): (Rows & { replacedAt: number; isDay: boolean }) | null {
  const line = lineOf(component, 'RECURRENCE-ID')
  const replaces = timeOf(line, making.zones)
  const timing = readTiming(component, making.zones)
  if (!line || !replaces) return null
  if (parameterOf(line, 'RANGE').length > 0) making.leftOut.add('that all later occurrences change with one')
  // A date may name the occurrence of an event that has a time.
  const isOfTimed = replaces.isDate && masterStart && !masterStart.isDate
  const meant = isOfTimed ? { ...masterStart, wall: replaces.wall + (masterStart.wall % DAY) } : replaces
  const isDay = meant.isDate
  const replacedAt = isDay ? meant.wall : momentOfTime(meant, floatingZone(making))
  return { ...planEvent(component, timing, timing.start ?? meant, making), replacedAt, isDay }
}

function timesFor(component: Component, timing: Timing, start: CalendarTime, making: Making): Values {
  const floating = floatingZone(making)
  const at = momentOfTime(start, floating)
  const zone = start.isDate
    ? 'UTC'
    : zoneNameOf(tzidOf(component, 'DTSTART'), start.zone, at, making.phoneZone)
  const values: Record<string, string | number> = {
    dtstart: start.isDate ? start.wall : at,
    eventTimezone: zone,
    allDay: start.isDate ? 1 : 0,
  }
  const repetition = repetitionOf(component, start, making)
  Object.assign(values, repetition)
  const { days, time } = timing.length
  if ('rrule' in repetition || 'rdate' in repetition) {
    // What repeats has a length in place of an end.
    values.duration = start.isDate ? `P${Math.max(1, days)}D` : `P${days * 86_400 + Math.round(time / 1000)}S`
  } else {
    values.dtend = start.isDate
      ? start.wall + Math.max(1, days) * DAY
      : momentAfter(start, timing.length, floating)
    const end = timeOf(lineOf(component, 'DTEND'), making.zones)
    if (end && !end.isDate && !start.isDate) {
      const endZone = zoneNameOf(tzidOf(component, 'DTEND'), end.zone, values.dtend, making.phoneZone)
      if (endZone !== zone) values.eventEndTimezone = endZone
    }
  }
  return values
}

/** When it happens again, in columns; an occurrence that differs does not by itself, whatever it says. */
function repetitionOf(component: Component, start: CalendarTime, making: Making): Record<string, string> {
  if (lineOf(component, 'RECURRENCE-ID')) return {}
  const { zones, phoneZone } = making
  const rules = (name: string) =>
    linesOf(component, name)
      .map((line) => decodedValue(line).trim())
      .join('\n')
  const rdate = dateList(linesOf(component, 'RDATE'), start, zones, phoneZone)
  const exdate = dateList(linesOf(component, 'EXDATE'), start, zones, phoneZone)
  if (rdate.hasPeriods) making.leftOut.add('how long its further dates last')
  const columns = { rrule: rules('RRULE'), exrule: rules('EXRULE'), rdate: rdate.text, exdate: exdate.text }
  return Object.fromEntries(Object.entries(columns).filter(([, text]) => text !== ''))
}

function floatingZone({ phoneZone }: Making): Zone {
  const zone = ianaZone(phoneZone)
  if (!zone) throw new Error(`no time zone ${phoneZone}`)
  return zone
}

function tzidOf(component: Component, name: string): string | undefined {
  const line = lineOf(component, name)
  return line && parameterOf(line, 'TZID')[0]
}

function textOf(component: Component, name: string): string {
  const line = lineOf(component, name)
  return line ? unescapeText(decodedValue(line)) : ''
}
