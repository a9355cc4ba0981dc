/** Makes calendar objects of Android's events: the event, and the occurrences of it that differ. */
import { contentLine } from '../../formats/content-line-writer.ts'
import {
  type CalendarTime,
  componentLines,
  durationText,
  textLine,
  timeLine,
  timeText,
  writeCalendar,
} from '../../formats/icalendar-writer.ts'
import type { EventRow, Series } from './calendar-rows.ts'
import type { Row } from './content-output.ts'

/** Android's numbers for the states of events and of those who were asked to come, and who may see events. */
const STATUSES: Record<string, string> = { 0: 'TENTATIVE', 1: 'CONFIRMED', 2: 'CANCELLED' }
const CANCELLED = '2'
const CLASSES: Record<string, string> = { 1: 'CONFIDENTIAL', 2: 'PRIVATE', 3: 'PUBLIC' }
const FREE = '1'
const ANSWERS: Record<string, string> = { 1: 'ACCEPTED', 2: 'DECLINED', 3: 'NEEDS-ACTION', 4: 'TENTATIVE' }
const ROLES: Record<string, string> = { 1: 'REQ-PARTICIPANT', 2: 'OPT-PARTICIPANT', 3: 'NON-PARTICIPANT' }
const ORGANISES = '2'

/** The bytes of an event with its exceptions; the same for the same rows. Null when no row says when it is. */
export function writeSeries({ uid, master, exceptions }: Series): Buffer | null {
  const times: CalendarTime[] = []
  const cancelled = master ? exceptions.filter(({ row }) => row.eventStatus === CANCELLED) : []
  const lines: string[] = []
  if (master) {
    const excluded = cancelled.flatMap(({ row }) => originalTime(row, master.row) ?? [])
    lines.push(...eventLines(uid, master, excluded, null, times))
  }
  for (const exception of exceptions) {
    if (cancelled.includes(exception)) continue
    const original = originalTime(exception.row, master?.row)
    if (original) lines.push(...eventLines(uid, exception, [], original, times))
  }
  return lines.length === 0 ? null : writeCalendar(lines, times)
}

function eventLines(
  uid: string,
  { row, reminders, attendees }: EventRow,
  excluded: readonly CalendarTime[],
  original: CalendarTime | null,
  times: CalendarTime[],
): string[] {
  const start = timeOf(row, row.dtstart, row.eventTimezone)
  if (!start) return []
  const lines = [textLine('UID', uid), 'DTSTAMP:19700101T000000Z', timeLine('DTSTART', start)]
  times.push(start)
  const end = timeOf(row, row.dtend, row.eventEndTimezone || row.eventTimezone)
  const length = secondsOf(row.duration)
  if (end) {
    lines.push(timeLine('DTEND', end))
    times.push(end)
  } else if (length !== null) lines.push(contentLine('DURATION', durationText(length)))
  if (original) {
    lines.push(timeLine('RECURRENCE-ID', original))
    times.push(original)
  }
  const text = (name: string, value: string | null | undefined) => {
    if (value) lines.push(textLine(name, value))
  }
  text('SUMMARY', row.title)
  text('LOCATION', row.eventLocation)
  text('DESCRIPTION', row.description)
  text('STATUS', STATUSES[row.eventStatus ?? ''])
  text('CLASS', CLASSES[row.accessLevel ?? ''])
  if (row.availability === FREE) lines.push('TRANSP:TRANSPARENT')
  for (const name of ['RRULE', 'EXRULE'] as const) {
    for (const rule of (row[name === 'RRULE' ? 'rrule' : 'exrule'] ?? '').split('\n')) {
      if (rule.trim() !== '') lines.push(contentLine(name, rule.trim().replace(/^E?RRULE:|^EXRULE:/, '')))
    }
  }
  lines.push(...dateLists('RDATE', row.rdate, times), ...dateLists('EXDATE', row.exdate, times))
  for (const time of excluded) {
    lines.push(timeLine('EXDATE', time))
    if (time.kind === 'moment' && time.zone) times.push(...inTheirYears(timeText(time), time.zone))
  }
  if (attendees.length > 0) {
    if (row.organizer) lines.push(contentLine('ORGANIZER', `mailto:${row.organizer}`))
    lines.push(...attendees.map(attendeeLine))
  }
  for (const reminder of reminders) lines.push(...alarmLines(reminder, row.title ?? ''))
  return componentLines('VEVENT', lines)
}

function timeOf(
  row: Row,
  at: string | null | undefined,
  zone: string | null | undefined,
): CalendarTime | null {
  if (at == null || !Number.isFinite(Number(at))) return null
  if (row.allDay === '1') return { kind: 'day', at: Number(at) }
  return { kind: 'moment', at: Number(at), zone: zone || 'UTC' }
}

/** Which occurrence an exception stands for, as its master's times are told. */
function originalTime(row: Row, master: Row | undefined): CalendarTime | null {
  const allDay = row.originalAllDay ?? master?.allDay ?? row.allDay ?? null
  return timeOf({ allDay }, row.originalInstanceTime, master?.eventTimezone ?? row.eventTimezone)
}

/** Seconds of a length as Android writes it: as in RFC 5545, and also `P3600S`. */
function secondsOf(duration: string | null | undefined): number | null {
  const units = /^\+?P(?:(\d+)W)?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration?.trim() ?? '')
  if (!units) return null
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = units
    .slice(1)
    .map((unit) => Number(unit ?? 0))
  return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds
}

/** Lists of dates as Android keeps them: one per line, `20261101T080000Z,…`, with `Europe/Berlin;` in front if they are in a zone. */
function dateLists(name: string, lists: string | null | undefined, times: CalendarTime[]): string[] {
  const lines: string[] = []
  for (const list of (lists ?? '').split('\n')) {
    const [, zone, values] = /^(?:([^;,]+);)?([\dTZ,]+)$/.exec(list.replace(/\s/g, '')) ?? []
    if (!values) continue
    const isDays = values.split(',').every((value) => /^\d{8}$/.test(value))
    lines.push(
      contentLine(name, values, { VALUE: isDays ? 'DATE' : undefined, TZID: isDays ? undefined : zone }),
    )
    if (zone && !isDays) times.push(...inTheirYears(values, zone))
  }
  return lines
}

/** Times in the years of listed dates, for which their zone has to be told. */
function inTheirYears(values: string, zone: string): CalendarTime[] {
  return values
    .split(',')
    .map((value) => ({ kind: 'moment', at: Date.UTC(Number(value.slice(0, 4)), 6), zone }))
}

function attendeeLine(row: Row): string {
  return contentLine('ATTENDEE', `mailto:${row.attendeeEmail ?? ''}`, {
    CN: row.attendeeName || undefined,
    PARTSTAT: ANSWERS[row.attendeeStatus ?? ''],
    ROLE: row.attendeeRelationship === ORGANISES ? 'CHAIR' : ROLES[row.attendeeType ?? ''],
  })
}

/** What Android reminds of when an event says "as usual", which is below zero. */
const USUAL_MINUTES = 10

function alarmLines({ minutes }: Row, title: string): string[] {
  const before = Number(minutes) < 0 ? USUAL_MINUTES : Number(minutes)
  return componentLines('VALARM', [
    'ACTION:DISPLAY',
    textLine('DESCRIPTION', title || 'Reminder'),
    contentLine('TRIGGER', durationText(-before * 60)),
  ])
}
