/** The next time after a given one that a cron expression names. node-cron reads and matches it; the clock changes are handled here. */
import { createTask, validateDetailed } from 'node-cron'
import { Problem } from '../problem.ts'
import { DAY, HOUR, MINUTE, moments, readWallDay, type WallTime, wallTime } from './zone.ts'

/** 29 February on a given weekday comes once in 28 years, and 40 years apart across 2100. */
const HORIZON = 41 * 366 * DAY

/** A cron expression, read. */
interface Pattern {
  /** Times of the day, in milliseconds after midnight on the wall, in order. */
  times: number[]
  /** Whether the day that begins at this wall time is one of its days. */
  isOn(midnight: WallTime): boolean
  /** Restricted to no hour, as in `15 * * * *`: then it means real hours, not hours on the wall. */
  everyHour: boolean
}

/**
 * The first time after `after` (both in milliseconds since 1970) at which the expression is due in the zone; undefined
 * when it never is. Five fields: minute, hour, day of the month, month, weekday; a day must match both day fields.
 *
 * Clock changes, as cron(8) on Debian handles them: with every hour given, it is due in each real hour. Otherwise it
 * is due once for each time on the wall: the first of two when the clock is set back, and right after the change
 * when the clock leaps over it.
 * @throws Problem `bad-input` when the expression is none.
 */
export function nextTime(expression: string, zone: string, after: number): number | undefined {
  const pattern = readPattern(expression)
  const today = Math.floor(wallTime(zone, after) / DAY) * DAY
  let best: number | undefined
  for (let midnight = today - DAY; midnight < today + HORIZON; midnight += DAY) {
    const found = pattern.isOn(midnight) ? firstOnDay(pattern, zone, midnight, after) : undefined
    // A clock set back across midnight lives some of one day after the start of the next, so one more day is asked.
    if (best !== undefined) return Math.min(best, found ?? best)
    best = found
  }
  return best
}

function firstOnDay(pattern: Pattern, zone: string, midnight: WallTime, after: number): number | undefined {
  const day = readWallDay(zone, midnight)
  let first: number | undefined
  for (const time of pattern.times) {
    const found = moments(day, midnight + time)
    const due = pattern.everyHour ? found : [found[0] ?? day.changesAt]
    for (const at of due) {
      if (at > after && (first === undefined || at < first)) first = at
    }
  }
  return first
}

/** @throws Problem `bad-input` with what is wrong in it. */
function readPattern(expression: string): Pattern {
  const { valid, fields, errors } = validateDetailed(expression)
  if (!valid || !fields) throw notCron(expression, errors.map(({ message }) => message).join('; '))
  if (fields.second.length !== 1 || fields.second[0] !== 0) {
    throw notCron(expression, 'it names seconds, and minutes are the finest here')
  }
  const times = fields.hour.flatMap((hour) => fields.minute.map((minute) => hour * HOUR + minute * MINUTE))
  times.sort((a, b) => a - b)
  // In UTC every wall time exists once, so node-cron can be asked about days with no zone in the way.
  const task = createTask(expression, () => undefined, { timezone: 'UTC' })
  task.destroy()
  const [first = 0] = times
  return {
    times,
    isOn: (midnight) => task.match(new Date(midnight + first)),
    everyHour: new Set(fields.hour).size === 24,
  }
}

function notCron(expression: string, why: string): Problem {
  return new Problem(
    'bad-input',
    `“${expression}” is not a cron expression: ${why}.`,
    'Give five fields: minute, hour, day of the month, month, weekday; for example 30 2 * * 1-5.',
  )
}
