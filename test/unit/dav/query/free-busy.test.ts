/** Busy times of calendars: RFC 4791, 7.10. */
import { expect, test } from 'vitest'
import { busyTimesOf, parseFreeBusyRange, writeFreeBusy } from '../../../../main/links/dav/query/free-busy.ts'
import { Refusal } from '../../../../main/links/dav/refusal.ts'
import { UTC } from '../../../../main/replica/index/icalendar/zone.ts'
import { calendar, component, event, range } from './objects.ts'

const DAY = range('2026-01-05', '2026-01-06')

function answer(...objects: Buffer[]): string[] {
  const times = objects.flatMap((object) => busyTimesOf(object, DAY, UTC))
  const text = writeFreeBusy(times, DAY, Date.UTC(2026, 0, 1))
  expect(text).toMatch(
    /^BEGIN:VCALENDAR\r\n[\s\S]*DTSTART:20260105T000000Z\r\nDTEND:20260106T000000Z\r\n[\s\S]*END:VCALENDAR\r\n$/,
  )
  return text.match(/^FREEBUSY.*$/gm)?.map((line) => line.trim()) ?? []
}

test('instances in the range, cut to it, and those that touch as one', () => {
  expect(
    answer(
      event('DTSTART:20251208T230000Z', 'DURATION:PT2H', 'RRULE:FREQ=DAILY'),
      event('DTSTART:20260105T010000Z', 'DURATION:PT1H'),
      event('DTSTART:20260105T120000Z', 'DURATION:PT1H'),
    ),
  ).toEqual([
    'FREEBUSY;FBTYPE=BUSY:20260105T000000Z/20260105T020000Z',
    'FREEBUSY;FBTYPE=BUSY:20260105T120000Z/20260105T130000Z',
    'FREEBUSY;FBTYPE=BUSY:20260105T230000Z/20260106T000000Z',
  ])
})

test('what does not keep anyone busy, and what perhaps does', () => {
  const noon = ['DTSTART:20260105T120000Z', 'DURATION:PT1H']
  expect(answer(event(...noon, 'TRANSP:TRANSPARENT'))).toEqual([])
  expect(answer(event(...noon, 'STATUS:CANCELLED'))).toEqual([])
  expect(answer(event('DTSTART:20260105T120000Z'))).toEqual([])
  expect(answer(calendar(...component('VTODO', ...noon)))).toEqual([])
  expect(answer(event(...noon, 'STATUS:TENTATIVE'))).toEqual([
    'FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260105T120000Z/20260105T130000Z',
  ])
})

test('busy times that are in the calendar as such', () => {
  const times = calendar(
    ...component(
      'VFREEBUSY',
      'FREEBUSY:20260105T010000Z/PT1H,20260108T010000Z/PT1H',
      'FREEBUSY;FBTYPE=FREE:20260105T050000Z/PT1H',
      'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260105T060000Z/20260105T070000Z',
    ),
  )
  expect(answer(times)).toEqual([
    'FREEBUSY;FBTYPE=BUSY:20260105T010000Z/20260105T020000Z',
    'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260105T060000Z/20260105T070000Z',
  ])
})

test('a range needs both ends', () => {
  const element = (...ends: [string, string][]) => ({
    namespace: 'urn:ietf:params:xml:ns:caldav',
    local: 'time-range',
    attributes: ends.map(([local, value]) => ({ namespace: '', local, value })),
    children: [],
  })
  const start: [string, string] = ['start', '20260105T000000Z']
  expect(parseFreeBusyRange(element(start, ['end', '20260106T000000Z']))).toEqual(DAY)
  expect(() => parseFreeBusyRange(element(start))).toThrow(Refusal)
  expect(() => parseFreeBusyRange(undefined)).toThrow(Refusal)
})
