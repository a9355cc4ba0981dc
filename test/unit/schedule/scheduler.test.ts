/** The scheduler in simulated time: sleep, restarts, failures, changed clocks, and whole years of nights. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '../../../main/problem.ts'
import { nextDue } from '../../../main/schedule/plan.ts'
import { listRuns, type Run } from '../../../main/schedule/records.ts'
import type { Plan } from '../../../preload/plan.ts'
import { type Behaviour, openSimulations, type Simulation } from './simulated-time.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const NIGHTLY: Plan = { every: 'day', at: '02:30', zone: 'UTC' }
const HOURLY: Plan = { every: 'hour', minute: 0, zone: 'UTC' }

let simulations: Awaited<ReturnType<typeof openSimulations>>
let jobs = 0

beforeAll(async () => {
  simulations = await openSimulations()
})
afterAll(() => simulations.close())

async function begin(plan: Plan, start: string): Promise<Simulation> {
  const simulation = await simulations.simulate(`job ${++jobs}`, start)
  await simulation.scheduler.setPlan(plan)
  simulation.scheduler.start()
  return simulation
}

function failures(count: number): Behaviour[] {
  return Array.from({ length: count }, () => ({ takes: MINUTE, fails: new Error('no') }))
}

/** Cause, result and the time it stands for of each run that ended. */
function story(runs: readonly Run[]): string[] {
  return runs.map(({ cause, result, dueAt }) => {
    const due = dueAt === null ? 'not due' : new Date(dueAt).toISOString().slice(0, 16)
    return `${cause} ${result} ${due}`
  })
}

describe('an ordinary week', () => {
  it('runs each night on time and keeps a record of each run', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    sim.behaviours = [{ takes: 10 * MINUTE }]
    await sim.pass(2 * DAY)
    expect(story(sim.heard)).toEqual(['scheduled done 2026-11-23T02:30', 'scheduled done 2026-11-24T02:30'])
    const [newest] = listRuns(sim.replica, sim.heard[0]!.job, 10)
    expect(newest).toEqual(sim.heard[1])
    expect(newest).toMatchObject({
      startedAt: Date.parse('2026-11-24T02:30:00Z'),
      endedAt: Date.parse('2026-11-24T02:40:00Z'),
      detail: { cause: 'scheduled' },
    })
  })

  it.each(['Europe/Berlin', 'America/New_York'])('runs 365 times in a year at 02:30 in %s', async (zone) => {
    const plan: Plan = { every: 'day', at: '02:30', zone }
    const sim = await begin(plan, '2026-01-01T12:00:00Z')
    await sim.pass(365 * DAY)
    const days = new Set(sim.heard.map(({ startedAt }) => localDay(zone, startedAt)))
    expect(sim.heard).toHaveLength(365)
    expect(days.size).toBe(365)
    for (const run of sim.heard) {
      expect(run).toMatchObject({ cause: 'scheduled', result: 'done' })
      expect(run.startedAt - run.dueAt!).toBeLessThanOrEqual(15 * SECOND)
    }
  })

  it('runs each real hour of a day on which the clock is set back', async () => {
    const sim = await begin({ ...HOURLY, zone: 'Europe/Berlin' }, '2026-10-24T21:30:00Z')
    await sim.pass(25 * HOUR)
    expect(sim.heard).toHaveLength(25)
  })
})

describe('what was missed', () => {
  it('is caught up once after sleep', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    sim.sleep(3 * DAY)
    await sim.pass(DAY)
    expect(story(sim.heard)).toEqual(['missed done 2026-11-25T02:30', 'scheduled done 2026-11-26T02:30'])
  })

  it('is caught up once after a start', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    await sim.crash(2 * DAY)
    await sim.crash(HOUR)
    await sim.pass(HOUR)
    expect(story(sim.heard)).toEqual(['missed done 2026-11-24T02:30'])
  })

  it('because a run took long is caught up after it, never beside it', async () => {
    const sim = await begin(HOURLY, '2026-11-22T09:59:00Z')
    sim.behaviours = [{ takes: 150 * MINUTE }, { takes: 0 }]
    await sim.pass(3 * HOUR)
    expect(story(sim.heard)).toEqual(['scheduled done 2026-11-22T10:00', 'missed done 2026-11-22T12:00'])
    expect(sim.mostAtOnce).toBe(1)
  })

  it('is forgotten with its plan, but not when the same plan is set again', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    sim.sleep(DAY)
    await sim.scheduler.setPlan({ ...NIGHTLY })
    await sim.pass(MINUTE)
    expect(story(sim.heard)).toEqual(['missed done 2026-11-23T02:30'])
    sim.sleep(DAY)
    await sim.scheduler.setPlan(HOURLY)
    await sim.pass(MINUTE)
    expect(sim.heard).toHaveLength(1)
    await sim.scheduler.setPlan(null)
    await sim.pass(3 * HOUR)
    expect(sim.heard).toHaveLength(1)
    expect(sim.scheduler.status()).toMatchObject({ plan: null, nextAt: null })
  })
})

describe('a run that fails', () => {
  const asleep = new Problem('unreachable', 'The disk sleeps.', 'Wake it.')

  it('is reported and tried again with growing pauses until it works', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [...Array.from({ length: 6 }, () => ({ takes: 0, fails: asleep })), { takes: 0 }]
    await sim.pass(5 * HOUR)
    expect(sim.heard.map(({ cause, result }) => `${cause} ${result}`)).toEqual([
      'scheduled failed',
      ...Array.from({ length: 5 }, () => 'retry failed'),
      'retry done',
    ])
    const pauses = sim.heard
      .slice(1)
      .map(({ startedAt }, at) => (startedAt - sim.heard[at]!.endedAt!) / MINUTE)
    expect(pauses.map(Math.round)).toEqual([1, 5, 15, 60, 60, 60])
    expect(sim.heard[0]!.detail).toEqual({
      problem: { code: 'unreachable', sentence: 'The disk sleeps.', next: 'Wake it.' },
    })
    expect(sim.scheduler.status()).toMatchObject({ attempt: 0, nextAt: Date.parse('2026-11-23T02:30:00Z') })
  })

  it('gives way to the next time it is due', async () => {
    const sim = await begin(HOURLY, '2026-11-22T09:59:00Z')
    sim.behaviours = [{ takes: 0, fails: asleep }]
    await sim.pass(62 * MINUTE)
    expect(story(sim.heard)).toEqual([
      'scheduled failed 2026-11-22T10:00',
      'retry failed 2026-11-22T10:00',
      'retry failed 2026-11-22T10:00',
      'retry failed 2026-11-22T10:00',
      'scheduled failed 2026-11-22T11:00',
    ])
  })

  it('keeps its pause over a restart', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: 0, fails: asleep }]
    await sim.pass(20 * MINUTE) // failed at 02:30, 02:31 and 02:36
    await sim.crash(MINUTE)
    expect(sim.heard).toHaveLength(3)
    await sim.pass(2 * MINUTE)
    expect(story(sim.heard.slice(3))).toEqual(['retry failed 2026-11-22T02:30'])
  })

  it('with an unexpected error is recorded with what is known of it', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: 0, fails: new TypeError('x is not a function') }]
    await sim.pass(MINUTE)
    expect(sim.heard[0]).toMatchObject({ result: 'failed' })
    expect(String(sim.heard[0]!.detail.error)).toContain('x is not a function')
  })
})

describe('a crash', () => {
  it('in a run is marked and told at the next start, and the run made up for', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: HOUR }, { takes: 0 }]
    await sim.pass(10 * MINUTE)
    await sim.crash(5 * HOUR)
    expect(story(sim.heard)).toEqual([
      'scheduled interrupted 2026-11-22T02:30',
      'retry done 2026-11-22T02:30',
    ])
    expect(sim.heard[0]!.endedAt).toBeNull()
    await sim.crash(MINUTE)
    expect(sim.heard).toHaveLength(2)
  })
})

describe('a clock that is changed', () => {
  it('forward is seen at once; what it leapt over is caught up once', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    sim.setClock(Date.parse('2026-11-30T12:00:00Z'))
    await sim.pass(MINUTE)
    expect(story(sim.heard)).toEqual(['missed done 2026-11-30T02:30'])
  })

  it('back does not repeat what was done', async () => {
    const sim = await begin(HOURLY, '2026-11-22T09:59:00Z')
    await sim.pass(2 * HOUR)
    sim.setClock(Date.parse('2026-11-22T09:30:00Z'))
    await sim.pass(3 * HOUR)
    expect(story(sim.heard)).toEqual([
      'scheduled done 2026-11-22T10:00',
      'scheduled done 2026-11-22T11:00',
      'scheduled done 2026-11-22T12:00',
    ])
  })

  it('years too far and back again costs no night', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    sim.setClock(Date.parse('2031-05-05T12:00:00Z'))
    await sim.pass(MINUTE)
    sim.setClock(Date.parse('2026-11-22T12:05:00Z'))
    await sim.pass(2 * DAY)
    expect(story(sim.heard)).toEqual([
      'missed done 2031-05-05T02:30',
      'scheduled done 2026-11-23T02:30',
      'scheduled done 2026-11-24T02:30',
    ])
  })

  it('back while it was off costs no night either', async () => {
    const sim = await begin(NIGHTLY, '2031-05-05T12:00:00Z')
    await sim.pass(MINUTE)
    sim.setClock(Date.parse('2026-11-22T12:00:00Z'))
    await sim.crash(0)
    await sim.pass(DAY)
    expect(story(sim.heard)).toEqual(['scheduled done 2026-11-23T02:30'])
  })

  it('back between tries does not put off the next try', async () => {
    const sim = await begin(HOURLY, '2026-11-22T09:59:00Z')
    sim.behaviours = [{ takes: 0, fails: new Error('no') }, { takes: 0 }]
    await sim.pass(MINUTE + 15 * SECOND)
    sim.setClock(Date.parse('2026-11-22T10:00:01Z'))
    await sim.pass(90 * SECOND)
    expect(story(sim.heard)).toEqual(['scheduled failed 2026-11-22T10:00', 'retry done 2026-11-22T10:00'])
  })

  it('back makes no late try stand for a time that is done', async () => {
    const plan: Plan = { every: 'cron', cron: '0 */6 * * *', zone: 'UTC' }
    const sim = await begin(plan, '2026-11-22T11:59:00Z')
    await sim.pass(2 * MINUTE)
    sim.setClock(Date.parse('2026-11-22T05:59:00Z'))
    sim.behaviours = [...failures(6), { takes: 0 }]
    await sim.pass(3 * HOUR)
    sim.setClock(Date.parse('2026-11-22T12:05:00Z'))
    await sim.pass(6 * HOUR)
    expect(story(sim.heard.filter(({ result }) => result === 'done'))).toEqual([
      'scheduled done 2026-11-22T12:00',
      'retry done 2026-11-22T06:00',
      'scheduled done 2026-11-22T18:00',
    ])
  })

  it('back lets what fails be tried beyond a time that is done, with the same pauses', async () => {
    const sim = await begin(HOURLY, '2026-11-22T10:59:00Z')
    await sim.pass(2 * MINUTE)
    sim.setClock(Date.parse('2026-11-22T09:59:00Z'))
    sim.behaviours = [...failures(5), { takes: 0 }]
    await sim.pass(3 * HOUR)
    expect(story(sim.heard)).toEqual([
      'scheduled done 2026-11-22T11:00',
      'scheduled failed 2026-11-22T10:00',
      'retry failed 2026-11-22T10:00',
      'retry failed 2026-11-22T10:00',
      'retry failed 2026-11-22T10:00',
      'retry failed 2026-11-22T10:00',
      'scheduled done 2026-11-22T12:00',
    ])
  })

  it('back makes no sleeper catch up with a time that is done', async () => {
    const sim = await begin(HOURLY, '2026-11-22T11:59:00Z')
    await sim.pass(2 * MINUTE)
    sim.setClock(Date.parse('2026-11-22T10:30:00Z'))
    await sim.pass(MINUTE)
    sim.sleep(2 * HOUR)
    await sim.pass(HOUR)
    expect(story(sim.heard)).toEqual([
      'scheduled done 2026-11-22T12:00',
      'missed done 2026-11-22T11:00',
      'scheduled done 2026-11-22T13:00',
    ])
  })

  it('back in a run that fails loses no time that comes while it runs', async () => {
    const sim = await begin(HOURLY, '2026-11-22T11:59:00Z')
    sim.behaviours = [{ takes: 80 * MINUTE, fails: new Error('no') }, { takes: 0 }]
    await sim.pass(2 * MINUTE)
    sim.setClock(Date.parse('2026-11-22T08:30:00Z'))
    await sim.pass(4 * HOUR)
    expect(story(sim.heard)).toEqual([
      'scheduled failed 2026-11-22T12:00',
      'missed done 2026-11-22T09:00',
      'scheduled done 2026-11-22T10:00',
      'scheduled done 2026-11-22T11:00',
      'scheduled done 2026-11-22T12:00',
    ])
  })

  it('back before a sleep brings back no night that a later run had caught up', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    await sim.crash(2 * DAY)
    sim.setClock(Date.parse('2026-11-22T18:00:00Z'))
    sim.sleep(DAY)
    await sim.pass(2 * DAY)
    expect(story(sim.heard)).toEqual(['missed done 2026-11-24T02:30', 'scheduled done 2026-11-25T02:30'])
  })
})

describe('a run by hand', () => {
  it('is recorded as such and leaves the plan as it is', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
    const run = await sim.scheduler.runNow()
    expect(story([run])).toEqual(['manual done not due'])
    expect(sim.scheduler.status().nextAt).toBe(Date.parse('2026-11-23T02:30:00Z'))
  })

  it('counts for what is due', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: 0, fails: new Error('no') }, { takes: 0 }]
    await sim.pass(MINUTE)
    await sim.scheduler.runNow()
    await sim.pass(DAY)
    expect(story(sim.heard)).toEqual([
      'scheduled failed 2026-11-22T02:30',
      'manual done 2026-11-22T02:30',
      'scheduled done 2026-11-23T02:30',
    ])
  })

  it('is refused while one is on', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: HOUR }]
    await sim.pass(2 * MINUTE)
    expect(sim.scheduler.status().running).toMatchObject({ cause: 'scheduled' })
    await expect(sim.scheduler.runNow()).rejects.toMatchObject({ code: 'busy' })
  })

  it('works without a plan', async () => {
    const sim = await simulations.simulate('by hand', '2026-11-22T12:00:00Z')
    expect(story([await sim.scheduler.runNow()])).toEqual(['manual done not due'])
    expect(sim.scheduler.status()).toMatchObject({ plan: null, nextAt: null, last: { cause: 'manual' } })
  })
})

describe('stopping', () => {
  it('waits for the run that is on', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: 10 * MINUTE }]
    await sim.pass(2 * MINUTE)
    const stopped = sim.scheduler.stop().then(() => sim.heard.length)
    await sim.pass(10 * MINUTE)
    expect(await stopped).toBe(1)
    expect(story(sim.heard)).toEqual(['scheduled done 2026-11-22T02:30'])
  })

  it('with cancel ends the run early and leaves it due', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: 10 * MINUTE }, { takes: 0 }]
    await sim.pass(2 * MINUTE)
    await sim.scheduler.stop({ cancel: true })
    expect(sim.mostAtOnce).toBe(1)
    await sim.crash(HOUR)
    expect(story(sim.heard)).toEqual(['scheduled cancelled 2026-11-22T02:30', 'missed done 2026-11-22T02:30'])
  })

  it('one run by the person drops that one alone', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.behaviours = [{ takes: 10 * MINUTE }, { takes: 0 }]
    await sim.pass(2 * MINUTE)
    sim.scheduler.cancel()
    await sim.settle()
    await sim.pass(DAY)
    expect(story(sim.heard)).toEqual([
      'scheduled cancelled 2026-11-22T02:30',
      'scheduled done 2026-11-23T02:30',
    ])
  })
})

describe('a database that cannot be written', () => {
  it('makes a run count as failed, and it is tried again', async () => {
    const sim = await begin(NIGHTLY, '2026-11-22T02:29:00Z')
    sim.failWrites(1)
    await sim.pass(3 * MINUTE)
    expect(story(sim.heard)).toEqual(['scheduled failed 2026-11-22T02:30', 'scheduled done 2026-11-22T02:30'])
  })

  it('does not make it overlook that the clock was set back', async () => {
    const sim = await begin(NIGHTLY, '2031-05-05T12:00:00Z')
    await sim.pass(MINUTE)
    sim.setClock(Date.parse('2026-11-22T12:00:00Z'))
    sim.failWrites(2)
    await sim.pass(DAY)
    expect(sim.troubles).toHaveLength(2)
    expect(story(sim.heard)).toEqual(['scheduled done 2026-11-23T02:30'])
  })
})

function localDay(zone: string, at: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at)
}

it('tells when it runs next', async () => {
  const sim = await begin(NIGHTLY, '2026-11-22T12:00:00Z')
  expect(sim.scheduler.status()).toMatchObject({ plan: NIGHTLY, nextAt: nextDue(NIGHTLY, sim.now()) })
})
