/** Recurrence rules: a brute-force count of generated rules, another library, and rules made to hurt. */
import fc from 'fast-check'
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { civilOf, DAY, dayOf, weekdayOf } from '../../../../main/replica/index/icalendar/day.ts'
import { parseRule } from '../../../../main/replica/index/icalendar/rule.ts'
import { lastStart, startsOf } from '../../../../main/replica/index/icalendar/rule-starts.ts'
import { HANG } from '../../hang.ts'
import { ENOUGH, pattern, starts, take, written } from './rules.ts'

test('the first start counts even where the rule does not make it', () => {
  expect(starts('20260101T090000', 'FREQ=WEEKLY;BYDAY=MO;COUNT=3')).toEqual([
    '2026-01-01T09:00',
    '2026-01-05T09:00',
    '2026-01-12T09:00',
  ])
})

test('a date as UNTIL means all of that day', () => {
  expect(starts('20260101T230000', 'FREQ=DAILY;UNTIL=20260102')).toHaveLength(2)
})

describe('against counting day by day', () => {
  const dayRules = fc.record({
    frequency: fc.constantFrom('DAILY', 'WEEKLY'),
    interval: fc.integer({ min: 1, max: 5 }),
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
    months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
    weekStart: fc.integer({ min: 0, max: 6 }),
    start: fc.integer({ min: 0, max: 20_000 }),
    skip: fc.integer({ min: 0, max: 900 }),
  })
  const NAMES = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

  test('daily and weekly rules make the days that a calendar shows, from wherever one begins to look', () => {
    fc.assert(
      fc.property(dayRules, ({ frequency, interval, days, months, weekStart, start, skip }) => {
        const parts = [`FREQ=${frequency}`, `INTERVAL=${interval}`, `WKST=${NAMES[weekStart]}`]
        if (days.length > 0) parts.push(`BYDAY=${days.map((day) => NAMES[day]).join(',')}`)
        if (months.length > 0) parts.push(`BYMONTH=${months.join(',')}`)
        const startText = new Date(start * DAY).toISOString().slice(0, 10)
        const weekOf = (day: number) => Math.floor((day - ((weekdayOf(day) - weekStart + 7) % 7)) / 7)
        const expected: number[] = []
        for (let day = start; day <= start + 1000; day++) {
          const isMonth = months.length === 0 || months.includes(civilOf(day).month)
          const isTurn =
            frequency === 'DAILY'
              ? (day - start) % interval === 0 && (days.length === 0 || days.includes(weekdayOf(day)))
              : (weekOf(day) - weekOf(start)) % interval === 0 &&
                (days.length === 0 ? weekdayOf(day) === weekdayOf(start) : days.includes(weekdayOf(day)))
          if ((day === start || (isTurn && isMonth)) && day >= start + skip) expected.push(day)
        }
        const found: number[] = []
        for (const wall of startsOf(pattern(startText, parts.join(';')), (start + skip) * DAY, {
          left: ENOUGH,
        })) {
          if (wall > (start + 1000) * DAY) break
          found.push(wall / DAY)
        }
        expect(found).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('looking in the middle of a rule finds what following it from the start finds', () => {
    const rules = fc.constantFrom(
      'FREQ=YEARLY',
      'FREQ=YEARLY;INTERVAL=3;BYMONTH=2,8;BYDAY=-1SU',
      'FREQ=YEARLY;BYWEEKNO=1,-1;BYDAY=MO,SU',
      'FREQ=YEARLY;INTERVAL=2;BYYEARDAY=1,-1,100',
      'FREQ=MONTHLY;BYMONTHDAY=31',
      'FREQ=MONTHLY;INTERVAL=7;BYDAY=2TU,-1FR',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1',
      'FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,WE;WKST=SU',
      'FREQ=DAILY;INTERVAL=11;BYHOUR=6,18',
    )
    fc.assert(
      fc.property(
        rules,
        fc.integer({ min: 0, max: 4000 }),
        fc.integer({ min: 0, max: 20_000 }),
        (rule, skip, start) => {
          const startText = `${new Date(start * DAY).toISOString().slice(0, 10)}T063000`
          const from = (start + skip) * DAY
          const to = from + 2000 * DAY
          const until = (walls: Iterable<number>) => {
            const found: number[] = []
            for (const wall of walls) {
              if (wall > to) break
              if (wall >= from) found.push(wall)
            }
            return found
          }
          const all = until(startsOf(pattern(startText, rule), Number.NEGATIVE_INFINITY, { left: ENOUGH }))
          const some = until(startsOf(pattern(startText, rule), from, { left: ENOUGH }))
          expect(some).toEqual(all)
          expect(lastStart(pattern(startText, rule), to, { left: ENOUGH })).toBe(
            all.at(-1) ?? expect.anything(),
          )
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('beside ical.js, which many calendars use', () => {
  // Only rules that both understand alike: ical.js leaves out first starts that the rule does not make, so they are cut here.
  const rules = fc.oneof(
    fc.record({
      freq: fc.constant('MONTHLY'),
      interval: fc.integer({ min: 1, max: 4 }),
      by: fc.oneof(
        fc
          .uniqueArray(fc.integer({ min: 1, max: 28 }), { minLength: 1, maxLength: 3 })
          .map((days) => `BYMONTHDAY=${days.join(',')}`),
        fc.constantFrom(
          'BYDAY=1MO',
          'BYDAY=-1FR',
          'BYDAY=2TU,4TU',
          'BYDAY=SA,SU',
          'BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
        ),
      ),
    }),
    fc.record({
      freq: fc.constant('YEARLY'),
      interval: fc.integer({ min: 1, max: 3 }),
      by: fc.constantFrom(
        'BYMONTH=3;BYDAY=-1SU',
        'BYMONTH=11;BYDAY=1SU',
        'BYMONTH=1,7;BYMONTHDAY=4',
        'BYMONTH=5;BYDAY=MO',
        'BYMONTHDAY=9;BYMONTH=9',
      ),
    }),
    fc.record({
      freq: fc.constant('WEEKLY'),
      interval: fc.integer({ min: 1, max: 4 }),
      by: fc.constantFrom('BYDAY=MO', 'BYDAY=TU,TH', 'BYDAY=SA,SU', 'BYDAY=MO,WE,FR'),
    }),
  )

  test('the same starts', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 10_000, max: 22_000 }), ({ freq, interval, by }, day) => {
        const rule = `FREQ=${freq};INTERVAL=${interval};${by}`
        const start = `${new Date(day * DAY).toISOString().slice(0, 10)}T101500`
        const aligned = starts(start, rule.replace(/INTERVAL=\d;/, ''), 2)
          .at(-1)!
          .replace('T10:15', 'T101500')
        const ours = starts(aligned, rule, 30)
        const iterator = ICAL.Recur.fromString(rule).iterator(
          ICAL.Time.fromDateTimeString(`${aligned.slice(0, 10)}T10:15:00`),
        )
        const theirs = ours.map(() => iterator.next().toString().slice(0, 16))
        expect(ours).toEqual(theirs)
      }),
      { numRuns: 300 },
    )
  })
})

describe('rules made to hurt', () => {
  const rules = [
    'FREQ=SECONDLY',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=YEARLY;BYMONTH=4;BYDAY=1MO;BYMONTHDAY=15',
    'FREQ=HOURLY;INTERVAL=24;BYHOUR=3',
    'FREQ=MINUTELY;COUNT=1000000000;BYSECOND=59',
    'FREQ=YEARLY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366',
    `FREQ=SECONDLY;INTERVAL=9007199254740991`,
    `FREQ=YEARLY;INTERVAL=99999999999999999999`,
    'FREQ=WEEKLY;UNTIL=99991231;BYSETPOS=7',
  ]
  test.each(rules)('%s is given up or finished at once', (rule) => {
    const before = performance.now()
    const work = { left: 100_000 }
    let count = 0
    for (const _start of startsOf(pattern('20260101T100000', rule), Number.NEGATIVE_INFINITY, work)) count++
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(100_001)
    expect(performance.now() - before).toBeLessThan(HANG)
  })

  test('ends at the end of the calendar', () => {
    const last = take(
      startsOf(pattern('99970101', 'FREQ=YEARLY'), Number.NEGATIVE_INFINITY, { left: ENOUGH }),
      10,
    )
    expect(last.map(written)).toEqual(['9997-01-01T00:00', '9998-01-01T00:00', '9999-01-01T00:00'])
  })

  test.each([
    '',
    'COUNT=3',
    'FREQ=SOMETIMES',
    'FREQ=DAILY;BYHOUR=25',
    'FREQ=DAILY;BYDAY=XX',
    'FREQ=DAILY;UNTIL=tomorrow',
    'FREQ=YEARLY;RSCALE=HEBREW',
    'W2 TU TH #4',
    'RRULE:AnythingRandom;FREQ=WEEKLY',
  ])('%s is no rule', (text) => {
    expect(parseRule(text)).toBeUndefined()
  })
})

test('days and their numbers agree with the calendar of the machine', () => {
  fc.assert(
    fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (day) => {
      const { year, month, day: date } = civilOf(day)
      expect(dayOf(year, month, date)).toBe(day)
      expect(weekdayOf(day)).toBe(new Date(day * DAY).getUTCDay())
    }),
  )
})
