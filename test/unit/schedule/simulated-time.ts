/** A day's work in milliseconds: a scheduler on a clock that tests move, let sleep, set wrong and crash. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Problem } from '../../../main/problem.ts'
import type { Watch } from '../../../main/progress.ts'
import { openReplica, type Replica } from '../../../main/replica/replica.ts'
import type { Cause, Detail, Run } from '../../../main/schedule/records.ts'
import { LOOK_EVERY, openScheduler, type Scheduler } from '../../../main/schedule/scheduler.ts'
import { realWorld } from '../../../main/world.ts'

/** What the next runs of the job do; the last one stays. */
export interface Behaviour {
  /** How long it takes on a clock that nobody changes. */
  takes: number
  fails?: unknown
}

export interface Simulation {
  readonly replica: Replica
  readonly scheduler: Scheduler
  /** What the reporter heard, in order. */
  readonly heard: Run[]
  readonly troubles: unknown[]
  /** Runs that were on at the same time at most. */
  readonly mostAtOnce: number
  behaviours: Behaviour[]
  now(): number
  /** Time passes, awake. */
  pass(milliseconds: number): Promise<void>
  /** Time passes while nothing runs: the computer sleeps. */
  sleep(milliseconds: number): void
  /** The clock is set. */
  setClock(to: number): void
  /** The process is killed and, `off` milliseconds later, started again. */
  crash(off: number): Promise<void>
  /** Lets everything that was begun be written. */
  settle(): Promise<void>
  /** Makes the next `count` writes to the database fail. */
  failWrites(count: number): void
}

interface Working {
  ends: number
  finish(): void
}

/** Opens a replica in a temporary folder; `close` removes it. Jobs of different names do not disturb each other. */
export async function openSimulations(): Promise<{
  simulate(job: string, start: string): Promise<Simulation>
  close(): Promise<void>
}> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-schedule-'))
  let clock = 0
  const replica = openReplica(folder, { ...realWorld, now: () => clock })
  return {
    simulate(job, start) {
      clock = Date.parse(start)
      return simulate(replica, job, {
        now: () => clock,
        set: (to) => {
          clock = to
        },
      })
    },
    async close() {
      await replica.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function simulate(
  replica: Replica,
  name: string,
  clock: { now(): number; set(to: number): void },
): Promise<Simulation> {
  let elapsed = 0
  let writing = 0
  let writes = 0
  let writesToFail = 0
  let look: (() => void) | null = null
  let working: Working[] = []
  let mostAtOnce = 0
  const heard: Run[] = []
  const troubles: unknown[] = []

  const watched: Replica = {
    ...replica,
    async write(work) {
      writing++
      writes++
      try {
        if (writesToFail > 0) {
          writesToFail--
          throw new Error('database or disk is full')
        }
        return await replica.write(work)
      } finally {
        writing--
      }
    },
  }

  function run(cause: Cause, { signal }: Watch): Promise<Detail> {
    const behaviour =
      simulation.behaviours.length > 1 ? simulation.behaviours.shift() : simulation.behaviours[0]
    const { takes, fails } = behaviour ?? { takes: 0 }
    return new Promise((resolve, reject) => {
      const work = {
        ends: elapsed + takes,
        finish: () => {
          working = working.filter((other) => other !== work)
          if (fails) reject(fails)
          else resolve({ cause })
        },
      }
      working.push(work)
      mostAtOnce = Math.max(mostAtOnce, working.length)
      signal?.addEventListener('abort', () => {
        working = working.filter((other) => other !== work)
        reject(new Problem('cancelled', 'Stopped, as asked.', 'Start it again.'))
      })
      if (takes === 0) work.finish()
    })
  }

  async function open(): Promise<Scheduler> {
    let mine: (() => void) | null = null
    const scheduler = await openScheduler({
      replica: watched,
      job: { name, run },
      reporter: { ended: (ended) => heard.push(ended), trouble: (error) => troubles.push(error) },
      timers: {
        every(_, call) {
          mine = call
          look = call
          return () => {
            if (look === mine) look = null
          }
        },
      },
    })
    return scheduler
  }

  async function settle(): Promise<void> {
    do await setImmediate()
    while (writing > 0)
  }

  const simulation = {
    replica,
    scheduler: await open(),
    heard,
    troubles,
    behaviours: [] as Behaviour[],
    get mostAtOnce() {
      return mostAtOnce
    },
    now: clock.now,
    async pass(milliseconds: number) {
      for (const end = elapsed + milliseconds; elapsed < end; ) {
        const step = Math.min(LOOK_EVERY, end - elapsed)
        elapsed += step
        clock.set(clock.now() + step)
        const finished = working.filter(({ ends }) => ends <= elapsed)
        for (const work of finished) work.finish()
        if (finished.length > 0) await settle()
        const before = writes
        look?.()
        if (writes > before) await settle()
      }
    },
    sleep(milliseconds: number) {
      clock.set(clock.now() + milliseconds)
    },
    setClock: clock.set,
    async crash(off: number) {
      look = null
      working = []
      clock.set(clock.now() + off)
      simulation.scheduler = await open()
      simulation.scheduler.start()
      await settle()
    },
    settle,
    failWrites(count: number) {
      writesToFail = count
    },
  }
  return simulation
}
