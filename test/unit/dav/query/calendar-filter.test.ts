/** Filters on calendar objects: RFC 4791, 9.7, from the XML of a query to the objects it finds. */
import { describe, expect, test } from 'vitest'
import { parseXml } from '../../../../main/formats/xml.ts'
import { judgeByIndex, matchesCalendarFilter } from '../../../../main/links/dav/query/calendar-filter.ts'
import { parseCalendarFilter } from '../../../../main/links/dav/query/parse-filter.ts'
import { Refusal } from '../../../../main/links/dav/refusal.ts'
import { readCalendar } from '../../../../main/replica/index/calendar.ts'
import { UTC } from '../../../../main/replica/index/icalendar/zone.ts'
import { HANG } from '../../hang.ts'
import { calendar, component, event } from './objects.ts'

function query(filter: string, rest = ''): ReturnType<typeof parseCalendarFilter> {
  const text = `<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:prop><d:getetag/></d:prop>${filter}${rest}</c:calendar-query>`
  return parseCalendarFilter(parseXml(Buffer.from(text)), UTC)
}

const comp = (name: string, inside = '') => `<c:comp-filter name="${name}">${inside}</c:comp-filter>`
const prop = (name: string, inside = '') => `<c:prop-filter name="${name}">${inside}</c:prop-filter>`
const param = (name: string, inside = '') => `<c:param-filter name="${name}">${inside}</c:param-filter>`
const text = (value: string, attributes = '') => `<c:text-match${attributes}>${value}</c:text-match>`
const UNDEFINED = '<c:is-not-defined/>'
const within = (inside: string) => `<c:filter>${comp('VCALENDAR', inside)}</c:filter>`

const MEETING = event(
  'SUMMARY:Grand Café\\, upstairs',
  'DTSTART:20260106T100000Z',
  'DURATION:PT1H',
  'ATTENDEE;PARTSTAT=NEEDS-ACTION;CN="Ada: the first":mailto:ada@example.org',
  'ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.org',
  ...component('VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT5M'),
)
const TASK = calendar(...component('VTODO', 'UID:2', 'SUMMARY:Tax', 'STATUS:NEEDS-ACTION'))

describe('events and tasks, and many filters', () => {
  const openTasks = comp(
    'VTODO',
    prop('COMPLETED', UNDEFINED) + prop('STATUS', text('CANCELLED', ' negate-condition="yes"')),
  )
  const needsAction = prop(
    'ATTENDEE',
    text('mailto:ada@example.org') + param('PARTSTAT', text('NEEDS-ACTION')),
  )
  const rows: [string, string, boolean, boolean][] = [
    ['everything', '', true, true],
    ['events', comp('VEVENT'), true, false],
    ['names in any case', comp('vevent'), true, false],
    ['no events', comp('VEVENT', UNDEFINED), false, true],
    ['open tasks (RFC 4791, 7.8.9)', openTasks, false, true],
    ['an unanswered invitation (7.8.7)', comp('VEVENT', needsAction), true, false],
    ['of one who has answered', comp('VEVENT', needsAction.replace('ada', 'bob')), false, false],
    ['by UID (7.8.6)', comp('VEVENT', prop('UID', text('1', ' collation="i;octet"'))), true, false],
    ['text in any case, without backslashes', comp('VEVENT', prop('SUMMARY', text('café, UP'))), true, false],
    ['ASCII has no case beyond ASCII', comp('VEVENT', prop('SUMMARY', text('CAFÉ'))), false, false],
    [
      'a parameter with a colon in quotes',
      comp('VEVENT', prop('ATTENDEE', param('CN', text('ada: the')))),
      true,
      false,
    ],
    [
      'a parameter that is not there',
      comp('VEVENT', prop('SUMMARY', param('LANGUAGE', UNDEFINED))),
      true,
      false,
    ],
    ['with an alarm', comp('VEVENT', comp('VALARM')), true, false],
    ['without an alarm', comp('VEVENT', comp('VALARM', UNDEFINED)), false, false],
    ['two conditions on one component', comp('VEVENT', prop('SUMMARY') + prop('LOCATION')), false, false],
    ['from a day on', comp('VEVENT', '<c:time-range start="20260106T000000Z"/>'), true, false],
    [
      'on a day with an alarm',
      comp('VEVENT', comp('VALARM', '<c:time-range start="20260106T095500Z" end="20260106T095600Z"/>')),
      true,
      false,
    ],
    ['before a day', comp('VEVENT', '<c:time-range end="20260106T000000Z"/>'), false, false],
  ]
  test.each(rows)('%s', (_name, inside, meeting, task) => {
    const filter = query(within(inside))
    expect([MEETING, TASK].map((object) => matchesCalendarFilter(filter, object))).toEqual([meeting, task])
    for (const object of [MEETING, TASK]) {
      const judgement = judgeByIndex(filter, readCalendar(object))
      if (judgement !== undefined) expect(judgement).toBe(matchesCalendarFilter(filter, object))
    }
  })

  test('the index answers the queries that phones send', () => {
    const davx5 = query(within(comp('VEVENT', '<c:time-range start="20251001T000000Z"/>')))
    expect(judgeByIndex(davx5, readCalendar(MEETING))).toBe(true)
    const past = event('DTSTART:20200101T100000Z')
    expect(judgeByIndex(davx5, readCalendar(past))).toBe(false)
    expect(judgeByIndex(query(within(comp('VTODO'))), readCalendar(TASK))).toBe(true)
    expect(
      judgeByIndex(query(within(comp('VEVENT', prop('SUMMARY')))), readCalendar(MEETING)),
    ).toBeUndefined()
  })

  test('a fragment without its calendar is read as if it had one', () => {
    const fragment = Buffer.from('BEGIN:VEVENT\r\nDTSTART:20260106T100000Z\r\nEND:VEVENT\r\n')
    expect(matchesCalendarFilter(query(within(comp('VEVENT'))), fragment)).toBe(true)
  })
})

test('the zone of a query decides about times that have none', () => {
  const zone =
    '<c:timezone>BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR</c:timezone>'
  const hour = within(comp('VEVENT', '<c:time-range start="20260106T000000Z" end="20260106T010000Z"/>'))
  const floating = event('DTSTART:20260106T093000')
  expect(matchesCalendarFilter(query(hour, zone), floating)).toBe(true)
  expect(matchesCalendarFilter(query(hour), floating)).toBe(false)
})

describe('filters that are refused', () => {
  const range = (attributes: string) => within(comp('VEVENT', `<c:time-range ${attributes}/>`))
  const rows: [string, string, string][] = [
    ['none', '', '<cal:valid-filter/>'],
    ['an empty one', '<c:filter/>', '<cal:valid-filter/>'],
    [
      'one that does not begin with the calendar',
      `<c:filter>${comp('VEVENT')}</c:filter>`,
      '<cal:valid-filter/>',
    ],
    ['two calendars', `<c:filter>${comp('VCALENDAR')}${comp('VCALENDAR')}</c:filter>`, '<cal:valid-filter/>'],
    ['without a name', within('<c:comp-filter/>'), '<cal:valid-filter/>'],
    ['a range without ends', range(''), '<cal:valid-filter/>'],
    ['a range that is not in UTC', range('start="20260101T000000"'), '<cal:valid-filter/>'],
    ['a range of a date', range('start="20260101"'), '<cal:valid-filter/>'],
    ['a range backwards', range('start="20260102T000000Z" end="20260101T000000Z"'), '<cal:valid-filter/>'],
    [
      'not defined and yet a condition',
      within(comp('VEVENT', UNDEFINED + prop('UID'))),
      '<cal:valid-filter/>',
    ],
    [
      'a range of a zone',
      within(comp('VTIMEZONE', '<c:time-range start="20260101T000000Z"/>')),
      '<cal:supported-filter/>',
    ],
    ['an unknown condition', within(comp('VEVENT', '<c:sounds-like/>')), '<cal:supported-filter/>'],
    [
      'an unknown collation',
      within(comp('VEVENT', prop('UID', text('x', ' collation="i;x"')))),
      '<cal:supported-collation/>',
    ],
  ]
  test.each(rows)('%s', (_name, filter, condition) => {
    let thrown: unknown
    try {
      query(filter)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Refusal)
    expect(thrown).toMatchObject({ status: 403, condition })
  })

  test('a zone that is none', () => {
    expect(() => query(within(''), '<c:timezone>soon</c:timezone>')).toThrow(Refusal)
  })
})

test.each([
  ['100,000 properties', 'X-LINE;X="a:b":c\r\n'.repeat(100_000)],
  ['a line of 10 MB', `DESCRIPTION:${'x'.repeat(10 << 20)}`],
  ['deep nesting', 'BEGIN:VEVENT\r\nBEGIN:X\r\n'.repeat(50_000)],
  [
    '100,000 alarms that repeat',
    'BEGIN:VALARM\r\nTRIGGER:PT1S\r\nREPEAT:9999999\r\nDURATION:PT1S\r\nEND:VALARM\r\n'.repeat(20_000),
  ],
])('%s is answered at once', (_name, lines) => {
  const bytes = event('DTSTART:20260106T100000Z', 'RRULE:FREQ=DAILY', lines)
  const alarms = query(
    within(
      comp(
        'VEVENT',
        prop('X-NONE', UNDEFINED) +
          comp('VALARM', '<c:time-range start="20200101T000000Z" end="20200102T000000Z"/>'),
      ),
    ),
  )
  const before = performance.now()
  matchesCalendarFilter(alarms, bytes)
  expect(performance.now() - before).toBeLessThan(HANG)
})
