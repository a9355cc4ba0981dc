/** Days of the Gregorian calendar as numbers counted from 1 January 1970, and the wall clock as milliseconds on that scale. */

export const DAY = 86_400_000

/** The year 9999 is the last that iCalendar can write. */
export const LAST_DAY = dayOf(9999, 12, 31)

/** Number of a day; `month` counts from 1, and `day` may lie outside its month. */
export function dayOf(year: number, month: number, day: number): number {
  // Years are counted from March, so that the leap day comes last; 400 of them always have 146,097 days.
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export interface CivilDay {
  year: number
  /** 1 is January. */
  month: number
  day: number
}

export function civilOf(day: number): CivilDay {
  const date = new Date(day * DAY)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

export function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365
}

const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTHS[month - 1]!
}

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7
}

/** The first day of the week in which a day lies. */
export function startOfWeek(day: number, weekStart: number): number {
  return day - ((weekdayOf(day) - weekStart + 7) % 7)
}

/** The first day of week 1: the first week with at least four days in the year (RFC 5545, 3.3.10). */
export function startOfFirstWeek(year: number, weekStart: number): number {
  return startOfWeek(dayOf(year, 1, 4), weekStart)
}
