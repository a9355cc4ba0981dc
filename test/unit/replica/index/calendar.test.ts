/** Calendar objects of every kind and condition: what the index makes of them. */
import ICAL from 'ical.js'
import { expect, test } from 'vitest'
import { readCalendar } from '../../../../main/replica/index/calendar.ts'
import type { EventFacts } from '../../../../main/replica/index/facts.ts'
import { describeCorpus } from '../../../corpus.ts'
import { HANG } from '../../hang.ts'

function read(...lines: string[]): EventFacts {
  return readCalendar(Buffer.from(['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR', ''].join('\r\n')))
}

function event(...lines: string[]): EventFacts {
  return read('BEGIN:VEVENT', ...lines, 'END:VEVENT')
}

const at = (time: string) => Date.parse(`${time}Z`)

describeCorpus('real calendars', 'icalendars', (files) => {
  test('nearly all are readable, and all at once', () => {
    const before = performance.now()
    const unreadable = files.filter((file) => !readCalendar(file.bytes()).readable).map((file) => file.name)
    expect(performance.now() - before).toBeLessThan(HANG)
    // Zones, free-busy times and fragments without a start are all that is left.
    expect(unreadable.length).toBeLessThanOrEqual(14)
    expect(files.length).toBeGreaterThan(180)
  })

  const known: [string, Partial<EventFacts>][] = [
    [
      'biweekly/io/text/outlook-2010.ics',
      { title: 'Team Meeting', startsAt: at('2013-06-10T16:00'), endsAt: at('2013-06-10T17:00') },
    ],
    [
      'biweekly/issues/issue101.ics',
      { recurring: true, startsAt: at('2020-10-04T15:00'), endsAt: at('2020-10-09T16:00') },
    ],
    [
      'ical4j/valid/rfc5545-sec3.6.2.ics',
      { kind: 'task', component: 'VTODO', title: 'Submit Quebec Income Tax Return for 2006' },
    ],
    ['ical4j/valid/friday13.ics', { recurring: true, startsAt: at('1998-02-13T14:00'), endsAt: null }],
    ['ical4j/valid/mathBirthdays.ics', { recurring: true, allDay: true, endsAt: null }],
    ['ical4j/valid/derryn.ics', { place: 'UQI 1-223' }],
    ['khal/event_rrule_recuid.ics', { startsAt: at('2014-06-30T05:00'), endsAt: at('2014-08-04T10:00') }],
    ['khal/event_d_rdate.ics', { allDay: true, endsAt: at('2015-08-16T00:00') }],
    ['khal/event_dt_local_missing_tz.ics', { startsAt: at('2014-04-09T09:30') }],
    ['khal/tz_windows_format.ics', { startsAt: at('2019-11-20T12:00') }],
    [
      'khal/event_dt_recuid_no_master.ics',
      { title: 'Infrastructure Planning', endsAt: at('2017-03-29T16:25') },
    ],
    ['node-ical/test_with_int_tzid.ics', { endsAt: at('2024-01-08T11:00') }],
    ['node-ical/vtimezone-year-0001-dtstart.ics', { startsAt: at('2024-06-01T08:00') }],
    ['node-ical/exchange_whole_day_moved_recurrence.ics', { allDay: true, startsAt: at('2026-02-19T00:00') }],
    ['node-ical/floating-dtstart-custom-vtimezone.ics', { startsAt: at('2025-06-10T14:00') }],
    ['node-ical/yearly-recurring-unicode.ics', { title: 'Fête Nationale - Férié', endsAt: null }],
    ['node-ical/windows-quoted-tz-rrule.ics', { startsAt: at('2015-07-06T16:00') }],
    ['tsdav/ical/13.ics', { recurring: true, endsAt: null }],
  ]
  test.each(known)('%s', (name, expected) => {
    const file = files.find((one) => one.name === name)!
    expect(readCalendar(file.bytes())).toMatchObject({ readable: true, ...expected })
  })

  test('where ical.js can read a single event, both see the same', () => {
    let compared = 0
    for (const file of files) {
      const theirs = singleEvent(file.bytes().toString('utf8'))
      if (!theirs) continue
      const ours = readCalendar(file.bytes())
      expect(ours, file.name).toMatchObject(theirs)
      compared++
    }
    expect(compared).toBeGreaterThan(30)
  })
})

/** Undefined when ical.js does not read it, when it holds more than one event, or times whose zone ical.js does not know. */
function singleEvent(text: string): Partial<EventFacts> | undefined {
  try {
    const calendar = new ICAL.Component(ICAL.parse(text))
    const events = calendar.getAllSubcomponents('vevent')
    const [component] = events
    if (!component || events.length > 1 || component.hasProperty('rrule') || component.hasProperty('rdate'))
      return undefined
    const { uid, summary, startDate, endDate } = new ICAL.Event(component)
    if (!startDate?.isDate && startDate?.zone.tzid !== 'UTC') return undefined
    return {
      uid: uid || null,
      title: (summary ?? '').trim(),
      startsAt: startDate.toUnixTime() * 1000,
      endsAt: endDate.compare(startDate) > 0 ? endDate.toUnixTime() * 1000 : expect.any(Number),
      allDay: startDate.isDate,
    }
  } catch {
    // What ical.js cannot read is no help here.
    return undefined
  }
}

test('all-day events last whole days', () => {
  expect(event('DTSTART;VALUE=DATE:20260101')).toMatchObject({
    allDay: true,
    startsAt: at('2026-01-01T00:00'),
    endsAt: at('2026-01-02T00:00'),
  })
  expect(event('DTSTART:20260101', 'DTEND:20260103').endsAt).toBe(at('2026-01-03T00:00'))
  expect(event('DTSTART:20260101', 'DTEND:20260101').endsAt).toBe(at('2026-01-02T00:00'))
  expect(event('DTSTART:20260101', 'DURATION:P1W').endsAt).toBe(at('2026-01-08T00:00'))
})

test('floating times are taken as UTC, and zones by their names', () => {
  expect(event('DTSTART:20260701T120000', 'DURATION:PT1H30M').endsAt).toBe(at('2026-07-01T13:30'))
  for (const zone of [
    'Europe/Berlin',
    '"W. Europe Standard Time"',
    '/mozilla.org/20050126_1/Europe/Berlin',
    'Europe_Berlin',
    '"(UTC+01:00) Amsterdam, Berlin, Bern"',
  ]) {
    expect(event(`DTSTART;TZID=${zone}:20260701T120000`).startsAt, zone).toBe(at('2026-07-01T10:00'))
    expect(event(`DTSTART;TZID=${zone}:20260101T120000`).startsAt, zone).toBe(at('2026-01-01T11:00'))
  }
  expect(event('DTSTART;TZID=Nowhere/At_All:20260701T120000').startsAt).toBe(at('2026-07-01T12:00'))
})

const BERLIN_OF_OLD = [
  'BEGIN:VTIMEZONE',
  'TZID:Customized Time Zone',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010101T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
]

test('a zone that the object brings along', () => {
  const start = (time: string) =>
    read(...BERLIN_OF_OLD, 'BEGIN:VEVENT', `DTSTART;TZID=Customized Time Zone:${time}`, 'END:VEVENT').startsAt
  expect(start('20260701T120000')).toBe(at('2026-07-01T10:00'))
  expect(start('20260101T120000')).toBe(at('2026-01-01T11:00'))
  // Clocks go back at 03:00 on 25 October: 02:30 comes twice and means the first; 02:30 on 29 March does not exist.
  expect(start('20261025T023000')).toBe(at('2026-10-25T00:30'))
  expect(start('20260329T023000')).toBe(at('2026-03-29T01:30'))
})

test('the end of the last instance', () => {
  const hour = ['DTSTART:20260101T100000Z', 'DTEND:20260101T110000Z']
  expect(event(...hour, 'RRULE:FREQ=DAILY;COUNT=3').endsAt).toBe(at('2026-01-03T11:00'))
  expect(event(...hour, 'RRULE:FREQ=DAILY;UNTIL=20260105T100000Z').endsAt).toBe(at('2026-01-05T11:00'))
  expect(event(...hour, 'RRULE:FREQ=DAILY;COUNT=3', 'EXDATE:20260103T100000Z').endsAt).toBe(
    at('2026-01-02T11:00'),
  )
  expect(event(...hour, 'RRULE:FREQ=DAILY;COUNT=3', 'RDATE:20270101T100000Z').endsAt).toBe(
    at('2027-01-01T11:00'),
  )
  expect(event(...hour, 'RDATE;VALUE=PERIOD:20270101T100000Z/PT5H').endsAt).toBe(at('2027-01-01T15:00'))
  expect(event(...hour, 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20330101').endsAt).toBe(
    at('2032-02-29T11:00'),
  )
  expect(event(...hour, 'RRULE:FREQ=DAILY').endsAt).toBeNull()
  expect(event(...hour, 'RRULE:W2 TU TH #4').endsAt).toBeNull()
})

test('exceptions count where they are, not where they were', () => {
  const facts = read(
    ...[
      'BEGIN:VEVENT',
      'UID:1',
      'SUMMARY:Series',
      'DTSTART:20260105T100000Z',
      'DURATION:PT1H',
      'RRULE:FREQ=WEEKLY;COUNT=3',
      'END:VEVENT',
    ],
    ...[
      'BEGIN:VEVENT',
      'UID:1',
      'SUMMARY:Moved',
      'RECURRENCE-ID:20260112T100000Z',
      'DTSTART:20260301T100000Z',
      'DURATION:PT2H',
      'END:VEVENT',
    ],
    ...['BEGIN:VEVENT', 'UID:1', 'RECURRENCE-ID:20260105T100000Z', 'DTSTART:20260106T100000Z', 'END:VEVENT'],
  )
  expect(facts).toMatchObject({
    title: 'Series',
    startsAt: at('2026-01-06T10:00'),
    endsAt: at('2026-03-01T12:00'),
  })
})

test('Exchange ends a series of whole days with midnight in UTC', () => {
  const days = event('DTSTART;VALUE=DATE:20260219', 'RRULE:FREQ=WEEKLY;UNTIL=20260817T220000Z;BYDAY=TU,TH')
  expect(days.endsAt).toBe(at('2026-08-19T00:00'))
})

test('vCalendar 1.0, missing ends and stray lines', () => {
  const text =
    'BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nSUMMARY;ENCODING=QUOTED-PRINTABLE:Caf=E9\nDTSTART:20260101T100000Z\nwhat is this'
  expect(readCalendar(Buffer.from(text, 'latin1'))).toMatchObject({
    title: 'Café',
    startsAt: at('2026-01-01T10:00'),
    readable: true,
  })
  const twice = read(
    'BEGIN:VEVENT',
    'SUMMARY:First',
    'DTSTART:20260101',
    'BEGIN:VEVENT',
    'SUMMARY:Second',
    'DTSTART:20260201',
  )
  expect(twice).toMatchObject({ title: 'First', endsAt: at('2026-02-02T00:00') })
})

test('tasks by what they have of times', () => {
  const task = (...lines: string[]) => read('BEGIN:VTODO', ...lines, 'END:VTODO')
  expect(task('DUE:20260101T100000Z')).toMatchObject({
    kind: 'task',
    startsAt: at('2026-01-01T10:00'),
    endsAt: at('2026-01-01T10:00'),
  })
  expect(task('DTSTART:20260101T100000Z', 'DUE:20260102T100000Z').endsAt).toBe(at('2026-01-02T10:00'))
  expect(task('SUMMARY:Some day')).toMatchObject({ startsAt: null, endsAt: null, readable: true })
})

test('what is no calendar is not readable', () => {
  for (const text of ['', 'BEGIN:VCARD\nFN:x\nEND:VCARD', '\0\x01\x02', 'BEGIN:VCALENDAR\nEND:VCALENDAR']) {
    expect(readCalendar(Buffer.from(text))).toMatchObject({ kind: 'other', component: '', readable: false })
  }
  expect(event('SUMMARY:No start')).toMatchObject({ title: 'No start', readable: false })
})

const MANY = 100_000
test.each([
  ['a count of a million', 'RRULE:FREQ=DAILY;COUNT=1000000'],
  ['every second', 'RRULE:FREQ=SECONDLY;COUNT=1000000'],
  ['every second of a day that does not exist', 'RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231'],
  ['100,000 exceptions', `RRULE:FREQ=DAILY;COUNT=500\nEXDATE:${'20260101T100000Z,'.repeat(MANY)}`],
  ['100,000 extra dates', `RDATE:${'20260101T100000Z,'.repeat(MANY)}20270101T100000Z`],
  ['100,000 properties', 'X-LINE;X="a:b":c\n'.repeat(MANY)],
  ['a line of 10 MB', `DESCRIPTION:${'x'.repeat(10 << 20)}`],
  ['deep nesting', 'BEGIN:X\n'.repeat(MANY)],
  ['ends without begins', 'END:X\n'.repeat(MANY)],
  ['100,000 events', 'END:VEVENT\nBEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=9\n'.repeat(20_000)],
  [
    '100,000 exceptions with a component',
    'END:VEVENT\nBEGIN:VEVENT\nRECURRENCE-ID:20260101\nDTSTART:20260101\n'.repeat(20_000),
  ],
  [
    'exceptions for all that follows',
    'END:VEVENT\nBEGIN:VEVENT\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260101\nDTSTART:20260101\n'.repeat(5000),
  ],
])('%s is read at once', (_name, text) => {
  const bytes = Buffer.from(
    `BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T100000Z\n${text}\nEND:VEVENT\nEND:VCALENDAR`,
  )
  const before = performance.now()
  readCalendar(bytes)
  expect(performance.now() - before).toBeLessThan(HANG)
})
