/** Capturing calendars of an Android phone: events with rules, exceptions, reminders and attendees, the same at each capture. */
import { expect, test } from 'vitest'
import { captureCalendars } from '../../../../main/links/android/calendars.ts'
import { createContentTool } from '../../../../main/links/android/content-tool.ts'
import { calendarMark } from '../../../../main/links/android/own-marks.ts'
import { readCalendar } from '../../../../main/replica/index/calendar.ts'
import { type ContentStandIn, createContentStandIn } from '../../../android/content-stand-in.ts'
import { createKeeper } from './capture-fixture.ts'

const ACCOUNT = { account_type: 'com.google', account_name: 'ann@example.org' }
const MONDAY = Date.UTC(2026, 10, 23, 8)
const WEEK = 7 * 86_400_000

async function capture(phone: ContentStandIn) {
  const { collections, sink } = createKeeper()
  await captureCalendars(createContentTool(phone.shell), 'phone-1', sink)
  return collections
}

function linesOf(object: string | undefined): string[] {
  return object!
    .replaceAll('\r\n ', '')
    .replace(/BEGIN:VTIMEZONE.*END:VTIMEZONE\r\n/s, '')
    .trimEnd()
    .split('\r\n')
}

function addCalendar(phone: ContentStandIn, more: Record<string, string | number> = {}): number {
  return phone.add('calendars', {
    ...ACCOUNT,
    _sync_id: 'c1',
    calendar_displayName: 'Work',
    sync_events: 1,
    ...more,
  })
}

test('a series has its rule, exceptions, reminders and attendees', async () => {
  const phone = createContentStandIn()
  const common = { calendar_id: addCalendar(phone), eventTimezone: 'Europe/Berlin', eventStatus: 1 }
  const master = phone.add('events', {
    ...common,
    title: 'Team,\nRow: 1 _id=2, x',
    dtstart: MONDAY,
    duration: 'P3600S',
    rrule: 'FREQ=WEEKLY;BYDAY=MO',
    exdate: 'Europe/Berlin;20270104T090000',
    _sync_id: 's1',
    uid2445: 'u1@example.org',
    organizer: 'ann@example.org',
    availability: 1,
  })
  const exception = { ...common, original_id: master, original_sync_id: 's1', originalAllDay: 0 }
  phone.add('events', {
    ...exception,
    title: 'Later',
    dtstart: MONDAY + WEEK + 3_600_000,
    dtend: MONDAY + WEEK + 7_200_000,
    originalInstanceTime: MONDAY + WEEK,
  })
  phone.add('events', {
    ...exception,
    eventStatus: 2,
    dtstart: MONDAY + 2 * WEEK,
    originalInstanceTime: MONDAY + 2 * WEEK,
  })
  phone.add('reminders', { event_id: master, minutes: 15, method: 1 })
  phone.add('attendees', {
    event_id: master,
    attendeeName: 'Bo "B" Ek',
    attendeeEmail: 'bo@example.org',
    attendeeStatus: 1,
    attendeeType: 2,
  })
  const [work] = await capture(phone)
  expect(work).toMatchObject({ id: 'com.google/ann@example.org/c1', displayName: 'Work', complete: true })
  const object = work!.items.get('u1@example.org')
  expect(linesOf(object).slice(4, -1)).toEqual([
    'BEGIN:VEVENT',
    'UID:u1@example.org',
    'DTSTAMP:19700101T000000Z',
    'DTSTART;TZID=Europe/Berlin:20261123T090000',
    'DURATION:PT1H',
    'SUMMARY:Team\\,\\nRow: 1 _id=2\\, x',
    'STATUS:CONFIRMED',
    'TRANSP:TRANSPARENT',
    'RRULE:FREQ=WEEKLY;BYDAY=MO',
    'EXDATE;TZID=Europe/Berlin:20270104T090000',
    'EXDATE;TZID=Europe/Berlin:20261207T090000',
    'ORGANIZER:mailto:ann@example.org',
    "ATTENDEE;CN=Bo ^'B^' Ek;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:mailto:bo@example.org",
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'DESCRIPTION:Team\\,\\nRow: 1 _id=2\\, x',
    'TRIGGER:-PT15M',
    'END:VALARM',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:u1@example.org',
    'DTSTAMP:19700101T000000Z',
    'DTSTART;TZID=Europe/Berlin:20261130T100000',
    'DTEND;TZID=Europe/Berlin:20261130T110000',
    'RECURRENCE-ID;TZID=Europe/Berlin:20261130T090000',
    'SUMMARY:Later',
    'STATUS:CONFIRMED',
    'END:VEVENT',
  ])
  expect(readCalendar(Buffer.from(object!)).readable).toBe(true)
})

test('an event of whole days has days, and no zone', async () => {
  const phone = createContentStandIn()
  phone.add('events', {
    calendar_id: addCalendar(phone),
    title: 'Trip',
    dtstart: Date.UTC(2026, 11, 24),
    dtend: Date.UTC(2026, 11, 27),
    allDay: 1,
    eventTimezone: 'UTC',
  })
  const [work] = await capture(phone)
  const [object] = work!.items.values()
  expect(linesOf(object)).toEqual(
    expect.arrayContaining(['DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261227']),
  )
})

test('a second capture finds the same', async () => {
  const phone = createContentStandIn()
  const calendar_id = addCalendar(phone)
  for (let n = 0; n < 5; n++) phone.add('events', { calendar_id, title: `e${n}`, dtstart: MONDAY + n * WEEK })
  const first = await capture(phone)
  expect(first[0]!.items.size).toBe(5)
  expect(await capture(phone)).toEqual(first)
})

test('an exception whose series is elsewhere is kept', async () => {
  const phone = createContentStandIn()
  phone.add('events', {
    calendar_id: addCalendar(phone),
    title: 'Only this one',
    dtstart: MONDAY,
    eventTimezone: 'Europe/Berlin',
    original_sync_id: 's9',
    originalInstanceTime: MONDAY,
  })
  const [work] = await capture(phone)
  expect([...work!.items.values()].join()).toContain('RECURRENCE-ID;TZID=Europe/Berlin:20261123T090000')
})

test('a calendar that is switched off on the phone does not count as emptied', async () => {
  const phone = createContentStandIn()
  addCalendar(phone, { sync_events: 0 })
  addCalendar(phone, { account_type: 'LOCAL', sync_events: 0, _sync_id: 'c2' })
  expect((await capture(phone)).map(({ id, complete }) => ({ id, complete }))).toEqual([
    { id: 'LOCAL/ann@example.org/c2', complete: true },
  ])
})

test('what was written back of a calendar belongs to it, and counts once when the calendar is there again', async () => {
  const phone = createContentStandIn()
  const id = 'com.google/ann@example.org/c1'
  const ours = { account_type: 'LOCAL', account_name: 'Sidekeep', _sync_id: calendarMark(id, 'Work') }
  const back = addCalendar(phone, ours)
  const event = (calendar_id: number, uid2445: string, title: string) =>
    phone.add('events', { calendar_id, uid2445, title, dtstart: MONDAY, dtend: MONDAY, eventTimezone: 'UTC' })
  event(back, 'u1', 'Old')
  event(back, 'u2', 'Only here')
  expect(await capture(phone)).toMatchObject([{ id, displayName: 'Work', complete: false }])
  event(addCalendar(phone), 'u1', 'New')
  const [work, ...others] = await capture(phone)
  expect(others).toEqual([])
  expect(work).toMatchObject({ id, complete: true })
  expect([...work!.items].map(([uid, object]) => [uid, /SUMMARY:(.*)/.exec(object)?.[1]])).toEqual([
    ['u1', 'New'],
    ['u2', 'Only here'],
  ])
})
