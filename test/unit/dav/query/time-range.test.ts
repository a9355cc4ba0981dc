/** Time ranges without recurrence: the tables of RFC 4791, 9.9, row by row and boundary by boundary. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesCalendarFilter } from '../../../../main/links/dav/query/calendar-filter.ts'
import { zoneNamed } from '../../../../main/replica/index/icalendar/zone-names.ts'
import { calendar, comp, component, event, inCalendar, isIn, range } from './objects.ts'

const HOUR = 3_600_000
const BASE = Date.parse('2026-03-01T00:00Z')
const written = (hours: number) => new Date(BASE + hours * HOUR).toISOString().replaceAll(/[-:]|\.000/g, '')
const shown = (hours: number) => new Date(BASE + hours * HOUR).toISOString().slice(0, 16)

describe('events', () => {
  const rows: [string, string[], string, string, boolean][] = [
    [
      'ends as the range starts',
      ['DTSTART:20260101T100000Z', 'DTEND:20260101T110000Z'],
      '2026-01-01T11:00',
      '2026-01-01T12:00',
      false,
    ],
    [
      'reaches one minute into it',
      ['DTSTART:20260101T100000Z', 'DTEND:20260101T110100Z'],
      '2026-01-01T11:00',
      '2026-01-01T12:00',
      true,
    ],
    [
      'starts as the range ends',
      ['DTSTART:20260101T120000Z', 'DTEND:20260101T130000Z'],
      '2026-01-01T11:00',
      '2026-01-01T12:00',
      false,
    ],
    [
      'covers it',
      ['DTSTART:20260101T000000Z', 'DTEND:20260103T000000Z'],
      '2026-01-02T11:00',
      '2026-01-02T12:00',
      true,
    ],
    [
      'lasts by its duration',
      ['DTSTART:20260101T100000Z', 'DURATION:PT90M'],
      '2026-01-01T11:00',
      '2026-01-01T12:00',
      true,
    ],
    [
      'takes no time at the start of the range',
      ['DTSTART:20260101T110000Z'],
      '2026-01-01T11:00',
      '2026-01-01T12:00',
      true,
    ],
    [
      'takes no time at its end',
      ['DTSTART:20260101T120000Z', 'DURATION:PT0S'],
      '2026-01-01T11:00',
      '2026-01-01T12:00',
      false,
    ],
    [
      'is a day that the range touches',
      ['DTSTART;VALUE=DATE:20260101'],
      '2026-01-01T23:59',
      '2026-01-02T12:00',
      true,
    ],
    ['is the day before', ['DTSTART;VALUE=DATE:20260101'], '2026-01-02T00:00', '2026-01-02T12:00', false],
    [
      'is three days',
      ['DTSTART;VALUE=DATE:20260101', 'DTEND;VALUE=DATE:20260104'],
      '2026-01-03T23:00',
      '2026-01-05T00:00',
      true,
    ],
    [
      'is over before an open range',
      ['DTSTART:20260101T100000Z', 'DTEND:20260101T110000Z'],
      '2026-01-01T11:00',
      '',
      false,
    ],
    ['comes in an open range', ['DTSTART:20360101T100000Z'], '2026-01-01T11:00', '', true],
    ['comes before an open start', ['DTSTART:20160101T100000Z'], '', '2026-01-01T11:00', true],
    ['comes after an open start', ['DTSTART:20260101T110000Z'], '', '2026-01-01T11:00', false],
    [
      'is in Berlin in summer',
      ['DTSTART;TZID=Europe/Berlin:20260701T120000', 'DURATION:PT1H'],
      '2026-07-01T10:59',
      '2026-07-01T12:00',
      true,
    ],
    [
      'is in Berlin in winter',
      ['DTSTART;TZID=Europe/Berlin:20260101T120000', 'DURATION:PT1H'],
      '2026-01-01T10:59',
      '2026-01-01T11:00',
      false,
    ],
    ['has no start', ['SUMMARY:x'], '2026-01-01', '', false],
    ['has a start that nobody can read', ['DTSTART:soon'], '2026-01-01', '2026-01-02', true],
  ]
  test.each(rows)('%s', (_name, lines, start, end, expected) => {
    expect(isIn(event(...lines), start, end)).toBe(expected)
  })

  test('floating times and days are those of the zone that the query names', () => {
    const tokyo = zoneNamed('Asia/Tokyo')!
    const floating = event('DTSTART:20260101T080000', 'DURATION:PT1H')
    expect(isIn(floating, '2025-12-31T23:30', '2025-12-31T23:40', 'VEVENT', tokyo)).toBe(true)
    expect(isIn(floating, '2026-01-01T08:30', '2026-01-01T08:40', 'VEVENT', tokyo)).toBe(false)
    const day = event('DTSTART;VALUE=DATE:20260101')
    expect(isIn(day, '2025-12-31T15:00', '2025-12-31T15:01', 'VEVENT', tokyo)).toBe(true)
    expect(isIn(day, '2026-01-01T15:00', '2026-01-01T15:01', 'VEVENT', tokyo)).toBe(false)
  })
})

describe('tasks', () => {
  /** The table as RFC 4791, 9.9 writes it, on hours. */
  function byTheTable(task: Task, start: number, end: number): boolean {
    const { from, due, duration, completed, created } = task
    if (from !== undefined && duration !== undefined) {
      return start <= from + duration && (end > from || end >= from + duration)
    }
    if (from !== undefined && due !== undefined)
      return (start < due || start <= from) && (end > from || end >= due)
    if (from !== undefined) return start <= from && end > from
    if (due !== undefined) return start < due && end >= due
    if (completed !== undefined && created !== undefined) {
      return (start <= created || start <= completed) && (end >= created || end >= completed)
    }
    if (completed !== undefined) return start <= completed && end >= completed
    return created === undefined || end > created
  }

  interface Task {
    from: number | undefined
    due: number | undefined
    duration: number | undefined
    completed: number | undefined
    created: number | undefined
  }

  const hour = fc.integer({ min: 0, max: 6 })
  const maybe = fc.option(hour, { nil: undefined })
  const tasks = fc
    .record({ from: maybe, later: maybe, asDuration: fc.boolean(), completed: maybe, created: maybe })
    .map(({ from, later, asDuration, completed, created }): Task => {
      const isDuration = asDuration && from !== undefined
      const due = isDuration || later === undefined ? undefined : (from ?? 0) + later
      return { from, due, duration: isDuration ? later : undefined, completed, created }
    })

  test('match as the table says', () => {
    fc.assert(
      fc.property(tasks, hour, fc.integer({ min: 1, max: 6 }), (task, start, length) => {
        const { from, due, duration, completed, created } = task
        const lines = [
          from !== undefined && `DTSTART:${written(from)}`,
          due !== undefined && `DUE:${written(due)}`,
          duration !== undefined && `DURATION:PT${duration}H`,
          completed !== undefined && `COMPLETED:${written(completed)}`,
          created !== undefined && `CREATED:${written(created)}`,
        ].filter((line) => line !== false)
        const bytes = calendar(...component('VTODO', 'UID:1', ...lines))
        expect(isIn(bytes, shown(start), shown(start + length), 'VTODO')).toBe(
          byTheTable(task, start, start + length),
        )
      }),
      { numRuns: 1500 },
    )
  })
})

test('journal entries are at their date, or nowhere', () => {
  const journal = (...lines: string[]) => calendar(...component('VJOURNAL', ...lines))
  expect(isIn(journal('DTSTART:20260101T100000Z'), '2026-01-01T10:00', '2026-01-01T11:00', 'VJOURNAL')).toBe(
    true,
  )
  expect(isIn(journal('DTSTART:20260101T100000Z'), '2026-01-01T10:01', '2026-01-01T11:00', 'VJOURNAL')).toBe(
    false,
  )
  expect(
    isIn(journal('DTSTART;VALUE=DATE:20260101'), '2026-01-01T23:00', '2026-01-01T23:30', 'VJOURNAL'),
  ).toBe(true)
  expect(isIn(journal('SUMMARY:x'), '2026-01-01', '', 'VJOURNAL')).toBe(false)
})

test('free-busy times by their span or their periods', () => {
  const times = (...lines: string[]) => calendar(...component('VFREEBUSY', ...lines))
  const span = times('DTSTART:20260101T100000Z', 'DTEND:20260101T120000Z')
  expect(isIn(span, '2026-01-01T12:00', '2026-01-01T13:00', 'VFREEBUSY')).toBe(true)
  expect(isIn(span, '2026-01-01T12:01', '2026-01-01T13:00', 'VFREEBUSY')).toBe(false)
  const periods = times('FREEBUSY:20260101T100000Z/PT1H,20260105T100000Z/20260105T110000Z')
  expect(isIn(periods, '2026-01-05T10:59', '2026-01-05T12:00', 'VFREEBUSY')).toBe(true)
  expect(isIn(periods, '2026-01-02', '2026-01-03', 'VFREEBUSY')).toBe(false)
  expect(isIn(times('SUMMARY:x'), '2026-01-02', '2026-01-03', 'VFREEBUSY')).toBe(false)
})

describe('alarms', () => {
  const rows: [string, string[], string, string, boolean][] = [
    ['before the start', ['TRIGGER:-PT15M'], '2026-01-01T09:45', '2026-01-01T09:46', true],
    ['not any more at the start', ['TRIGGER:-PT15M'], '2026-01-01T09:46', '2026-01-01T11:00', false],
    ['a day before', ['TRIGGER:-P1D'], '2025-12-31T10:00', '2025-12-31T10:01', true],
    ['after the end', ['TRIGGER;RELATED=END:PT5M'], '2026-01-01T11:05', '2026-01-01T11:06', true],
    [
      'at a fixed time',
      ['TRIGGER;VALUE=DATE-TIME:20251224T180000Z'],
      '2025-12-24T18:00',
      '2025-12-24T18:01',
      true,
    ],
    [
      'again and again',
      ['TRIGGER:-PT15M', 'REPEAT:4', 'DURATION:PT5M'],
      '2026-01-01T10:05',
      '2026-01-01T10:06',
      true,
    ],
    [
      'and no more',
      ['TRIGGER:-PT15M', 'REPEAT:4', 'DURATION:PT5M'],
      '2026-01-01T10:06',
      '2026-01-01T11:00',
      false,
    ],
    ['without a time that can be read', ['TRIGGER:whenever'], '2026-01-01', '', false],
  ]
  const alarmIn = (start: string, end: string) =>
    inCalendar(comp('VEVENT', { comps: [comp('VALARM', { timeRange: range(start, end) })] }))

  test.each(rows)('%s', (_name, lines, start, end, expected) => {
    const bytes = event(
      'DTSTART:20260101T100000Z',
      'DTEND:20260101T110000Z',
      ...component('VALARM', ...lines),
    )
    expect(matchesCalendarFilter(alarmIn(start, end), bytes)).toBe(expected)
  })

  test('of any instance of a series', () => {
    const bytes = event(
      'DTSTART:20260101T100000Z',
      'RRULE:FREQ=WEEKLY',
      ...component('VALARM', 'TRIGGER:-P3D'),
    )
    expect(matchesCalendarFilter(alarmIn('2030-01-07T10:00', '2030-01-07T10:01'), bytes)).toBe(true)
    expect(matchesCalendarFilter(alarmIn('2030-01-08T10:00', '2030-01-08T10:01'), bytes)).toBe(false)
  })
})

test('properties with a date or time', () => {
  const done = (start: string, end: string) =>
    inCalendar(
      comp('VTODO', {
        props: [
          {
            name: 'COMPLETED',
            isNotDefined: false,
            timeRange: range(start, end),
            textMatch: null,
            params: [],
          },
        ],
      }),
    )
  const bytes = calendar(...component('VTODO', 'COMPLETED:20260101T100000Z'))
  expect(matchesCalendarFilter(done('2026-01-01T10:00', '2026-01-01T10:01'), bytes)).toBe(true)
  expect(matchesCalendarFilter(done('2026-01-01T10:01', '2026-01-02'), bytes)).toBe(false)
})
