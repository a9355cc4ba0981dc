/** Recurrence rules for tests, written as calendars write them, and their starts as short texts. */
import { DAY } from '../../../../main/replica/index/icalendar/day.ts'
import { parseRule } from '../../../../main/replica/index/icalendar/rule.ts'
import { type Pattern, startsOf } from '../../../../main/replica/index/icalendar/rule-starts.ts'
import { parseTime } from '../../../../main/replica/index/icalendar/time.ts'

export const ENOUGH = 1_000_000

export function pattern(start: string, rule: string): Pattern {
  const first = parseTime(start)!
  const parsed = parseRule(rule)
  if (!parsed) throw new Error(`no rule: ${rule}`)
  const until = parsed.until
    ? parsed.until.wall + (parsed.until.isDate ? DAY - 1 : 0)
    : Number.POSITIVE_INFINITY
  return { rule: parsed, first: first.wall, isDate: first.isDate, until }
}

export function starts(start: string, rule: string, most = 1000, from = Number.NEGATIVE_INFINITY): string[] {
  return take(startsOf(pattern(start, rule), from, { left: ENOUGH }), most).map(written)
}

export function take<T>(values: Iterable<T>, most: number): T[] {
  const taken: T[] = []
  for (const value of values) {
    taken.push(value)
    if (taken.length >= most) break
  }
  return taken
}

export const written = (wall: number) => new Date(wall).toISOString().slice(0, 16)
