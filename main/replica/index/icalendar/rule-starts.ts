/**
 * The starts that a recurrence rule makes (RFC 5545, 3.3.10), by the clock of the event. Unlike a general iterator it can begin
 * anywhere in a rule without a count, and no rule, however senseless, can keep it busy for longer than it is allowed.
 */
import {
  civilOf,
  DAY,
  dayOf,
  daysInMonth,
  daysInYear,
  LAST_DAY,
  startOfFirstWeek,
  startOfWeek,
  weekdayOf,
} from './day.ts'
import type { Frequency, RecurrenceRule, RuleDay } from './rule.ts'

/** A rule at work: everything is wall clock in milliseconds. */
export interface Pattern {
  rule: RecurrenceRule
  /** The first start, whether the rule makes it or not (RFC 5545, 3.8.2.4). */
  first: number
  isDate: boolean
  /** No start comes after this; Infinity for a rule without UNTIL. */
  until: number
}

/** What a computation may still cost: about one unit for each day, period or start looked at. Below 0 it was given up. */
export interface Work {
  left: number
}

/**
 * The starts from `from` on, in order. When `work` runs out they end early, and `work.left` is below 0.
 */
export function* startsOf(pattern: Pattern, from: number, work: Work): Generator<number> {
  const { rule, first, until } = pattern
  if (first >= from) yield first
  let count = 1
  // With a count the rule has to be followed from its beginning.
  for (const start of madeByRule(pattern, rule.count === null ? Math.max(from, first) : first, work)) {
    if (--work.left < 0 || start > until) return
    if (start <= first) continue
    if (rule.count !== null && ++count > rule.count) return
    if (start >= from) yield start
  }
}

const STEPS: Record<Frequency, number> = {
  SECONDLY: 1000,
  MINUTELY: 60_000,
  HOURLY: 3_600_000,
  DAILY: DAY,
  WEEKLY: 7 * DAY,
  MONTHLY: 31 * DAY,
  YEARLY: 366 * DAY,
}

/** The last start that is not after `bound`; undefined when there is none, or when `work` ran out (see `startsOf`). */
export function lastStart(pattern: Pattern, bound: number, work: Work): number | undefined {
  const { rule, first } = pattern
  const bounded = { ...pattern, until: Math.min(pattern.until, bound) }
  // Looks back step by step: a rule may leave out years, and with a count it is followed from its beginning anyway.
  for (let span = 2 * STEPS[rule.frequency] * rule.interval; ; span *= 8) {
    const from = rule.count === null ? bounded.until - span : first
    let last: number | undefined
    for (const start of startsOf(bounded, from, work)) last = start
    if (work.left < 0) return undefined
    if (last !== undefined || from <= first) return last !== undefined && last <= bound ? last : undefined
  }
}

function madeByRule(pattern: Pattern, from: number, work: Work): Generator<number> {
  switch (pattern.rule.frequency) {
    case 'SECONDLY':
      return byClock(pattern, 1000, from, work)
    case 'MINUTELY':
      return byClock(pattern, 60_000, from, work)
    case 'HOURLY':
      return byClock(pattern, 3_600_000, from, work)
    default:
      return byDay(pattern, from, work)
  }
}

/** Rules that repeat after days or more: the days of each period, and the times on each of them. */
function* byDay(pattern: Pattern, from: number, work: Work): Generator<number> {
  const { rule, first } = pattern
  const firstDay = Math.floor(first / DAY)
  const times = timesOfDay(pattern)
  for (let period = firstPeriod(rule, firstDay, Math.floor(from / DAY)); ; period++) {
    const days = daysOfPeriod(rule, firstDay, period)
    if (!days) return
    work.left -= 1 + days.length
    if (rule.positions.length > 0) work.left -= days.length * times.length
    if (work.left < 0) return
    if (rule.positions.length > 0) {
      yield* atPositions(
        days.flatMap((day) => times.map((time) => day * DAY + time)),
        rule.positions,
      )
    } else {
      for (const day of days) {
        for (const time of times) yield day * DAY + time
      }
    }
  }
}

function timesOfDay({ rule, first, isDate }: Pattern): number[] {
  if (isDate) return [0]
  const time = first - Math.floor(first / DAY) * DAY
  const hours = orElse(rule.hours, Math.floor(time / 3_600_000))
  return hours.flatMap((hour) => timesOfHour(rule, time).map((rest) => hour * 3_600_000 + rest))
}

function timesOfHour(rule: RecurrenceRule, time: number): number[] {
  const minutes = orElse(rule.minutes, Math.floor(time / 60_000) % 60)
  return minutes.flatMap((minute) => timesOfMinute(rule, time).map((rest) => minute * 60_000 + rest))
}

function timesOfMinute(rule: RecurrenceRule, time: number): number[] {
  return orElse(rule.seconds, Math.floor(time / 1000) % 60).map((second) => second * 1000)
}

function orElse(numbers: number[], number: number): number[] {
  return numbers.length > 0 ? numbers : [number]
}

function atPositions(starts: number[], positions: number[]): number[] {
  const chosen = positions.map((position) => starts[position > 0 ? position - 1 : starts.length + position])
  return [...new Set(chosen.filter((start) => start !== undefined))].sort((a, b) => a - b)
}

/** The period in which to begin, so that nothing from `day` on is missed; periods count from the one of the first start. */
function firstPeriod(rule: RecurrenceRule, firstDay: number, day: number): number {
  return Math.max(0, Math.floor(periodsBetween(rule, firstDay, day) / rule.interval) - 1)
}

function periodsBetween({ frequency, weekStart }: RecurrenceRule, from: number, to: number): number {
  if (frequency === 'DAILY') return to - from
  if (frequency === 'WEEKLY') return (startOfWeek(to, weekStart) - startOfWeek(from, weekStart)) / 7
  const [start, end] = [civilOf(from), civilOf(to)]
  const years = end.year - start.year
  return frequency === 'YEARLY' ? years : years * 12 + end.month - start.month
}

/** In order; undefined once the calendar ends. */
function daysOfPeriod(rule: RecurrenceRule, firstDay: number, period: number): number[] | undefined {
  const steps = period * rule.interval
  if (rule.frequency === 'DAILY') {
    const day = firstDay + steps
    if (day > LAST_DAY) return undefined
    return matchesDay(rule, day) ? [day] : []
  }
  if (rule.frequency === 'WEEKLY') {
    const start = startOfWeek(firstDay, rule.weekStart) + steps * 7
    return start > LAST_DAY ? undefined : daysOfWeek(rule, firstDay, start)
  }
  const first = civilOf(firstDay)
  if (rule.frequency === 'YEARLY') {
    const year = first.year + steps
    return year > 9999 ? undefined : daysOfYear(rule, firstDay, year)
  }
  const months = first.month - 1 + steps
  const year = first.year + Math.floor(months / 12)
  return year > 9999 ? undefined : daysOfMonth(rule, first.day, year, (months % 12) + 1)
}

function daysOfWeek(rule: RecurrenceRule, firstDay: number, start: number): number[] {
  const weekdays = rule.days.length > 0 ? rule.days.map((day) => day.weekday) : [weekdayOf(firstDay)]
  const days = weekdays.map((weekday) => start + ((weekday - rule.weekStart + 7) % 7))
  return inOrder(days.filter((day) => isInMonths(rule, day)))
}

function daysOfMonth(rule: RecurrenceRule, firstDate: number, year: number, month: number): number[] {
  if (rule.months.length > 0 && !rule.months.includes(month)) return []
  const length = daysInMonth(year, month)
  const start = dayOf(year, month, 1)
  if (rule.monthDays.length === 0) {
    if (rule.days.length > 0) return inOrder(weekdaysIn(start, length, rule.days))
    return firstDate <= length ? [start + firstDate - 1] : []
  }
  const days = rule.monthDays.map((date) => (date > 0 ? date : length + 1 + date))
  const existing = days.filter((date) => date >= 1 && date <= length).map((date) => start + date - 1)
  return inOrder(limitToWeekdays(existing, start, length, rule.days))
}

// What the rule leaves open is taken from the first start.
function daysOfYear(rule: RecurrenceRule, firstDay: number, year: number): number[] {
  const start = dayOf(year, 1, 1)
  const length = daysInYear(year)
  if (rule.yearDays.length > 0) {
    const numbers = rule.yearDays.map((number) => (number > 0 ? number : length + 1 + number))
    const days = numbers
      .filter((number) => number >= 1 && number <= length)
      .map((number) => start + number - 1)
    const limited = days.filter((day) => isInMonths(rule, day) && isOnMonthDays(rule, day))
    return inOrder(limitToWeekdays(limited, start, length, rule.days))
  }
  if (rule.weeks.length > 0) {
    const days = daysOfWeeks(rule, year).filter((day) => isInMonths(rule, day) && isOnMonthDays(rule, day))
    if (rule.monthDays.length > 0 && rule.days.length === 0) return inOrder(days)
    const weekdays = rule.days.length > 0 ? rule.days.map((day) => day.weekday) : [weekdayOf(firstDay)]
    return inOrder(days.filter((day) => weekdays.includes(weekdayOf(day))))
  }
  if (rule.days.length > 0 && rule.months.length === 0) {
    if (rule.monthDays.length === 0) return inOrder(weekdaysIn(start, length, rule.days))
    const days = Array.from({ length: 12 }, (_, month) =>
      daysOfMonth({ ...rule, days: [] }, 0, year, month + 1),
    )
    return inOrder(limitToWeekdays(days.flat(), start, length, rule.days))
  }
  const first = civilOf(firstDay)
  const everyMonth = rule.monthDays.length > 0
  const months = rule.months.length > 0 ? rule.months : everyMonth ? MONTHS : [first.month]
  return months.flatMap((month) => daysOfMonth(rule, first.day, year, month))
}

const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]

function daysOfWeeks({ weeks, weekStart }: RecurrenceRule, year: number): number[] {
  const start = startOfFirstWeek(year, weekStart)
  const count = (startOfFirstWeek(year + 1, weekStart) - start) / 7
  const numbers = weeks
    .map((week) => (week > 0 ? week : count + 1 + week))
    .filter((week) => week >= 1 && week <= count)
  return numbers.flatMap((week) => Array.from({ length: 7 }, (_, day) => start + (week - 1) * 7 + day))
}

/** The days that BYDAY names in a month or year. */
function weekdaysIn(start: number, length: number, ruleDays: RuleDay[]): number[] {
  const days: number[] = []
  for (const { weekday, nth } of ruleDays) {
    const first = start + ((weekday - weekdayOf(start) + 7) % 7)
    const count = Math.floor((start + length - 1 - first) / 7) + 1
    if (nth === 0) for (let week = 0; week < count; week++) days.push(first + week * 7)
    else if (Math.abs(nth) <= count) days.push(first + (nth > 0 ? nth - 1 : count + nth) * 7)
  }
  return days
}

function limitToWeekdays(days: number[], start: number, length: number, ruleDays: RuleDay[]): number[] {
  if (ruleDays.length === 0) return days
  const wanted = new Set(weekdaysIn(start, length, ruleDays))
  return days.filter((day) => wanted.has(day))
}

function inOrder(days: number[]): number[] {
  return days.length < 2 ? days : [...new Set(days)].sort((a, b) => a - b)
}

function isInMonths({ months }: RecurrenceRule, day: number): boolean {
  return months.length === 0 || months.includes(civilOf(day).month)
}

function isOnMonthDays({ monthDays }: RecurrenceRule, day: number): boolean {
  if (monthDays.length === 0) return true
  const date = civilOf(day)
  return monthDays.includes(date.day) || monthDays.includes(date.day - 1 - daysInMonth(date.year, date.month))
}

function isOnYearDays({ yearDays }: RecurrenceRule, day: number): boolean {
  if (yearDays.length === 0) return true
  const { year } = civilOf(day)
  const number = day - dayOf(year, 1, 1) + 1
  return yearDays.includes(number) || yearDays.includes(number - 1 - daysInYear(year))
}

/** For rules that repeat daily or faster, where all that names days only filters. */
function matchesDay(rule: RecurrenceRule, day: number): boolean {
  return (
    (rule.days.length === 0 || rule.days.some(({ weekday }) => weekday === weekdayOf(day))) &&
    isInMonths(rule, day) &&
    isOnMonthDays(rule, day) &&
    isOnYearDays(rule, day)
  )
}

/** Rules that repeat by the hour or faster; `unit` is one hour, minute or second. */
function* byClock(pattern: Pattern, unit: number, from: number, work: Work): Generator<number> {
  const { rule, first } = pattern
  const step = unit * rule.interval
  const within =
    unit === 3_600_000 ? timesOfHour(rule, first) : unit === 60_000 ? timesOfMinute(rule, first) : [0]
  const origin = Math.floor(first / unit) * unit
  let at = origin + Math.max(0, Math.floor((from - origin) / step)) * step
  while (at < (LAST_DAY + 1) * DAY) {
    if (--work.left < 0) return
    const next = nextAllowed(rule, unit, at)
    if (next > at) {
      at += Math.ceil((next - at) / step) * step
      continue
    }
    const starts = within.map((time) => at + time)
    yield* rule.positions.length > 0 ? atPositions(starts, rule.positions) : starts
    at += step
  }
}

/** The time itself when the rule allows it, or else the next at which a part of the rule that forbids it may change. */
function nextAllowed(rule: RecurrenceRule, unit: number, at: number): number {
  const day = Math.floor(at / DAY)
  if (!matchesDay(rule, day)) return (day + 1) * DAY
  const hour = Math.floor(at / 3_600_000)
  if (rule.hours.length > 0 && !rule.hours.includes(hour - day * 24)) return (hour + 1) * 3_600_000
  const minute = Math.floor(at / 60_000)
  const limitsMinutes = unit < 3_600_000 && rule.minutes.length > 0
  if (limitsMinutes && !rule.minutes.includes(minute - hour * 60)) return (minute + 1) * 60_000
  const second = Math.floor(at / 1000)
  const limitsSeconds = unit < 60_000 && rule.seconds.length > 0
  return limitsSeconds && !rule.seconds.includes(second - minute * 60) ? at + 1000 : at
}
