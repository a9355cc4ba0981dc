/** Runs a job by its plan: one run at a time, one for each time it is due, whatever sleep, restarts and clock changes do. */
import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../preload/plan.ts'
import { Problem } from '../problem.ts'
import type { Progress, Watch } from '../progress.ts'
import type { Replica, Transaction } from '../replica/replica.ts'
import type { Timers } from '../timers.ts'
import { afterRun, begin, newestOpen, pauseAfter, refresh, wakeTime } from './due.ts'
import {
  type Cause,
  type Detail,
  listRuns,
  markInterrupted,
  type Run,
  readSchedule,
  recordEnd,
  recordStart,
  type Schedule,
  saveSchedule,
  whyOf,
} from './records.ts'
import { MINUTE } from './zone.ts'

/** How often the clock on the wall is looked at. A timer set for hours would not notice that the clock was changed. */
export const LOOK_EVERY = 15_000
/** A run that begins later than this after its time is told as missed and caught up. */
const ON_TIME = 2 * MINUTE

export interface Job {
  name: string
  /** Does the work and resolves with its figures. It should stop soon when `watch.signal` says so. */
  run(cause: Cause, watch: Watch): Promise<Detail>
}

export interface Reporter {
  /** A run has ended, well or not; also told of those that a crash had interrupted. */
  ended(run: Run): void
  /** What is due next could not be stored. It is tried again soon. */
  trouble(error: unknown): void
}

export interface Status {
  plan: Plan | null
  /** When it acts next: the next time due, or the next try of a failed one. Null without a plan. */
  nextAt: number | null
  /** The oldest time of the plan that no run stands for; it lies ahead while nothing is due. Null without a plan. */
  dueAt: number | null
  /** Failed tries since the last success of what is due. */
  attempt: number
  running: { cause: Cause; startedAt: number; progress: Progress | null } | null
  last: Run | null
}

export interface Scheduler {
  /** Begins to look at the clock; what was missed is caught up at once. */
  start(): void
  /** Stops looking and waits for a run that is on; with `cancel` it is asked to stop, and stays due. */
  stop(how?: { cancel: boolean }): Promise<void>
  /** Sets another plan (null for none); resolves once it is stored. */
  setPlan(plan: Plan | null): Promise<void>
  /**
   * Runs the job now; a time that is due by now counts as done by it.
   * @throws Problem `busy` while it runs already.
   */
  runNow(watch?: Watch): Promise<Run>
  /** Asks the run that is on to stop; it is not made up for. */
  cancel(): void
  status(): Status
}

export interface SchedulerOptions {
  replica: Replica
  timers: Timers
  job: Job
  reporter: Reporter
}

/** A run that is on. */
interface Running {
  cause: Cause
  startedAt: number
  progress: Progress | null
  controller: AbortController
}

/**
 * Reads what the database knows of the job, and marks runs that were interrupted. Call it once per job and process.
 * @throws Problem `data-damaged` when the stored plan cannot be read.
 */
export async function openScheduler({
  replica,
  timers,
  job,
  reporter,
}: SchedulerOptions): Promise<Scheduler> {
  const now = () => replica.world.now()
  let schedule: Schedule | null = null
  let last: Run | null = null
  let wakeAt = Number.POSITIVE_INFINITY
  let lastLook = Number.NEGATIVE_INFINITY
  let running: Running | null = null
  let ended: Promise<Run> | null = null
  let stopLooking: (() => void) | null = null
  let isStopping = false

  /** Changes the stored schedule, and goes by what is stored. */
  async function change(move: (tx: Transaction, stored: Schedule | null) => Schedule | null): Promise<void> {
    schedule = await replica.write((tx) => {
      const stored = move(tx, readSchedule(tx, job.name))
      saveSchedule(tx, job.name, stored)
      return stored
    })
    last = listRuns(replica, job.name, 1)[0] ?? null
    wakeAt = schedule ? wakeTime(replica, job.name, schedule, last, now()) : Number.POSITIVE_INFINITY
  }

  function look(): void {
    if (!schedule) return
    const time = now()
    // A run that is on does not hide it: it may fail, and then those times are still to be run for.
    if (time < lastLook) noticeSetBack(time)
    else if (!running && time >= wakeAt) run(...whatIsDue(schedule, time))
    lastLook = time
  }

  // The stored time may now lie years ahead; times before it that come for the first time must not be lost.
  function noticeSetBack(time: number): void {
    change((tx, stored) => stored && refresh(tx, job.name, stored, time)).catch((error: unknown) => {
      lastLook = Number.POSITIVE_INFINITY
      reporter.trouble(error)
    })
  }

  function whatIsDue(due: Schedule, time: number): [Cause, number] {
    const dueAt = newestOpen(replica, job.name, due, time)
    if (due.attempt > 0 && last?.dueAt === dueAt) return ['retry', dueAt]
    return [time - dueAt <= ON_TIME ? 'scheduled' : 'missed', dueAt]
  }

  function run(cause: Cause, dueAt: number | null, watch: Watch = {}): Promise<Run> {
    const controller = new AbortController()
    const current: Running = { cause, startedAt: now(), progress: null, controller }
    running = current
    const signal = watch.signal ? AbortSignal.any([watch.signal, controller.signal]) : controller.signal
    const report = (progress: Progress) => {
      current.progress = progress
      watch.report?.(progress)
    }
    const blank = {
      job: job.name,
      cause,
      dueAt,
      startedAt: current.startedAt,
      endedAt: null,
      result: null,
      detail: {},
    }
    ended = perform(blank, { signal, report }).finally(() => {
      running = null
      ended = null
    })
    return ended
  }

  async function perform(blank: Run, watch: Watch): Promise<Run> {
    let done: Run
    try {
      const id = await replica.write((tx) => recordStart(tx, blank))
      done = { ...blank, ...(await outcomeOf(job, blank.cause, watch)), endedAt: now() }
      await change((tx, stored) => {
        recordEnd(tx, id, done)
        return stored && afterRun(tx, stored, done, now(), isStopping)
      })
    } catch (error) {
      // Without its record a run does not count: it is told as failed, and made again.
      done = { ...blank, result: 'failed', detail: whyOf(error), endedAt: now() }
      last = done
      wakeAt = now() + pauseAfter((schedule?.attempt ?? 0) + 1)
    }
    reporter.ended(done)
    return done
  }

  let interrupted: Run[] = []
  await change((tx, stored) => {
    interrupted = markInterrupted(tx, job.name)
    if (!stored) return null
    const counted = interrupted.reduce((at, lost) => afterRun(tx, at, lost, now(), false), stored)
    return refresh(tx, job.name, counted, now())
  })
  for (const lost of interrupted) reporter.ended(lost)

  return {
    start() {
      isStopping = false
      stopLooking ??= timers.every(LOOK_EVERY, look)
      look()
    },
    async stop({ cancel } = { cancel: false }) {
      isStopping = true
      stopLooking?.()
      stopLooking = null
      if (cancel) running?.controller.abort()
      await ended
    },
    setPlan: (plan) =>
      change((tx, stored) => {
        if (!plan) return null
        // The same plan again must not forget what is due by it.
        if (stored && isDeepStrictEqual(stored.plan, plan)) return stored
        return begin(tx, job.name, plan, now())
      }),
    async runNow(watch) {
      if (running) {
        throw new Problem('busy', `“${job.name}” is running already.`, 'Wait until it has ended.')
      }
      const time = now()
      const isDue = schedule !== null && schedule.dueAt <= time
      return run('manual', isDue ? newestOpen(replica, job.name, schedule!, time) : null, watch)
    },
    cancel: () => running?.controller.abort(),
    status: () => ({
      plan: schedule?.plan ?? null,
      nextAt: schedule ? wakeAt : null,
      dueAt: schedule?.dueAt ?? null,
      attempt: schedule?.attempt ?? 0,
      running: running && { cause: running.cause, startedAt: running.startedAt, progress: running.progress },
      last,
    }),
  }
}

async function outcomeOf(job: Job, cause: Cause, watch: Watch): Promise<Pick<Run, 'result' | 'detail'>> {
  try {
    return { result: 'done', detail: await job.run(cause, watch) }
  } catch (error) {
    return { result: isStopAsAsked(error, watch) ? 'cancelled' : 'failed', detail: whyOf(error) }
  }
}

function isStopAsAsked(error: unknown, { signal }: Watch): boolean {
  if (!signal?.aborted) return false
  return error === signal.reason || (error instanceof Problem && error.code === 'cancelled')
}
