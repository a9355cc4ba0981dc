/** Recurrence rules (RFC 5545, 3.3.10): what RRULE and EXRULE say. */
import { parseTime } from './time.ts'

const FREQUENCIES = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
export type Frequency = (typeof FREQUENCIES)[number]

export interface RuleDay {
  /** 0 is Sunday. */
  weekday: number
  /** The how manieth of its month or year, from the end when below 0; 0 for every one. */
  nth: number
}

export interface RecurrenceRule {
  frequency: Frequency
  interval: number
  /** Most instances, the first included. */
  count: number | null
  /** The last moment for a start: by the clock of the event, or in UTC. A date means all of that day. */
  until: { wall: number; isDate: boolean; isUtc: boolean } | null
  /** 0 is Sunday. */
  weekStart: number
  /** The parts that pick or filter; empty where the rule has none. */
  seconds: number[]
  minutes: number[]
  hours: number[]
  days: RuleDay[]
  monthDays: number[]
  yearDays: number[]
  weeks: number[]
  months: number[]
  positions: number[]
}

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** Undefined when the text is no rule, or has a part that is not understood: then its instances cannot be known. */
export function parseRule(text: string): RecurrenceRule | undefined {
  const parts = new Map<string, string>()
  for (const part of text.trim().toUpperCase().split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
    else if (part.trim() !== '') return undefined
  }
  const frequency = FREQUENCIES.find((name) => name === parts.get('FREQ'))
  const untilText = parts.get('UNTIL')
  const until = untilText ? parseTime(untilText) : null
  // Other calendars and other ways to treat missing days: RFC 7529.
  const isGregorian =
    ['GREGORIAN', undefined].includes(parts.get('RSCALE')) && ['OMIT', undefined].includes(parts.get('SKIP'))
  if (!frequency || until === undefined || !isGregorian) return undefined
  const numbers = (name: string, least: number, most: number) => parseNumbers(parts.get(name), least, most)
  const weekStart = WEEKDAYS.indexOf(parts.get('WKST') ?? 'MO')
  const rule = {
    frequency,
    interval: parseCount(parts.get('INTERVAL')) ?? 1,
    count: parseCount(parts.get('COUNT')),
    until,
    weekStart: weekStart < 0 ? 1 : weekStart,
    seconds: numbers('BYSECOND', 0, 60),
    minutes: numbers('BYMINUTE', 0, 59),
    hours: numbers('BYHOUR', 0, 23),
    days: parseDays(parts.get('BYDAY')),
    monthDays: numbers('BYMONTHDAY', -31, 31),
    yearDays: numbers('BYYEARDAY', -366, 366),
    weeks: numbers('BYWEEKNO', -53, 53),
    months: numbers('BYMONTH', 1, 12),
    positions: numbers('BYSETPOS', -366, 366),
  }
  return isWhole(rule) ? rule : undefined
}

type Unchecked = { [Part in keyof RecurrenceRule]: RecurrenceRule[Part] | undefined }

function isWhole(rule: Unchecked): rule is RecurrenceRule {
  return Object.values(rule).every((part) => part !== undefined)
}

// An interval or count of 0 says nothing; programs that write it mean none.
function parseCount(text: string | undefined): number | null {
  const value = Number.parseInt(text ?? '', 10)
  return value >= 1 ? Math.min(value, Number.MAX_SAFE_INTEGER) : null
}

function parseNumbers(text: string | undefined, least: number, most: number): number[] | undefined {
  if (text === undefined || text === '') return []
  const numbers = text
    .split(',')
    .map((number) => (/^[+-]?\d{1,4}$/.test(number.trim()) ? Number(number) : Number.NaN))
  const areValid = numbers.every(
    (number) => number >= least && number <= most && (least >= 0 || number !== 0),
  )
  return areValid ? [...new Set(numbers)].sort((a, b) => a - b) : undefined
}

function parseDays(text: string | undefined): RuleDay[] | undefined {
  if (text === undefined || text === '') return []
  const days: RuleDay[] = []
  for (const part of new Set(text.split(','))) {
    const [, nth, name] = /^\s*([+-]?\d{1,2})?\s*([A-Z]{2})\s*$/.exec(part) ?? []
    const weekday = WEEKDAYS.indexOf(name ?? '')
    if (weekday < 0) return undefined
    days.push({ weekday, nth: Number(nth ?? 0) })
  }
  return days
}
