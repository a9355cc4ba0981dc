/** When a plan is due: its times after a given one, whatever the clock does. */
import { type Plan, WEEKDAYS } from '../../preload/plan.ts'
import { Problem } from '../problem.ts'
import { nextTime } from './calendar.ts'
import { systemZone } from './zone.ts'

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
