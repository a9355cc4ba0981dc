/** Recurring objects taken apart for clients that ask for it: RFC 4791, 9.6.5 and 9.6.6. */
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { expandCalendar, limitRecurrenceSet } from '../../../../main/links/dav/query/expand.ts'
import { UTC } from '../../../../main/replica/index/icalendar/zone.ts'
import { calendar, component, event, range } from './objects.ts'

// As in the example of RFC 4791, 7.8.3: daily at noon in New York, the third one moved, and a fourth.
const SERIES = calendar(
  ...component(
    'VEVENT',
    'UID:2',
    'SUMMARY:Event',
    'DTSTART;TZID=US/Eastern:20060102T120000',
    'DURATION:PT1H',
    'RRULE:FREQ=DAILY;COUNT=5',
  ),
  ...component(
    'VEVENT',
    'UID:2',
    'SUMMARY:Moved',
    'RECURRENCE-ID;TZID=US/Eastern:20060104T120000',
    'DTSTART;TZID=US/Eastern:20060104T140000',
    'DURATION:PT1H',
  ),
  ...component(
    'VEVENT',
    'UID:2',
    'SUMMARY:Elsewhere',
    'RECURRENCE-ID;TZID=US/Eastern:20060106T120000',
    'DTSTART;TZID=US/Eastern:20060106T140000',
    'DURATION:PT1H',
  ),
)

function expanded(bytes: Buffer, start: string, end: string): string[] {
  const text = expandCalendar(bytes, range(start, end), UTC).toString()
  const root = new ICAL.Component(ICAL.parse(text))
  return root.getAllSubcomponents().map((part) => {
    const value = (name: string) => part.getFirstPropertyValue(name)?.toString() ?? '-'
    return [value('summary'), value('dtstart'), value('dtend'), value('recurrence-id')].join(' ')
  })
}

describe('expanded', () => {
  test('each instance in the range is a component of its own, in UTC', () => {
    expect(expanded(SERIES, '2006-01-03', '2006-01-05')).toEqual([
      'Event 2006-01-03T17:00:00Z 2006-01-03T18:00:00Z 2006-01-03T17:00:00Z',
      'Moved 2006-01-04T19:00:00Z 2006-01-04T20:00:00Z 2006-01-04T17:00:00Z',
    ])
  })

  test('rules and zones are gone, all else stays', () => {
    const bytes = calendar(
      ...component('VTIMEZONE', 'TZID:x'),
      ...component(
        'VEVENT',
        'UID:1',
        'X-OWN;A="b:c":d',
        'DTSTART:20260101T100000Z',
        'RRULE:FREQ=DAILY',
        'EXDATE:20260102T100000Z',
        ...component('VALARM', 'TRIGGER:PT0S'),
      ),
    )
    const text = expandCalendar(bytes, range('2026-01-01', '2026-01-04'), UTC).toString()
    expect(text).not.toMatch(/RRULE|EXDATE|VTIMEZONE/)
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(2)
    expect(text.match(/X-OWN;A="b:c":d\r\n/g)).toHaveLength(2)
    expect(text.match(/BEGIN:VALARM\r\nTRIGGER:PT0S\r\nEND:VALARM\r\n/g)).toHaveLength(2)
  })

  test('days stay days', () => {
    const days = event('SUMMARY:Day', 'DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=WEEKLY')
    expect(expanded(days, '2026-01-08', '2026-01-09')).toEqual(['Day 2026-01-08 2026-01-09 2026-01-08'])
  })

  test('a single event stays one, without a recurrence id', () => {
    const single = event('SUMMARY:Once', 'DTSTART;TZID=Europe/Berlin:20260701T120000')
    expect(expanded(single, '2026-07-01', '2026-07-02')).toEqual(['Once 2026-07-01T10:00:00Z - -'])
  })

  test('more than anyone can use is refused', () => {
    const bytes = event('DTSTART:20260101T100000Z', 'RRULE:FREQ=SECONDLY')
    expect(() => expandCalendar(bytes, range('2026-01-01', '2027-01-01'), UTC)).toThrow(/max-instances/)
  })
})

describe('limited', () => {
  const limited = (start: string, end: string) =>
    limitRecurrenceSet(SERIES, range(start, end), UTC).toString()

  test('exceptions outside of the range are left out, by where they are and where they were', () => {
    expect(limited('2006-01-03', '2006-01-05').match(/SUMMARY:\w+/g)).toEqual([
      'SUMMARY:Event',
      'SUMMARY:Moved',
    ])
    expect(limited('2006-01-04T17:00', '2006-01-04T17:30').match(/SUMMARY:\w+/g)).toEqual([
      'SUMMARY:Event',
      'SUMMARY:Moved',
    ])
    expect(limited('2007-01-01', '2007-01-02').match(/SUMMARY:\w+/g)).toEqual(['SUMMARY:Event'])
  })

  test('nothing to leave out, nothing changed', () => {
    expect(limitRecurrenceSet(SERIES, range('2006-01-01', '2007-01-01'), UTC).equals(SERIES)).toBe(true)
  })

  test('an exception for all later ones stays', () => {
    const bytes = calendar(
      ...component('VEVENT', 'UID:1', 'DTSTART:20260101T100000Z', 'RRULE:FREQ=DAILY'),
      ...component(
        'VEVENT',
        'UID:1',
        'RECURRENCE-ID;RANGE=THISANDFUTURE:20260103T100000Z',
        'DTSTART:20260103T110000Z',
      ),
    )
    expect(limitRecurrenceSet(bytes, range('2030-01-01', '2030-01-02'), UTC).toString()).toMatch(
      /THISANDFUTURE/,
    )
    expect(limitRecurrenceSet(bytes, range('2025-01-01', '2025-01-02'), UTC).toString()).not.toMatch(
      /THISANDFUTURE/,
    )
  })
})
