/** How a schedule moves on: what is due after a run, after a start, and after the clock was set back. */

import type { Plan } from '../../preload/plan.ts'
import type { Reader } from '../replica/replica.ts'
import { latestDue, nextDue } from './plan.ts'
import { isDone, type Run, type Schedule } from './records.ts'
import { HOUR, MINUTE } from './zone.ts'

/** The pauses between tries of a failed run: short at first, because most troubles pass, then longer. */
const PAUSES = [1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 1 * HOUR] as const

/** A plan that begins now. */
export function begin(reader: Reader, job: string, plan: Plan, now: number): Schedule {
  return { plan, dueAt: nextOpen(reader, job, plan, now), attempt: 0 }
}

/**
 * What is due as things stand: a time that has passed stays due. One that lies ahead is looked up again, because the
 * clock may have been set back or the system moved to another zone.
 */
export function refresh(reader: Reader, job: string, schedule: Schedule, now: number): Schedule {
  return schedule.dueAt <= now ? schedule : begin(reader, job, schedule.plan, now)
}

/** What is due once `run` has ended; `isStopping` when it was cut short only because Sidekeep ends. */
export function afterRun(
  reader: Reader,
  schedule: Schedule,
  run: Run,
  now: number,
  isStopping: boolean,
): Schedule {
  // It stood for no time of the plan, or another plan was set meanwhile.
  if (run.dueAt === null || schedule.dueAt > run.dueAt) return schedule
  if (run.result === 'failed' || run.result === 'interrupted') {
    return refresh(reader, run.job, { ...schedule, attempt: schedule.attempt + 1 }, now)
  }
  if (run.result === 'cancelled' && (isStopping || run.cause === 'manual')) return schedule
  return begin(reader, run.job, schedule.plan, Math.min(run.dueAt, now))
}

/** When to act next: when it is due, or to try again what failed – at the latest when it is due once more. */
export function wakeTime(
  reader: Reader,
  job: string,
  { plan, dueAt, attempt }: Schedule,
  last: Run | null,
  now: number,
): number {
  if (attempt === 0 || last === null || last.dueAt === null) return dueAt
  const failedAt = Math.min(last.endedAt ?? last.startedAt, now)
  return Math.min(failedAt + pauseAfter(attempt), nextOpen(reader, job, plan, Math.min(last.dueAt, now)))
}

/** Milliseconds to wait after so many tries. */
export function pauseAfter(attempt: number): number {
  return PAUSES[attempt - 1] ?? PAUSES.at(-1)!
}

/** The newest time of the plan up to `now` that no run stands for, once something is due: a run for it makes up for all before. */
export function newestOpen(reader: Reader, job: string, { plan, dueAt }: Schedule, now: number): number {
  let due = latestDue(plan, dueAt, now)
  // What is due has no run, so the way back ends there.
  while (due > dueAt && isDone(reader, job, due)) due = latestDue(plan, dueAt, due - 1)
  return due
}

/** The next time of the plan that no run stands for; after the clock was set back, some that come again are done. */
function nextOpen(reader: Reader, job: string, plan: Plan, after: number): number {
  let due = nextDue(plan, after)
  while (isDone(reader, job, due)) due = nextDue(plan, due)
  return due
}
