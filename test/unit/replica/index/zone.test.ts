/** Time zones, against what the machine itself knows of them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCalendarObject } from '../../../../main/replica/index/icalendar/component.ts'
import { zoneOfObject, zonesOf } from '../../../../main/replica/index/icalendar/vtimezone.ts'
import { WINDOWS_ZONES } from '../../../../main/replica/index/icalendar/windows-zones.ts'
import { momentOf, type Zone } from '../../../../main/replica/index/icalendar/zone.ts'
import { ianaZone, zoneNamed } from '../../../../main/replica/index/icalendar/zone-names.ts'
import { HANG } from '../../hang.ts'

/** What a clock in the zone shows, by the machine. */
function shownByMachine(zone: string, moment: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    },
  }).formatToParts(moment)
  const part = (type: string) => Number(parts.find((one) => one.type === type)!.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

const moments = fc
  .date({ min: new Date('1980-01-01'), max: new Date('2037-12-31'), noInvalidDate: true })
  .map((date) => Math.floor(date.getTime() / 1000) * 1000)

describe('zones by their names', () => {
  const names = fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'America/St_Johns',
    'Pacific/Apia',
    'UTC',
  )

  test('show what clocks there show, and back', () => {
    fc.assert(
      fc.property(names, moments, (name, moment) => {
        const zone = ianaZone(name)!
        const wall = moment + zone.offsetAt(moment)
        expect(wall).toBe(shownByMachine(name, moment))
        // Where a clock is put back the same time comes twice, and the first one is meant.
        const back = momentOf(wall, zone)
        expect(back === moment || (back < moment && back + zone.offsetAt(back) === wall)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('Windows knows every zone by a name that the machine knows too', () => {
    for (const iana of WINDOWS_ZONES.values()) expect(ianaZone(iana), iana).toBeDefined()
    expect(WINDOWS_ZONES.size).toBeGreaterThan(135)
  })

  const HOUR = 3_600_000
  const inWinter = Date.UTC(2026, 0, 1)
  const inSummer = Date.UTC(2026, 6, 1)
  test.each([
    ['W. Europe Standard Time', 1, 2],
    ['pacific standard time', -8, -7],
    ['(UTC-05:00) Eastern Time (US & Canada)', -5, -4],
    ['(GMT+01.00) Amsterdam / Berlin', 1, 1],
    ['Amsterdam, Belgrade, Berlin, Brussels', 1, 2],
    ['/softwarestudio.org/Tzfile/America/Chicago', -6, -5],
    ['/America/New_York', -5, -4],
    ['America_New_York', -5, -4],
    ['TZID=Europe/Paris', 1, 2],
    ['America/Argentina/Buenos_Aires', -3, -3],
    ['GMT+0200', 2, 2],
    ['UTC+01', 1, 1],
    ['(GMT +01:00)', 1, 1],
    ['Z', 0, 0],
  ])('%s', (name, winter, summer) => {
    const zone = zoneNamed(name)!
    expect([inWinter, inSummer].map((moment) => zone.offsetAt(moment) / HOUR)).toEqual([winter, summer])
  })

  test.each(['', 'Nowhere/At_All', 'Customized Time Zone', 'tzone://Microsoft/Custom', 'x'.repeat(10_000)])(
    '%s is none',
    (name) => {
      expect(zoneNamed(name)).toBeUndefined()
    },
  )
})

function zone(...lines: string[]): Zone | undefined {
  const text = [
    'BEGIN:VCALENDAR',
    'BEGIN:VTIMEZONE',
    'TZID:Own',
    ...lines,
    'END:VTIMEZONE',
    'END:VCALENDAR',
  ].join('\r\n')
  return zoneOfObject(readCalendarObject(Buffer.from(text)))
}

function part(name: string, start: string, from: string, to: string, ...lines: string[]): string[] {
  return [
    `BEGIN:${name}`,
    `DTSTART:${start}`,
    `TZOFFSETFROM:${from}`,
    `TZOFFSETTO:${to}`,
    ...lines,
    `END:${name}`,
  ]
}

describe('zones that an object defines', () => {
  test('by rules with and without an end', () => {
    const newYork = zone(
      ...part(
        'DAYLIGHT',
        '19870405T020000',
        '-0500',
        '-0400',
        'RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4;UNTIL=20060402T070000Z',
      ),
      ...part(
        'STANDARD',
        '19671029T020000',
        '-0400',
        '-0500',
        'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;UNTIL=20061029T060000Z',
      ),
      ...part('DAYLIGHT', '20070311T020000', '-0500', '-0400', 'RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3'),
      ...part('STANDARD', '20071104T020000', '-0400', '-0500', 'RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11'),
    )!
    const since1988 = moments.filter((moment) => moment > Date.UTC(1988, 0, 1))
    fc.assert(
      fc.property(since1988, (moment) => {
        expect(moment + newYork.offsetAt(moment)).toBe(shownByMachine('America/New_York', moment))
      }),
      { numRuns: 500 },
    )
  })

  test('by dates, and before the first of them', () => {
    const own = zone(
      ...part('STANDARD', '20200101T000000', '+0100', '+0200', 'RDATE:20220101T000000'),
      ...part('DAYLIGHT', '20210101T000000', '+0200', '+0500'),
    )!
    const hours = [2019, 2020, 2021, 2022].map((year) => own.offsetAt(Date.UTC(year, 5, 1)) / 3_600_000)
    expect(hours).toEqual([1, 2, 5, 2])
  })

  test('not at all when nothing in them can be used', () => {
    expect(zone()).toBeUndefined()
    expect(zone(...part('STANDARD', 'soon', '+0100', '+0200'))).toBeUndefined()
    expect(zone(...part('STANDARD', '20200101T000000', '+0100', 'later'))).toBeUndefined()
  })

  test('a zone that changes every second is looked at no longer than others', () => {
    const before = performance.now()
    const own = zone(...part('STANDARD', '19700101T000000', '+0100', '+0200', 'RRULE:FREQ=SECONDLY'))!
    for (let year = 1990; year < 2010; year++) own.offsetAt(Date.UTC(year, 5, 1))
    expect(performance.now() - before).toBeLessThan(HANG)
  })

  test('names of the IANA database mean what they mean everywhere', () => {
    const text = [
      'BEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      ...part('STANDARD', '20140101T000000', '+0100', '+0100'),
      'END:VTIMEZONE',
      'END:VCALENDAR',
    ]
    const berlin = zonesOf(readCalendarObject(Buffer.from(text.join('\n')))).zoneOf('Europe/Berlin')!
    expect(berlin.offsetAt(Date.UTC(2026, 6, 1))).toBe(7_200_000)
  })
})
