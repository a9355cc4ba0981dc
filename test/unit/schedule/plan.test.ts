/** When plans are due: on ordinary days, on the days of clock changes, and in zones that do it their own way. */
import { describe, expect, it } from 'vitest'
import { latestDue, nextDue } from '../../../main/schedule/plan.ts'
import { Plan } from '../../../preload/plan.ts'

/** The next `count` times after `after`, in UTC to the minute. */
function next(plan: Plan, after: string, count: number): string[] {
  const times: string[] = []
  for (let at = Date.parse(after); times.length < count; ) {
    at = nextDue(plan, at)
    times.push(new Date(at).toISOString().slice(0, 16))
  }
  return times
}

const nightly = (zone: string): Plan => ({ every: 'day', at: '02:30', zone })
const cron = (text: string, zone: string): Plan => ({ every: 'cron', cron: text, zone })

describe('plans on ordinary days', () => {
  it('knows hours, days, weeks and cron expressions', () => {
    const zone = 'Europe/Berlin'
    expect(next({ every: 'hour', minute: 15, zone }, '2026-11-22T10:15:00Z', 2)).toEqual([
      '2026-11-22T11:15',
      '2026-11-22T12:15',
    ])
    expect(next(nightly(zone), '2026-11-22T01:29:59Z', 2)).toEqual(['2026-11-22T01:30', '2026-11-23T01:30'])
    expect(next({ every: 'week', on: 'sunday', at: '18:00', zone }, '2026-11-22T12:00:00Z', 2)).toEqual([
      '2026-11-22T17:00',
      '2026-11-29T17:00',
    ])
    expect(next(cron('*/20 22-23 * * mon-fri', zone), '2026-11-20T22:30:00Z', 3)).toEqual([
      '2026-11-20T22:40',
      '2026-11-23T21:00',
      '2026-11-23T21:20',
    ])
  })

  it('finds rare days', () => {
    expect(next(cron('0 12 29 2 *', 'UTC'), '2096-03-01T00:00:00Z', 1)).toEqual(['2104-02-29T12:00'])
    expect(next(cron('0 12 L * *', 'UTC'), '2026-02-01T00:00:00Z', 1)).toEqual(['2026-02-28T12:00'])
  })

  it("uses the system's zone when none is given", () => {
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
    const after = '2026-11-22T10:00:00Z'
    expect(next({ every: 'day', at: '02:30' }, after, 1)).toEqual(next(nightly(zone), after, 1))
  })
})

describe('the day on which the clock leaps forward', () => {
  it('runs what was leapt over once, right after the leap', () => {
    expect(next(nightly('Europe/Berlin'), '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00', // the wall goes from 02:00 to 03:00
      '2026-03-30T00:30',
    ])
    expect(next(cron('*/15 2 * * *', 'America/New_York'), '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08T07:00',
      '2026-03-09T06:00',
    ])
  })

  it('handles a leap at midnight', () => {
    expect(next({ every: 'day', at: '00:15', zone: 'Asia/Beirut' }, '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-28T22:00',
      '2026-03-29T21:15',
    ])
  })

  it('handles a whole day that never was', () => {
    expect(next(nightly('Pacific/Apia'), '2011-12-29T20:00:00Z', 2)).toEqual([
      '2011-12-30T10:00', // 30 December was left out
      '2011-12-30T12:30',
    ])
  })
})

describe('the day on which the clock is set back', () => {
  it('runs a time that comes twice once, the first time', () => {
    expect(next(nightly('Europe/Berlin'), '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(next({ every: 'day', at: '01:30', zone: 'America/New_York' }, '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ])
  })

  it('handles a clock set back across midnight', () => {
    // In Nuuk the clock goes from 00:00 back to 23:00 of the day before.
    const plan: Plan = { every: 'hour', minute: 30, zone: 'America/Nuuk' }
    expect(next(plan, '2026-10-24T23:45:00Z', 3)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-25T02:30',
    ])
  })
})

describe('hourly plans', () => {
  it.each(['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'America/Nuuk'])(
    'run each real hour while clocks change in %s',
    (zone) => {
      const plan: Plan = { every: 'hour', minute: 5, zone }
      for (const start of ['2026-03-05T00:00:00Z', '2026-10-20T00:00:00Z']) {
        let at = nextDue(plan, Date.parse(start))
        for (let hours = 0; hours < 26 * 24; hours++) {
          const then = nextDue(plan, at)
          expect(then - at).toBe(3_600_000)
          at = then
        }
      }
    },
  )
})

describe('the newest time due', () => {
  it('is found over any stretch', () => {
    const plan = nightly('Europe/Berlin')
    const due = Date.parse('2020-01-01T01:30:00Z')
    expect(latestDue(plan, due, due)).toBe(due)
    expect(latestDue(plan, due, due + 23 * 3_600_000)).toBe(due)
    const now = Date.parse('2026-10-25T00:30:00Z')
    expect(latestDue(plan, due, now)).toBe(now)
    expect(latestDue(plan, due, now + 90 * 60_000)).toBe(now)
    expect(latestDue(plan, due, now - 1)).toBe(Date.parse('2026-10-24T00:30:00Z'))
  })
})

describe('what is no plan', () => {
  it.each([
    [{ every: 'day', at: '24:00' }, /02:30/],
    [{ every: 'day', at: '02:30', zone: 'Mars/Olympus' }, /time zone/],
    [{ every: 'hour', minute: 60 }, /minute/],
    [{ every: 'cron', cron: '61 * * * *' }, /minute/],
    [{ every: 'cron', cron: 'often' }, /cron expression/],
    [{ every: 'cron', cron: '*/5 * * * * *' }, /seconds/],
    [{ every: 'cron', cron: '0 0 30 2 *' }, /impossible/],
    [{ every: 'cron', cron: '0 0 31W 2,4 *' }, /never comes/],
    [{ every: 'week', on: 'caturday', at: '02:30' }, /on/],
    ['hourly', /object/],
  ])('%j is refused', (plan, why) => {
    expect(() => nextDue(Plan.parse(plan), Date.parse('2026-11-22T00:00:00Z'))).toThrow(why)
  })
})
