/** Any life of a computer – awake, asleep, crashed, its clock set – costs no run, doubles none, and overlaps none. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { nextDue } from '../../../main/schedule/plan.ts'
import type { Run } from '../../../main/schedule/records.ts'
import { LOOK_EVERY } from '../../../main/schedule/scheduler.ts'
import type { Plan } from '../../../preload/plan.ts'
import { openSimulations, type Simulation } from './simulated-time.ts'

const MINUTE = 60_000

type Event =
  | { kind: 'pass' | 'sleep' | 'crash'; minutes: number }
  | { kind: 'set clock'; minutes: number }
  | { kind: 'fail'; times: number; minutes: number }
  | { kind: 'slow'; minutes: number }

const minutes = (max: number) => fc.integer({ min: 1, max })
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: minutes(600) }) },
  fc.record({ kind: fc.constant('sleep' as const), minutes: minutes(3000) }),
  fc.record({ kind: fc.constant('crash' as const), minutes: minutes(3000) }),
  fc.record({ kind: fc.constant('set clock' as const), minutes: fc.integer({ min: -4000, max: 4000 }) }),
  fc.record({
    kind: fc.constant('fail' as const),
    times: fc.integer({ min: 1, max: 6 }),
    minutes: minutes(300),
  }),
  fc.record({ kind: fc.constant('slow' as const), minutes: minutes(300) }),
)
const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe')
const plan: fc.Arbitrary<Plan> = fc.oneof(
  fc.record({ every: fc.constant('hour' as const), minute: fc.integer({ min: 0, max: 59 }), zone }),
  fc.record({ every: fc.constant('day' as const), at: fc.constantFrom('00:00', '02:30', '13:05'), zone }),
  fc.record({
    every: fc.constant('cron' as const),
    cron: fc.constantFrom('*/20 1-3 * * *', '0 */6 * * *'),
    zone,
  }),
)
// Near the days on which these zones change their clocks, and far from them.
const start = fc.constantFrom(
  '2026-03-28T12:00:00Z',
  '2026-10-24T12:00:00Z',
  '2026-10-31T20:00:00Z',
  '2026-06-01T00:00:00Z',
)

/**
 * Bounded, also in making a failure small, so that a slow computer tells what was found before the test times out. The
 * failure names its seed and path; to see it again, give them here.
 */
const SEARCH = { numRuns: 60, interruptAfterTimeLimit: 12_000 }

let simulations: Awaited<ReturnType<typeof openSimulations>>
let jobs = 0

beforeAll(async () => {
  simulations = await openSimulations()
})
afterAll(() => simulations.close())

/** `seen` is called whenever Sidekeep has just looked at a clock that may have been moved, and after time spent awake. */
async function live(sim: Simulation, happening: Event, seen: () => void): Promise<void> {
  switch (happening.kind) {
    case 'pass':
      await sim.pass(LOOK_EVERY)
      seen()
      await sim.pass(happening.minutes * MINUTE - LOOK_EVERY)
      return seen()
    case 'sleep':
      return sim.sleep(happening.minutes * MINUTE)
    case 'crash':
      await sim.crash(happening.minutes * MINUTE)
      return seen()
    case 'set clock':
      return sim.setClock(sim.now() + happening.minutes * MINUTE)
    case 'fail':
      sim.behaviours = Array.from({ length: happening.times }, () => ({
        takes: happening.minutes * MINUTE,
        fails: new Error('no'),
      }))
      break
    case 'slow':
      sim.behaviours = [{ takes: happening.minutes * MINUTE }]
  }
  sim.behaviours.push({ takes: 0 })
}

it('runs once for each time of the plan that has come', async () => {
  await fc.assert(
    fc.asyncProperty(
      plan,
      start,
      fc.array(event, { minLength: 1, maxLength: 12 }),
      async (plan, start, events) => {
        const sim = await simulations.simulate(`job ${++jobs}`, start)
        await sim.scheduler.setPlan(plan)
        sim.scheduler.start()
        /**
         * What the clock showed when it was looked at, and how many runs had ended by then. A time that goes by on a
         * clock set back while nobody looks cannot be told from one that lies before the time it was set to.
         */
        const trail = [{ at: sim.now(), runs: 0 }]
        const seen = () => trail.push({ at: sim.now(), runs: sim.heard.length })
        for (const happening of events) await live(sim, happening, seen)
        sim.behaviours = [{ takes: 0 }]
        for (let hours = 0; hours < 30; hours++) await live(sim, { kind: 'pass', minutes: 60 }, seen)

        expect(sim.mostAtOnce).toBeLessThanOrEqual(1)
        const done = sim.heard.filter(({ result }) => result === 'done')
        expectEachStandsForTheNewestOpenTime(plan, done)
        expect(new Set(done.map(({ dueAt }) => dueAt)).size).toBe(done.length)
        expectNoneLost(plan, trail, sim.heard)
      },
    ),
    SEARCH,
  )
})

/** Newer times that have come are done: a clock set back lets them come again. */
function expectEachStandsForTheNewestOpenTime(plan: Plan, done: Run[]): void {
  const times = new Set<number>()
  for (const { dueAt, startedAt } of done) {
    expect(nextDue(plan, dueAt! - 1)).toBe(dueAt)
    expect(dueAt).toBeLessThanOrEqual(startedAt)
    let open = nextDue(plan, dueAt!)
    while (times.has(open)) open = nextDue(plan, open)
    expect(open).toBeGreaterThan(startedAt)
    times.add(dueAt!)
  }
}

/** Each time of the plan that the clock passed was run for before, or a run that stands for it or a later one came after. */
function expectNoneLost(plan: Plan, trail: { at: number; runs: number }[], heard: Run[]): void {
  const highest = Math.max(...trail.map(({ at }) => at))
  for (let due = nextDue(plan, trail[0]!.at); due <= highest; due = nextDue(plan, due)) {
    const passed = trail.findLastIndex(({ at }, step) => at >= due && step > 0 && trail[step - 1]!.at < due)
    if (passed < 0 || trail.slice(passed).some(({ at }) => at < due)) continue
    const before = trail[passed - 1]!.runs
    const isCovered = heard.some(
      (run, place) => run.result === 'done' && (run.dueAt === due || (place >= before && run.dueAt! >= due)),
    )
    expect(isCovered, `${new Date(due).toISOString()} was lost`).toBe(true)
  }
}
