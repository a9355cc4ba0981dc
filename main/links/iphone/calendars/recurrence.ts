/**
 * Rules of recurrence as an iPhone stores them. Their form is not documented. What is read here is what readers of such databases
 * agree on, and a rule counts as understood only if the event's own start is one of its days; any other is kept as it is.
 */
import { type CalendarTime, timeText } from '../../../formats/icalendar-writer.ts'
import { ianaZone } from '../../../replica/index/icalendar/zone-names.ts'
import { numberOf, type Row, textOf, timeOf } from '../rows.ts'

export const RECURRENCE_COLUMNS = [
  'owner_id',
  'frequency',
  'interval',
  'week_start',
  'count',
  'end_date',
  'specifier',
  'by_month_months',
]

const FREQUENCIES: Record<number, string> = { 1: 'DAILY', 2: 'WEEKLY', 3: 'MONTHLY', 4: 'YEARLY' }
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** RRULE's value (RFC 5545, 3.3.10); undefined for a rule that is not understood. */
export function ruleText(row: Row, start: CalendarTime): string | undefined {
  const frequency = FREQUENCIES[numberOf(row.frequency) ?? 0]
  const details = readSpecifier(textOf(row.specifier))
  // Months as a number: nobody tells which bit is which.
  if (!frequency || !details || (numberOf(row.by_month_months) ?? 0) !== 0) return undefined
  if (!startFits(details, start)) return undefined
  const parts = [`FREQ=${frequency}`]
  const interval = numberOf(row.interval) ?? 1
  if (interval > 1) parts.push(`INTERVAL=${interval}`)
  const [count, end] = [numberOf(row.count) ?? 0, timeOf(row.end_date)]
  if (count > 0) parts.push(`COUNT=${count}`)
  else if (end !== null && numberOf(row.end_date) !== 0) parts.push(`UNTIL=${timeText(untilOf(end, start))}`)
  for (const [name, values] of details) parts.push(`${name}=${values.join(',')}`)
  const weekStart = WEEKDAYS[(numberOf(row.week_start) ?? 0) % 7]
  // It matters only where weeks are left out (RFC 5545, 3.3.10); 0 is the standard's Monday.
  if (frequency === 'WEEKLY' && interval > 1 && numberOf(row.week_start)) parts.push(`WKST=${weekStart}`)
  return parts.join(';')
}

/** The row as text, for a line of its own in the event. */
export function rawRule(row: Row): string {
  return RECURRENCE_COLUMNS.slice(1)
    .map((name) => `${name}=${textOf(row[name])}`)
    .join(' ')
}

type Details = Map<string, string[]>

const NAMES: Record<string, string> = {
  D: 'BYDAY',
  M: 'BYMONTHDAY',
  MD: 'BYMONTHDAY',
  O: 'BYMONTH',
  S: 'BYSETPOS',
}

/** Such as `D=0WE,0TH`, `D=-1FR;O=3` and `M=15`; undefined for what is not known. */
function readSpecifier(specifier: string): Details | undefined {
  const details: Details = new Map()
  for (const part of specifier.split(';').map((text) => text.trim())) {
    if (part === '') continue
    const [, key = '', list = ''] = /^([A-Z]+)=(.+)$/.exec(part) ?? []
    const name = NAMES[key]
    const values = list.split(',').map((value) => value.trim())
    if (!name || details.has(name)) return undefined
    const form = name === 'BYDAY' ? /^[+-]?\d{0,2}(?:SU|MO|TU|WE|TH|FR|SA)$/ : /^[+-]?\d{1,2}$/
    if (!values.every((value) => form.test(value))) return undefined
    // 0 in front of a day means every such day.
    details.set(
      name,
      values.map((value) => value.replace(/^\+/, '').replace(/^-?0+(?=[A-Z\d])/, '')),
    )
  }
  return details
}

/** Whether the event starts on a day of the rule. A rule with a reading that is wrong would show it on others. */
function startFits(details: Details, start: CalendarTime): boolean {
  const date = new Date(wallOf(start))
  const [day, month] = [date.getUTCDate(), date.getUTCMonth()]
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate()
  const fits = (name: string, ...present: (string | number)[]) => {
    const values = details.get(name)
    return values === undefined || present.some((value) => values.includes(String(value)))
  }
  const weekday = WEEKDAYS[date.getUTCDay()]!
  const [fromStart, fromEnd] = [Math.ceil(day / 7), -Math.ceil((daysInMonth - day + 1) / 7)]
  return (
    fits('BYDAY', weekday, `${fromStart}${weekday}`, `${fromEnd}${weekday}`) &&
    fits('BYMONTHDAY', day, day - daysInMonth - 1) &&
    fits('BYMONTH', month + 1)
  )
}

/** What calendar and clock show at a time, as milliseconds since 1970 if it were UTC. */
function wallOf(time: CalendarTime): number {
  if (time.kind === 'day' || time.zone === null || time.zone === 'UTC') return time.at
  return time.at + (ianaZone(time.zone)?.offsetAt(time.at) ?? 0)
}

// UNTIL has the kind of DTSTART, but in UTC where that has a zone.
function untilOf(end: number, start: CalendarTime): CalendarTime {
  return start.kind === 'day'
    ? { kind: 'day', at: end }
    : { kind: 'moment', at: end, zone: start.zone === null ? null : 'UTC' }
}
