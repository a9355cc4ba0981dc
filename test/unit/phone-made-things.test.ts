/** What the simulated phone makes up is real: photos decode and carry EXIF, cards and events parse, edits change one line. */
import ExifReader from 'exifreader'
import ICAL from 'ical.js'
import { decode } from 'jpeg-js'
import { expect, test } from 'vitest'
import { makeCard, withNote } from '../phone/cards.ts'
import { seeded } from '../phone/chance.ts'
import { makeEvent, withTitle } from '../phone/events.ts'
import { takePhoto } from '../phone/make-photo.ts'
import { readUid } from '../phone/phone-store.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

test('a photo decodes at its size and its EXIF tells camera, time and place', () => {
  const chance = seeded(7)
  const photos = Array.from({ length: 12 }, () => takePhoto(chance, NOW, { width: 160, height: 120 }))
  for (const { path, data, modifiedAt } of photos) {
    const { width, height } = decode(data)
    expect({ width, height }).toEqual({ width: 160, height: 120 })
    const exif = ExifReader.load(data)
    expect(exif.Make?.description).toMatch(/Google|samsung/)
    const taken = exif.DateTimeOriginal!.description
    expect(new Date(`${taken.replace(':', '-').replace(':', '-').replace(' ', 'T')}+01:00`).getTime()).toBe(
      modifiedAt * 1000,
    )
    expect(path).toContain(`/${taken.slice(5, 7)}/`)
  }
  const places = photos.map(({ data }) => ExifReader.load(data, { expanded: true }).gps)
  expect(places.some((gps) => gps === undefined)).toBe(true)
  expect(places.some((gps) => gps?.Latitude !== undefined && gps.Latitude < -33)).toBe(true)
  expect(new Set(photos.map(({ data }) => data.toString('base64'))).size).toBe(photos.length)
})

test('cards are vCard 3.0 in CRLF lines of at most 75 octets, some with a picture', () => {
  const chance = seeded(7)
  const cards = Array.from({ length: 200 }, () => makeCard(chance, NOW))
  for (const card of cards) {
    const text = card.toString()
    expect(Buffer.from(text).equals(card)).toBe(true)
    expect(text).toMatch(/^BEGIN:VCARD\r\nVERSION:3\.0\r\n/)
    for (const line of text.split('\r\n')) {
      expect(line).not.toContain('\n')
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    }
    const [, properties] = ICAL.parse(text) as [string, [string][]]
    expect(properties.map(([name]) => name)).toEqual(expect.arrayContaining(['n', 'fn', 'tel', 'uid']))
  }
  const photos = cards.flatMap((card) => {
    const picture = /^PHOTO[^:]*:(.*(?:\r\n .*)*)/m.exec(card.toString())?.[1]
    return picture ? [Buffer.from(picture.replace(/\r\n /g, ''), 'base64')] : []
  })
  expect(photos.length).toBeGreaterThan(5)
  expect(decode(photos[0]!).width).toBe(96)
  expect(new Set(cards.map(readUid)).size).toBe(cards.length)
})

test('events parse, are of every kind, and lie within the days a phone keeps', () => {
  const chance = seeded(7)
  const events = Array.from({ length: 200 }, () => makeEvent(chance, NOW))
  for (const event of events) {
    const calendar = new ICAL.Component(ICAL.parse(event.toString()))
    const [master, moved] = calendar
      .getAllSubcomponents('vevent')
      .map((component) => new ICAL.Event(component))
    expect(master!.uid).toBe(readUid(event))
    if (moved) expect(moved.uid).toBe(master!.uid)
    const end = master!.endDate.toJSDate().getTime()
    expect(master!.isRecurring() || end > NOW.getTime() - 90 * 86_400_000).toBe(true)
  }
  const all = events.join('')
  for (const sign of [
    'VALUE=DATE:',
    'TZID=Europe/Berlin',
    'RRULE:',
    'EXDATE',
    'RECURRENCE-ID',
    'BEGIN:VALARM',
  ]) {
    expect(all).toContain(sign)
  }
})

test('an edit changes its own line alone', () => {
  const chance = seeded(7)
  const card = withNote(makeCard(chance, NOW), 'Moved to Oslo; new number soon')
  expect(card.toString()).toContain('\r\nNOTE:Moved to Oslo\\; new number soon\r\nEND:VCARD\r\n')
  expect(withNote(withNote(card, 'a'), 'Moved to Oslo; new number soon').equals(card)).toBe(true)
  const event = makeEvent(chance, NOW)
  const renamed = withTitle(event, 'Dentist $& moved')
  const summary = (ics: Buffer) => ics.toString().split('\r\nSUMMARY:')
  expect(summary(renamed)[1]).toMatch(/^Dentist \$& moved\r\n/)
  expect(summary(renamed)[0]).toBe(summary(event)[0])
})

test('the same seed makes the same things', () => {
  const make = (seed: number) => [makeCard(seeded(seed), NOW), makeEvent(seeded(seed), NOW)].join('')
  expect(make(3)).toBe(make(3))
  expect(make(3)).not.toBe(make(4))
})
