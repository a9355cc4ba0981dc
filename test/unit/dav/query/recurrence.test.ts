/** Time ranges over recurring objects: exceptions, edges of summer time, rules without end, and a count of instances by other means. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeByIndex, matchesCalendarFilter } from '../../../../main/links/dav/query/calendar-filter.ts'
import { readCalendar } from '../../../../main/replica/index/calendar.ts'
import { describeCorpus } from '../../../corpus.ts'
import { HANG } from '../../hang.ts'
import { calendar, comp, component, event, inCalendar, isIn } from './objects.ts'

const DAY = 86_400_000
const HOUR = 3_600_000

const WEEKLY = ['UID:1', 'DTSTART:20260105T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY']
const override = (id: string, ...lines: string[]) =>
  component('VEVENT', 'UID:1', `RECURRENCE-ID${id}`, ...lines)

describe('exceptions', () => {
  const moved = calendar(
    ...component('VEVENT', ...WEEKLY, 'EXDATE:20260119T100000Z'),
    ...override(':20260112T100000Z', 'DTSTART:20260114T150000Z', 'DURATION:PT1H'),
  )
  const rows: [string, string, string, boolean][] = [
    ['the instances of the rule are there', '2026-01-05', '2026-01-06', true],
    ['nothing is between them', '2026-01-06', '2026-01-12', false],
    ['not where a moved one was', '2026-01-12', '2026-01-13', false],
    ['but where it is', '2026-01-14', '2026-01-15', true],
    ['not where one was deleted', '2026-01-19', '2026-01-20', false],
    ['and it goes on', '2046-01-01T09:00', '2046-01-02', true],
    ['not before it began', '2025-01-01', '2026-01-05', false],
  ]
  test.each(rows)('%s', (_name, start, end, expected) => {
    // 2046-01-01 is a Monday.
    expect(isIn(moved, start, end)).toBe(expected)
  })

  test('one moved far out of a series that has ended is found there', () => {
    const bytes = calendar(
      ...component('VEVENT', 'UID:1', 'DTSTART:20200106T100000Z', 'RRULE:FREQ=WEEKLY;COUNT=3'),
      ...override(':20200113T100000Z', 'DTSTART:20300101T100000Z'),
    )
    expect(isIn(bytes, '2026-01-01')).toBe(true)
    expect(isIn(bytes, '2020-01-13', '2020-01-14')).toBe(false)
  })

  test('an exception without its series stands for itself', () => {
    const bytes = calendar(...override(':20260112T100000Z', 'DTSTART:20260114T150000Z'))
    expect(isIn(bytes, '2026-01-14', '2026-01-15')).toBe(true)
    expect(isIn(bytes, '2026-01-12', '2026-01-13')).toBe(false)
  })

  test('this and all later ones move and last as the first of them', () => {
    const bytes = calendar(
      ...component('VEVENT', ...WEEKLY),
      ...override(';RANGE=THISANDFUTURE:20260119T100000Z', 'DTSTART:20260120T130000Z', 'DURATION:PT3H'),
    )
    expect(isIn(bytes, '2026-01-12T10:00', '2026-01-12T11:00')).toBe(true)
    expect(isIn(bytes, '2026-01-19', '2026-01-20')).toBe(false)
    expect(isIn(bytes, '2026-01-20T15:30', '2026-01-20T15:40')).toBe(true)
    expect(isIn(bytes, '2030-01-08T15:30', '2030-01-08T15:40')).toBe(true)
    expect(isIn(bytes, '2030-01-07', '2030-01-08')).toBe(false)
  })

  test('dates may exclude times, and times dates, as various programs write them', () => {
    const byDate = event(
      'DTSTART;TZID=Europe/Berlin:20260701T090000',
      'RRULE:FREQ=DAILY',
      'EXDATE;VALUE=DATE:20260703',
    )
    expect(isIn(byDate, '2026-07-03T00:00', '2026-07-03T22:00')).toBe(false)
    const floating = event(
      'DTSTART;TZID=Europe/Berlin:20260701T090000',
      'RRULE:FREQ=DAILY',
      'EXDATE:20260703T090000',
    )
    expect(isIn(floating, '2026-07-03T00:00', '2026-07-03T22:00')).toBe(false)
    const byTime = event('DTSTART;VALUE=DATE:20260701', 'RRULE:FREQ=DAILY', 'EXDATE:20260703T000000')
    expect(isIn(byTime, '2026-07-03T00:00', '2026-07-03T22:00')).toBe(false)
  })

  test('extra dates, with and without a length of their own', () => {
    const bytes = event(
      'DTSTART:20260105T100000Z',
      'DURATION:PT1H',
      'RDATE:20260201T100000Z',
      'RDATE;VALUE=PERIOD:20260301T100000Z/PT6H',
    )
    expect(isIn(bytes, '2026-02-01T10:59', '2026-02-01T11:30')).toBe(true)
    expect(isIn(bytes, '2026-02-01T11:00', '2026-02-01T12:00')).toBe(false)
    expect(isIn(bytes, '2026-03-01T15:59', '2026-03-01T16:30')).toBe(true)
  })

  test('exception rules of the old standard', () => {
    const bytes = event(
      'DTSTART:19970905T090000Z',
      'RRULE:FREQ=WEEKLY;BYDAY=FR',
      'EXRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
    )
    expect(isIn(bytes, '1998-02-13', '1998-02-14')).toBe(false)
    expect(isIn(bytes, '1998-02-20', '1998-02-21')).toBe(true)
  })

  test('an event that lasts for weeks is found at its end', () => {
    const bytes = event(
      'DTSTART:20260101T000000Z',
      'DURATION:P40D',
      'RRULE:FREQ=YEARLY;UNTIL=20270101T000000Z',
    )
    expect(isIn(bytes, '2027-02-09T00:00', '2027-02-10')).toBe(true)
    expect(isIn(bytes, '2027-02-10')).toBe(false)
  })
})

describe('summer time in Berlin (from 29 March to 25 October 2026, at 01:00 UTC)', () => {
  const daily = event('DTSTART;TZID=Europe/Berlin:20260301T023000', 'DURATION:PT10M', 'RRULE:FREQ=DAILY')
  const rows: [string, string, boolean][] = [
    ['2026-03-28T01:30', '2026-03-28T01:31', true],
    // 02:30 does not exist that night and is read by the offset before.
    ['2026-03-29T01:30', '2026-03-29T01:31', true],
    ['2026-03-29T00:30', '2026-03-29T00:31', false],
    ['2026-03-30T00:30', '2026-03-30T00:31', true],
    ['2026-03-30T01:30', '2026-03-30T01:31', false],
    // 02:30 comes twice that night; the first one counts.
    ['2026-10-25T00:30', '2026-10-25T00:31', true],
    ['2026-10-25T01:30', '2026-10-25T01:31', false],
    ['2026-10-26T01:30', '2026-10-26T01:31', true],
  ]
  test.each(rows)('%s to %s: %s', (start, end, expected) => {
    expect(isIn(daily, start, end)).toBe(expected)
  })

  test('a length given by an end is exact, one given in days follows the clock', () => {
    const byEnd = event(
      'DTSTART;TZID=Europe/Berlin:20260327T120000',
      'DTEND;TZID=Europe/Berlin:20260328T120000',
      'RRULE:FREQ=DAILY;COUNT=2',
    )
    expect(isIn(byEnd, '2026-03-29T10:30', '2026-03-29T10:40')).toBe(true)
    const byDays = event(
      'DTSTART;TZID=Europe/Berlin:20260327T120000',
      'DURATION:P1D',
      'RRULE:FREQ=DAILY;COUNT=2',
    )
    expect(isIn(byDays, '2026-03-29T10:30', '2026-03-29T10:40')).toBe(false)
  })
})

/** Offset of Berlin since 1996, by the rule of the European Union and not by the code under test. */
function berlinOffset(moment: number): number {
  const year = new Date(moment).getUTCFullYear()
  const lastSunday = (month: number) => {
    const last = new Date(Date.UTC(year, month + 1, 0, 1))
    return last.getTime() - last.getUTCDay() * DAY
  }
  return moment >= lastSunday(2) && moment < lastSunday(9) ? 2 * HOUR : HOUR
}

describe('against a count of the instances', () => {
  const series = fc.record({
    day: fc.integer({ min: 20_000, max: 20_400 }),
    hour: fc.integer({ min: 4, max: 23 }),
    length: fc.integer({ min: 0, max: 30 }),
    interval: fc.integer({ min: 1, max: 9 }),
    unit: fc.constantFrom(1, 7),
    count: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    excluded: fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { maxLength: 4 }),
    moved: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -40, max: 40 })), {
      maxLength: 3,
      selector: ([index]) => index,
    }),
    from: fc.integer({ min: -200, max: 4000 }),
    hours: fc.integer({ min: 1, max: 60 }),
    isOpen: fc.boolean(),
  })

  test('a range matches when an instance is in it, and the index never says otherwise', () => {
    fc.assert(
      fc.property(
        series,
        ({ day, hour, length, interval, unit, count, excluded, moved, from, hours, isOpen }) => {
          const wallOf = (index: number) => (day + index * interval * unit) * DAY + hour * HOUR
          const momentOf = (wall: number) => wall - berlinOffset(wall - HOUR)
          const text = (wall: number) => new Date(wall).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
          const line = (name: string, wall: number) => `${name};TZID=Europe/Berlin:${text(wall)}`
          const movedIndexes = new Map(moved.filter(([index]) => index < (count ?? 99)))
          const skipped = excluded.filter((index) => !movedIndexes.has(index))
          const rule = `RRULE:FREQ=${unit === 1 ? 'DAILY' : 'WEEKLY'};INTERVAL=${interval}${count ? `;COUNT=${count}` : ''}`
          const bytes = calendar(
            ...component(
              'VEVENT',
              'UID:1',
              line('DTSTART', wallOf(0)),
              `DURATION:PT${length}H`,
              rule,
              ...skipped.map((index) => line('EXDATE', wallOf(index))),
            ),
            ...[...movedIndexes].flatMap(([index, shift]) =>
              component(
                'VEVENT',
                'UID:1',
                line('RECURRENCE-ID', wallOf(index)),
                line('DTSTART', wallOf(index) + shift * HOUR),
                `DURATION:PT${length}H`,
              ),
            ),
          )
          const start = momentOf(wallOf(0)) + from * HOUR
          const end = isOpen ? Number.POSITIVE_INFINITY : start + hours * HOUR
          // Moved ones within an hour that is skipped or doubled are left to the tests above.
          let expected = false
          for (let index = 0; index < (count ?? 400); index++) {
            if (skipped.includes(index)) continue
            const startsAt = momentOf(wallOf(index) + (movedIndexes.get(index) ?? 0) * HOUR)
            const endsAt = startsAt + length * HOUR
            const overlaps =
              length > 0 ? start < endsAt && end > startsAt : start <= startsAt && end > startsAt
            expected ||= overlaps
          }
          const filter = inCalendar(comp('VEVENT', { timeRange: { start, end } }))
          expect(matchesCalendarFilter(filter, bytes)).toBe(expected)
          expect([expected, undefined]).toContain(judgeByIndex(filter, readCalendar(bytes)))
        },
      ),
      { numRuns: 800 },
    )
  })
})

describeCorpus('the index and the objects of the corpus', 'icalendars', (files) => {
  test('never disagree', () => {
    const objects = files.map((file) => ({
      name: file.name,
      bytes: file.bytes(),
      facts: readCalendar(file.bytes()),
    }))
    const small = objects.filter(({ bytes }) => bytes.length < 20_000)
    const ranges = fc.record({
      day: fc.integer({ min: 9000, max: 21_000 }),
      days: fc.integer({ min: 1, max: 2000 }),
      isOpen: fc.boolean(),
      name: fc.constantFrom('VEVENT', 'VEVENT', 'VTODO', 'VJOURNAL'),
    })
    let judged = 0
    fc.assert(
      fc.property(ranges, ({ day, days, isOpen, name }) => {
        const end = isOpen ? Number.POSITIVE_INFINITY : (day + days) * DAY
        const filter = inCalendar(comp(name, { timeRange: { start: day * DAY, end } }))
        for (const { name: file, bytes, facts } of small) {
          const judgement = judgeByIndex(filter, facts)
          if (judgement === undefined) continue
          judged++
          expect(matchesCalendarFilter(filter, bytes), file).toBe(judgement)
        }
      }),
      { numRuns: 25 },
    )
    expect(judged).toBeGreaterThan(500)
  })
})

describe('rules made to hurt', () => {
  const rules = [
    'FREQ=SECONDLY',
    'FREQ=SECONDLY;COUNT=1000000000',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;COUNT=1000000',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'W2 TU TH #4',
  ]
  test.each(rules)('%s costs little, and in doubt it matches', (rule) => {
    const bytes = event('DTSTART:19900101T100000Z', `RRULE:${rule}`, 'SUMMARY:x')
    const before = performance.now()
    if (rule !== 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30') expect(isIn(bytes, '2026-01-01')).toBe(true)
    isIn(bytes, '2026-01-01', '2026-01-02')
    expect(performance.now() - before).toBeLessThan(HANG)
  })

  test('a filter that only an exception fits does not follow the rule', () => {
    const bytes = calendar(
      ...component('VEVENT', ...WEEKLY),
      ...override(':20260112T100000Z', 'DTSTART:20260114T150000Z', 'SUMMARY:Moved'),
    )
    const summary = { name: 'SUMMARY', isNotDefined: false, timeRange: null, textMatch: null, params: [] }
    const moved = (start: number) =>
      inCalendar(comp('VEVENT', { props: [summary], timeRange: { start, end: Number.POSITIVE_INFINITY } }))
    expect(matchesCalendarFilter(moved(Date.UTC(2026, 0, 1)), bytes)).toBe(true)
    expect(matchesCalendarFilter(moved(Date.UTC(2026, 1, 1)), bytes)).toBe(false)
  })
})

test('DAVx5’s query over 5,000 events reads only those that go on for ever', () => {
  const start = Date.UTC(2026, 7, 24)
  const filter = inCalendar(comp('VEVENT', { timeRange: { start, end: Number.POSITIVE_INFINITY } }))
  const events = Array.from({ length: 5000 }, (_, n) => {
    const day = new Date(Date.UTC(2015, 0, 1) + n * DAY).toISOString().slice(0, 10).replaceAll('-', '')
    const bytes = event(
      `DTSTART;TZID=Europe/Berlin:${day}T090000`,
      'DURATION:PT1H',
      ...(n % 20 === 0 ? ['RRULE:FREQ=WEEKLY'] : []),
    )
    return { bytes, facts: readCalendar(bytes) }
  })
  const before = performance.now()
  let read = 0
  const found = events.filter(({ bytes, facts }) => {
    const judgement = judgeByIndex(filter, facts)
    if (judgement === undefined) read++
    return judgement ?? matchesCalendarFilter(filter, bytes)
  })
  expect(performance.now() - before).toBeLessThan(HANG)
  expect(read).toBeLessThan(260)
  expect(found.length).toBeGreaterThan(250 + 700)
})
