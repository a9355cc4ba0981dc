/** Calendars that we write, read by ical.js and by our own reader. */
import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import { contentLine, escapeText, joinLines } from '../../../main/formats/content-line-writer.ts'
import {
  type CalendarTime,
  componentLines,
  durationText,
  textLine,
  timeLine,
  timeText,
  writeCalendar,
} from '../../../main/formats/icalendar-writer.ts'
import { readCalendar } from '../../../main/replica/index/calendar.ts'
import { ianaZone } from '../../../main/replica/index/icalendar/zone-names.ts'

const HOSTILE = 'a,b;c\\d\ne\r\nf "g" ^h 😀 äöü:\tEND:VCALENDAR'

function eventWith(times: CalendarTime[], ...lines: string[]): string {
  const [start] = times
  const event = componentLines('VEVENT', [textLine('UID', 'one'), timeLine('DTSTART', start!), ...lines])
  return writeCalendar(event, times).toString()
}

describe('content lines', () => {
  it('are folded at 75 octets, never within a character', () => {
    const text = '😀ä'.repeat(200)
    const written = joinLines([textLine('SUMMARY', text)]).toString()
    const lines = written.split('\r\n')
    expect(lines.every((line) => Buffer.byteLength(line) <= 75)).toBe(true)
    expect(lines.slice(0, 3).every((line) => Buffer.byteLength(line) > 68)).toBe(true)
    expect(written.replaceAll('\r\n ', '')).toBe(`SUMMARY:${text}\r\n`)
  })

  it('let no value begin a line of its own, and drop what no reader takes', () => {
    expect(contentLine('URL', 'https://a\r\nEND:VEVENT')).toBe('URL:https://a END:VEVENT')
    expect(escapeText('a\0b\x07\ud800c')).toBe('ab\ufffdc')
  })

  it('quote parameters by RFC 6868', () => {
    expect(contentLine('ATTENDEE', 'mailto:a@b', { CN: 'Ada "L", x\n^', ROLE: undefined })).toBe(
      'ATTENDEE;CN="Ada ^\'L^\', x^n^^":mailto:a@b',
    )
  })
})

describe('calendar objects', () => {
  it('carry any text', () => {
    const at = Date.UTC(2026, 5, 1, 8)
    const text = eventWith([{ kind: 'moment', at, zone: 'UTC' }], textLine('SUMMARY', HOSTILE))
    const event = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent')
    expect(event?.getFirstPropertyValue('summary')).toBe(HOSTILE.replace('\r\n', '\n'))
    expect(readCalendar(Buffer.from(text)).readable).toBe(true)
  })

  it('tell days, moments in a zone, floating times and UTC apart', () => {
    const at = Date.UTC(2026, 5, 1, 8)
    expect(timeLine('DTSTART', { kind: 'day', at })).toBe('DTSTART;VALUE=DATE:20260601')
    expect(timeLine('DTSTART', { kind: 'moment', at, zone: null })).toBe('DTSTART:20260601T080000')
    expect(timeLine('DTSTART', { kind: 'moment', at, zone: 'UTC' })).toBe('DTSTART:20260601T080000Z')
    expect(timeLine('DTSTART', { kind: 'moment', at, zone: 'Europe/Berlin' })).toBe(
      'DTSTART;TZID=Europe/Berlin:20260601T100000',
    )
    expect(timeText({ kind: 'moment', at, zone: 'Nowhere/Land' })).toBe('20260601T080000Z')
  })

  it.each([
    [0, 'PT0S'],
    [-900, '-PT15M'],
    [86_400, 'P1D'],
    [-90_061, '-P1DT1H1M1S'],
    [3600, 'PT1H'],
  ])('%d seconds last %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text)
  })

  it.each([
    'Europe/Berlin',
    'America/New_York',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Africa/Casablanca',
    'Pacific/Apia',
    'Europe/Moscow',
  ])('describe %s so that another reader gets every offset right', (name) => {
    const times = [Date.UTC(2006, 0, 5), Date.UTC(2026, 5, 1)].map(
      (at): CalendarTime => ({ kind: 'moment', at, zone: name }),
    )
    const component = new ICAL.Component(ICAL.parse(eventWith(times)))
    const zone = new ICAL.Timezone(component.getFirstSubcomponent('vtimezone')!)
    for (let at = Date.UTC(2006, 0, 5, 12); at < Date.UTC(2031, 0); at += 9 * 86_400_000) {
      const offset = ianaZone(name)!.offsetAt(at)
      const shown = ICAL.Time.fromData({
        ...partsOf(at + offset),
        isDate: false,
      })
      expect(zone.utcOffset(shown) * 1000, new Date(at).toISOString()).toBe(offset)
    }
  })

  function partsOf(wall: number) {
    const date = new Date(wall)
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: 0,
    }
  }
})
