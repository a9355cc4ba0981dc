/** When a job should run: hourly, daily, weekly, or by a cron expression, in a time zone. */
import { z } from 'zod'
import { Problem } from '../problem.ts'
import { nextTime } from './calendar.ts'
import { isZone, systemZone } from './zone.ts'

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of the day looks like 02:30')
/** Left out: the system's zone, whichever it is at the time. */
const Zone = z.string().refine(isZone, 'not a known time zone, such as Europe/Berlin').optional()

export const Plan = z.discriminatedUnion('every', [
  z.strictObject({ every: z.literal('hour'), minute: z.int().min(0).max(59).default(0), zone: Zone }),
  z.strictObject({ every: z.literal('day'), at: TimeOfDay, zone: Zone }),
  z.strictObject({ every: z.literal('week'), on: z.enum(WEEKDAYS), at: TimeOfDay, zone: Zone }),
  z.strictObject({ every: z.literal('cron'), cron: z.string(), zone: Zone }),
])
export type Plan = z.infer<typeof Plan>

/**
 * The first time after `after` at which the plan is due; both in milliseconds since 1970.
 * @throws Problem `bad-input` when a cron expression is wrong or names a day that never comes.
 */
export function nextDue(plan: Plan, after: number): number {
  const due = nextTime(cronOf(plan), plan.zone ?? systemZone(), after)
  if (due !== undefined) return due
  throw new Problem('bad-input', `“${cronOf(plan)}” names a day that never comes.`, 'Choose another day.')
}

/** The newest time up to `now` at which the plan was due, given that `due` was one. */
export function latestDue(plan: Plan, due: number, now: number): number {
  // What is due next never comes earlier for a later start; so the newest is where it first lies beyond `now`.
  let [low, high] = [due, now]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (nextDue(plan, middle) > now) high = middle
    else low = middle + 1
  }
  return low
}

function cronOf(plan: Plan): string {
  switch (plan.every) {
    case 'hour':
      return `${plan.minute} * * * *`
    case 'day':
      return `${minuteAndHour(plan.at)} * * *`
    case 'week':
      return `${minuteAndHour(plan.at)} * * ${WEEKDAYS.indexOf(plan.on)}`
    case 'cron':
      return plan.cron
  }
}

function minuteAndHour(at: string): string {
  const [hour, minute] = at.split(':').map(Number)
  return `${minute} ${hour}`
}
