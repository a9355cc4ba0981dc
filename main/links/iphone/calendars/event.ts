/** One row of CalendarItem as an event or a task. */
import { contentLine } from '../../../formats/content-line-writer.ts'
import {
  type CalendarTime,
  componentLines,
  durationText,
  textLine,
  timeLine,
} from '../../../formats/icalendar-writer.ts'
import { numberOf, type Row, textOf, timeOf } from '../rows.ts'
import { rawRule, ruleText } from './recurrence.ts'

export const ITEM_COLUMNS = [
  'ROWID',
  'summary',
  'description',
  'location_id',
  'start_date',
  'start_tz',
  'end_date',
  'end_tz',
  'all_day',
  'calendar_id',
  'orig_item_id',
  'orig_date',
  'status',
  'availability',
  'privacy_level',
  'url',
  'last_modified',
  'creation_date',
  'sequence_num',
  'birthday_id',
  'entity_type',
  'hidden',
  'phantom_master',
  'priority',
  'due_date',
  'due_tz',
  'completion_date',
  'unique_identifier',
  'UUID',
]

/** What other tables tell of an item. */
export interface Attached {
  location: Row | undefined
  recurrences: Row[]
  exceptionDates: Row[]
  alarms: Row[]
  participants: Row[]
  identity(id: Row[string] | undefined): Row | undefined
}

export interface WrittenItem {
  lines: string[]
  times: CalendarTime[]
  /** What of it was not understood, in a person's words; kept as it is where there is something to keep. */
  unclear: string[]
}

/** `entity_type` of tasks; events have 2. */
export const TASK = 3
const DAY = 86_400_000

/**
 * @param overridden moments of the occurrences that have a row of their own. @param master when this is such an occurrence.
 * @returns undefined for an event without a start.
 */
export function writeItem(
  row: Row,
  uid: string,
  attached: Attached,
  overridden: ReadonlySet<number>,
  isOccurrence: boolean,
): WrittenItem | undefined {
  const isTask = row.entity_type === TASK
  const startAt = timeOf(row.start_date)
  if (startAt === null && !isTask) return undefined
  const isDay = row.all_day === 1
  const zone = zoneOf(row.start_tz)
  const timeAt = (at: number, inZone = zone): CalendarTime =>
    isDay ? { kind: 'day', at } : { kind: 'moment', at, zone: inZone }
  const stampedAt = timeOf(row.last_modified) ?? timeOf(row.creation_date) ?? startAt ?? 0
  const start = startAt === null ? undefined : timeAt(startAt)
  const times: CalendarTime[] = start ? [start] : []
  const unclear: string[] = []
  const lines = [
    textLine('UID', uid),
    timeLine('DTSTAMP', { kind: 'moment', at: stampedAt, zone: 'UTC' }),
    ...[start].flatMap((time) => (time ? [timeLine('DTSTART', time)] : [])),
  ]
  const originalAt = isOccurrence ? timeOf(row.orig_date) : null
  if (originalAt !== null) lines.push(timeLine('RECURRENCE-ID', timeAt(originalAt)))
  const endAt = timeOf(row.end_date)
  if (start && endAt !== null && !isTask) {
    const end = isDay ? timeAt(dayAfter(start.at, endAt)) : timeAt(endAt, zoneOf(row.end_tz, zone))
    // DTEND has to lie behind DTSTART, and an event without an end has none.
    if (end.at > start.at) {
      lines.push(timeLine('DTEND', end))
      times.push(end)
    }
  }
  const dueAt = timeOf(row.due_date)
  if (isTask && dueAt !== null) {
    const due = timeAt(dueAt, zoneOf(row.due_tz, zone))
    lines.push(timeLine('DUE', due))
    times.push(due)
  }
  lines.push(...plainLines(row, attached, isTask))
  if (start && !isOccurrence) {
    for (const recurrence of attached.recurrences) {
      const rule = ruleText(recurrence, start)
      if (rule) lines.push(contentLine('RRULE', rule))
      else {
        lines.push(textLine('X-IPHONE-RECURRENCE', rawRule(recurrence)))
        unclear.push(
          'Its rule of recurrence is not understood; it is kept as it is, and the event shows once.',
        )
      }
    }
    const without = attached.exceptionDates
      .map(({ date }) => timeOf(date))
      .filter((at) => at !== null && !overridden.has(at))
    if (without.length > 0)
      lines.push(
        timeLine(
          'EXDATE',
          without.map((at) => timeAt(at!)),
        ),
      )
  }
  lines.push(...attached.participants.map((participant) => participantLine(participant, attached)))
  for (const alarm of attached.alarms) {
    const written = alarmLines(alarm, textOf(row.summary))
    if (written) lines.push(...written)
    else unclear.push('An alarm of it goes by a place and not by a time.')
  }
  return { lines: componentLines(isTask ? 'VTODO' : 'VEVENT', lines), times, unclear }
}

/** Null for a time that floats. @param otherwise where none is told. */
function zoneOf(stored: Row[string] | undefined, otherwise: string | null = 'UTC'): string | null {
  const name = textOf(stored)
  if (name === '_float') return null
  if (name === '') return otherwise
  return /^(?:GMT|UTC|Etc\/UTC|Etc\/GMT)$/.test(name) ? 'UTC' : name
}

/** The last day ends a second before midnight; DTEND names the day after it. */
function dayAfter(start: number, end: number): number {
  return Math.max(Math.ceil(end / DAY) * DAY, start + DAY)
}

const STATUS: Record<number, string> = { 1: 'CONFIRMED', 2: 'TENTATIVE', 3: 'CANCELLED' }
const FREE = 1
const PRIVACY: Record<number, string> = { 1: 'PRIVATE', 2: 'CONFIDENTIAL' }

function plainLines(row: Row, { location }: Attached, isTask: boolean): string[] {
  const lines: string[] = []
  const text = (name: string, value: string) => {
    if (value !== '') lines.push(textLine(name, value))
  }
  text('SUMMARY', textOf(row.summary))
  text('DESCRIPTION', textOf(row.description))
  if (location) {
    const parts = [textOf(location.title), textOf(location.address)].filter((part) => part !== '')
    text('LOCATION', [...new Set(parts)].join('\n'))
    const [latitude, longitude] = [numberOf(location.latitude), numberOf(location.longitude)]
    if (latitude && longitude) lines.push(contentLine('GEO', `${latitude};${longitude}`))
  }
  if (textOf(row.url) !== '') lines.push(contentLine('URL', textOf(row.url)))
  const status = STATUS[Number(row.status)]
  if (status && !isTask) lines.push(contentLine('STATUS', status))
  const privacy = PRIVACY[Number(row.privacy_level)]
  if (privacy) lines.push(contentLine('CLASS', privacy))
  if (row.availability === FREE && !isTask) lines.push(contentLine('TRANSP', 'TRANSPARENT'))
  const sequence = numberOf(row.sequence_num)
  if (sequence) lines.push(contentLine('SEQUENCE', String(sequence)))
  const priority = numberOf(row.priority)
  if (priority && priority > 0 && priority <= 9) lines.push(contentLine('PRIORITY', String(priority)))
  const utcLine = (name: string, at: number | null) => {
    if (at !== null) lines.push(timeLine(name, { kind: 'moment', at, zone: 'UTC' }))
  }
  utcLine('CREATED', timeOf(row.creation_date))
  utcLine('LAST-MODIFIED', timeOf(row.last_modified))
  const completedAt = isTask ? timeOf(row.completion_date) : null
  utcLine('COMPLETED', completedAt)
  if (completedAt !== null) lines.push(contentLine('STATUS', 'COMPLETED'))
  return lines
}

const ORGANIZER = 8

/** What the numbers of an answer mean is not documented; they are passed on. */
function participantLine(row: Row, { identity }: Attached): string {
  const known = identity(row.identity_id)
  const address = textOf(row.email) || textOf(known?.address)
  const uri = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `mailto:${address}`
  const name = textOf(known?.display_name)
  const isOrganizer = row.entity_type === ORGANIZER
  return contentLine(isOrganizer ? 'ORGANIZER' : 'ATTENDEE', address === '' ? 'invalid:nomail' : uri, {
    CN: name || undefined,
    'X-IPHONE-STATUS': isOrganizer ? undefined : textOf(row.status) || undefined,
    'X-IPHONE-ROLE': isOrganizer ? undefined : textOf(row.role) || undefined,
  })
}

// Longer than this before or after, it is no interval but a mark for none.
const LONGEST_INTERVAL = 10 * 366 * 86_400

/** Undefined for one that goes by a place. */
function alarmLines(alarm: Row, summary: string): string[] | undefined {
  const interval = numberOf(alarm.trigger_interval)
  const at = timeOf(alarm.trigger_date)
  const trigger =
    at !== null && numberOf(alarm.trigger_date) !== 0
      ? timeLine('TRIGGER', { kind: 'moment', at, zone: 'UTC' }, { VALUE: 'DATE-TIME' })
      : interval !== null && Math.abs(interval) < LONGEST_INTERVAL
        ? contentLine('TRIGGER', durationText(interval))
        : undefined
  if ((numberOf(alarm.proximity) ?? 0) !== 0 || !trigger) return undefined
  return componentLines('VALARM', ['ACTION:DISPLAY', textLine('DESCRIPTION', summary || 'Reminder'), trigger])
}
