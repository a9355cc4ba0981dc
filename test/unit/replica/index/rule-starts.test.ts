/** Recurrence rules: the examples of RFC 5545, a brute-force count of generated rules, another library, and rules made to hurt. */
import fc from 'fast-check'
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { civilOf, DAY, dayOf, weekdayOf } from '../../../../main/replica/index/icalendar/day.ts'
import { parseRule } from '../../../../main/replica/index/icalendar/rule.ts'
import { lastStart, type Pattern, startsOf } from '../../../../main/replica/index/icalendar/rule-starts.ts'
import { parseTime } from '../../../../main/replica/index/icalendar/time.ts'

const ENOUGH = 1_000_000

function pattern(start: string, rule: string): Pattern {
  const first = parseTime(start)!
  const parsed = parseRule(rule)
  if (!parsed) throw new Error(`no rule: ${rule}`)
  const until = parsed.until
    ? parsed.until.wall + (parsed.until.isDate ? DAY - 1 : 0)
    : Number.POSITIVE_INFINITY
  return { rule: parsed, first: first.wall, isDate: first.isDate, until }
}

function starts(start: string, rule: string, most = 1000, from = Number.NEGATIVE_INFINITY): string[] {
  return take(startsOf(pattern(start, rule), from, { left: ENOUGH }), most).map(written)
}

function take<T>(values: Iterable<T>, most: number): T[] {
  const taken: T[] = []
  for (const value of values) {
    taken.push(value)
    if (taken.length >= most) break
  }
  return taken
}

const written = (wall: number) => new Date(wall).toISOString().slice(0, 16)

describe('the examples of RFC 5545, 3.8.5.3', () => {
  // Start, rule, and the month and day (or day and time) of the starts; `...` for rules that go on.
  const examples: [string, string, string, string][] = [
    [
      'daily for 10 times',
      '19970902T090000',
      'FREQ=DAILY;COUNT=10',
      '09-02 09-03 09-04 09-05 09-06 09-07 09-08 09-09 09-10 09-11',
    ],
    ['every other day', '19970902T090000', 'FREQ=DAILY;INTERVAL=2', '09-02 09-04 09-06 09-08 ...'],
    [
      'every 10 days, 5 times',
      '19970902T090000',
      'FREQ=DAILY;INTERVAL=10;COUNT=5',
      '09-02 09-12 09-22 10-02 10-12',
    ],
    [
      'weekly for 10 times',
      '19970902T090000',
      'FREQ=WEEKLY;COUNT=10',
      '09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28 11-04',
    ],
    [
      'Tuesday and Thursday for 5 weeks',
      '19970902T090000',
      'FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH',
      '09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02',
    ],
    [
      'every other week on Monday, Wednesday and Friday',
      '19970901T090000',
      'FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR',
      '09-01 09-03 09-05 09-15 09-17 09-19 09-29 ...',
    ],
    [
      'the first Friday of the month',
      '19970905T090000',
      'FREQ=MONTHLY;COUNT=10;BYDAY=1FR',
      '09-05 10-03 11-07 12-05 01-02 02-06 03-06 04-03 05-01 06-05',
    ],
    [
      'first and last Sunday of every other month',
      '19970907T090000',
      'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
      '09-07 09-28 11-02 11-30 01-04 01-25 03-01 03-29 05-03 05-31',
    ],
    [
      'the second last Monday of the month',
      '19970922T090000',
      'FREQ=MONTHLY;COUNT=6;BYDAY=-2MO',
      '09-22 10-20 11-17 12-22 01-19 02-16',
    ],
    [
      'the third last day of the month',
      '19970928T090000',
      'FREQ=MONTHLY;BYMONTHDAY=-3',
      '09-28 10-29 11-28 12-29 01-29 02-26 ...',
    ],
    [
      'the 2nd and 15th',
      '19970902T090000',
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15',
      '09-02 09-15 10-02 10-15 11-02 11-15 12-02 12-15 01-02 01-15',
    ],
    [
      'first and last day of the month',
      '19970930T090000',
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
      '09-30 10-01 10-31 11-01 11-30 12-01 12-31 01-01 01-31 02-01',
    ],
    [
      '10th to 15th every 18 months',
      '19970910T090000',
      'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
      '09-10 09-11 09-12 09-13 09-14 09-15 03-10 03-11 03-12 03-13',
    ],
    [
      'every Tuesday, every other month',
      '19970902T090000',
      'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU',
      '09-02 09-09 09-16 09-23 09-30 11-04 11-11 ...',
    ],
    [
      'June and July',
      '19970610T090000',
      'FREQ=YEARLY;COUNT=10;BYMONTH=6,7',
      '06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10',
    ],
    [
      'January to March, every other year',
      '19970310T090000',
      'FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3',
      '03-10 01-10 02-10 03-10 01-10 02-10 03-10 01-10 02-10 03-10',
    ],
    [
      'days 1, 100 and 200 every third year',
      '19970101T090000',
      'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
      '01-01 04-10 07-19 01-01 04-09 07-18 01-01 04-10 07-19 01-01',
    ],
    ['every 20th Monday of the year', '19970519T090000', 'FREQ=YEARLY;BYDAY=20MO', '05-19 05-18 05-17 ...'],
    ['Monday of week 20', '19970512T090000', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '05-12 05-11 05-17 ...'],
    [
      'every Thursday in March',
      '19970313T090000',
      'FREQ=YEARLY;BYMONTH=3;BYDAY=TH',
      '03-13 03-20 03-27 03-05 03-12 03-19 03-26 ...',
    ],
    [
      'every Friday the 13th',
      '19980213T090000',
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
      '02-13 03-13 11-13 08-13 10-13 ...',
    ],
    [
      'the Saturday after the first Sunday',
      '19970913T090000',
      'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
      '09-13 10-11 11-08 12-13 01-10 02-07 ...',
    ],
    [
      'election day',
      '19961105T090000',
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      '11-05 11-07 11-02 ...',
    ],
    [
      'the third of Tuesday, Wednesday or Thursday',
      '19970904T090000',
      'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
      '09-04 10-07 11-06',
    ],
    [
      'the second last weekday',
      '19970929T090000',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
      '09-29 10-30 11-27 12-30 01-29 ...',
    ],
    [
      'the start of the week matters: Monday',
      '19970805T090000',
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
      '08-05 08-10 08-19 08-24',
    ],
    [
      'the start of the week matters: Sunday',
      '19970805T090000',
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
      '08-05 08-17 08-19 08-31',
    ],
    [
      'days that do not exist are left out',
      '20070115T090000',
      'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5',
      '01-15 01-30 02-15 03-15 03-30',
    ],
    ['29 February', '20040229', 'FREQ=YEARLY;COUNT=3', '02-29 02-29 02-29'],
  ]
  test.each(examples)('%s', (_name, start, rule, expected) => {
    const goesOn = expected.endsWith('...')
    const days = expected.split(' ').filter((day) => day !== '...')
    const found = starts(start, rule, goesOn ? days.length : 100).map((day) => day.slice(5, 10))
    expect(found).toEqual(days)
  })

  const byClock: [string, string, string, string][] = [
    [
      'every 3 hours until 17:00',
      '19970902T090000',
      'FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z',
      '09:00 12:00 15:00',
    ],
    [
      'every 15 minutes, 6 times',
      '19970902T090000',
      'FREQ=MINUTELY;INTERVAL=15;COUNT=6',
      '09:00 09:15 09:30 09:45 10:00 10:15',
    ],
    [
      'every hour and a half, 4 times',
      '19970902T090000',
      'FREQ=MINUTELY;INTERVAL=90;COUNT=4',
      '09:00 10:30 12:00 13:30',
    ],
    [
      'every 20 minutes from 9:00 to 10:40, as times of a day',
      '19970902T090000',
      'FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40;COUNT=7',
      '09:00 09:20 09:40 10:00 10:20 10:40 09:00',
    ],
    [
      'the same as a limited rule by minutes',
      '19970902T090000',
      'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;COUNT=7',
      '09:00 09:20 09:40 10:00 10:20 10:40 09:00',
    ],
    [
      'seconds in an hourly rule',
      '19970902T090000',
      'FREQ=HOURLY;BYMINUTE=0,30;COUNT=4',
      '09:00 09:30 10:00 10:30',
    ],
  ]
  test.each(byClock)('%s', (_name, start, rule, expected) => {
    expect(starts(start, rule).map((time) => time.slice(11))).toEqual(expected.split(' '))
  })
})

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
    expect(performance.now() - before).toBeLessThan(500)
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
