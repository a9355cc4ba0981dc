/** Events that go back to an Android phone: rows that say the same, found again after a reset, and nothing twice. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { captureCalendars } from '../../../../main/links/android/calendars.ts'
import { createContentTool } from '../../../../main/links/android/content-tool.ts'
import { createContentWriter } from '../../../../main/links/android/content-writer.ts'
import { sendCalendars } from '../../../../main/links/android/send-calendars.ts'
import type { SentItem } from '../../../../main/links/link.ts'
import { describeCorpus } from '../../../corpus.ts'
import { createKeeper, type KeptCollection } from './capture-fixture.ts'
import { hostileName, hostileText } from './hostile-text.ts'
import { createScriptPhone, type Manner, type ScriptPhone } from './script-phone.ts'

const MONDAY = Date.UTC(2026, 10, 23, 8)
const DAY = 86_400_000

async function capture(phone: ScriptPhone, identity = 'phone-1') {
  const kept = createKeeper()
  await captureCalendars(createContentTool(phone.shell), identity, kept.sink)
  return kept.collections
}

function send(phone: ScriptPhone, items: readonly SentItem[], dryRun = false) {
  const [tool, writer] = [createContentTool(phone.shell), createContentWriter(phone)]
  return sendCalendars({ tool, writer, identity: 'phone-2', zone: 'Europe/Berlin' }, items, { dryRun }, {})
}

/** What was captured, as it goes back. */
function itemsOf(collections: readonly KeptCollection[]): SentItem[] {
  return collections.flatMap(({ id, displayName, items }) =>
    [...items.values()].map((bytes, n) => ({
      ...{ kind: 'calendar' as const, name: `${n}.ics`, bytes: Buffer.from(bytes) },
      collection: { id, displayName },
    })),
  )
}

function fromElsewhere(...lines: string[]): SentItem {
  const bytes = ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')
  return {
    kind: 'calendar',
    name: 'e.ics',
    bytes: Buffer.from(bytes),
    collection: { id: null, displayName: 'Home' },
  }
}

function event(...lines: string[]): string[] {
  return ['BEGIN:VEVENT', 'UID:u1', ...lines, 'END:VEVENT']
}

/** A year on a phone: series with exceptions, whole days, people and reminders. */
function fill(phone: ScriptPhone): void {
  const google = { account_type: 'com.google', account_name: 'ann@example.org', _sync_id: 'c1' }
  const work = phone.add('calendars', { ...google, calendar_displayName: 'Work', sync_events: 1 })
  const home = phone.add('calendars', { account_type: 'LOCAL', account_name: 'Me', name: 'Home' })
  const common = { calendar_id: work, eventTimezone: 'Europe/Berlin', eventStatus: 1 }
  const series = { ...common, dtstart: MONDAY, duration: 'P3600S', rrule: 'FREQ=WEEKLY;BYDAY=MO' }
  const exdate = 'Europe/Berlin;20270104T090000'
  const people = { organizer: 'ann@example.org', _sync_id: 's1', uid2445: 'u1@example.org' }
  const master = phone.add('events', { ...series, ...people, exdate, title: 'Team' })
  const exception = { ...common, original_id: master, original_sync_id: 's1', originalAllDay: 0 }
  const later = MONDAY + 7 * DAY
  phone.add('events', {
    ...exception,
    title: 'Later',
    dtstart: later + 1,
    dtend: later + 2,
    originalInstanceTime: later,
  })
  phone.add('events', {
    ...exception,
    eventStatus: 2,
    dtstart: later,
    originalInstanceTime: MONDAY + 14 * DAY,
  })
  phone.add('events', {
    ...exception,
    original_id: 99,
    original_sync_id: 'gone',
    title: 'Alone',
    dtstart: later,
    dtend: later,
    originalInstanceTime: later,
  })
  for (const minutes of [15, 0, 1440]) phone.add('reminders', { event_id: master, minutes, method: 1 })
  phone.add('attendees', {
    event_id: master,
    attendeeName: 'Bo',
    attendeeEmail: 'bo@example.org',
    attendeeStatus: 1,
    attendeeType: 2,
    attendeeRelationship: 1,
  })
  phone.add('attendees', {
    event_id: master,
    attendeeEmail: 'ann@example.org',
    attendeeStatus: 3,
    attendeeRelationship: 2,
  })
  const days = { calendar_id: home, allDay: 1, eventTimezone: 'UTC', dtstart: Date.UTC(2026, 11, 24) }
  phone.add('events', {
    ...days,
    title: 'Trip',
    dtend: Date.UTC(2026, 11, 27),
    accessLevel: 2,
    availability: 1,
  })
  phone.add('events', {
    ...days,
    title: 'Birthday',
    duration: 'P1D',
    rrule: 'FREQ=YEARLY',
    exdate: '20271224',
    rdate: '20270101,20270102',
  })
  phone.add('events', {
    calendar_id: home,
    title: 'Flight',
    dtstart: MONDAY,
    dtend: MONDAY + DAY,
    eventTimezone: 'Europe/Berlin',
    eventEndTimezone: 'America/New_York',
  })
}

describe.each<[string, Manner]>([
  ['a newer phone', {}],
  ['an older phone', { isOld: true }],
])('what goes back to %s', (_, manner) => {
  test('after a reset is captured again as it was, and nothing goes twice', async () => {
    const before = createScriptPhone(manner)
    fill(before)
    const captured = await capture(before)
    const phone = createScriptPhone(manner)
    const items = itemsOf(captured)
    expect(items).toHaveLength(5)
    expect(await send(phone, items, true)).toMatchObject({ added: 5, unchanged: 0, failed: [] })
    expect(await capture(phone)).toEqual([])
    expect(await send(phone, items)).toEqual({ added: 5, changed: 0, unchanged: 0, failed: [], next: null })
    const again = await capture(phone, 'phone-2')
    expect(again.map(({ id, displayName, items }) => ({ id, displayName, items }))).toEqual(
      captured.map(({ id, displayName, items }) => ({ id, displayName, items })),
    )
    expect(again.map(({ complete }) => complete)).toEqual([false, false])
    const rows = phone.database.prepare('SELECT * FROM events').all()
    expect(await send(phone, items)).toMatchObject({ added: 0, changed: 0, unchanged: 5, failed: [] })
    expect(phone.database.prepare('SELECT * FROM events').all()).toEqual(rows)
    expect(phone.files.size).toBe(0)
  })
})

const zone = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'UTC',
  'Australia/Lord_Howe',
)
const moment = fc
  .integer({ min: Date.UTC(2000, 0) / 60_000, max: Date.UTC(2035, 0) / 60_000 })
  .map((n) => n * 60_000)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const contents = fc.record({
  title: maybe(hostileText),
  eventLocation: maybe(hostileText),
  description: maybe(hostileText),
  eventStatus: maybe(fc.constantFrom(0, 1)),
  accessLevel: fc.nat(3),
  availability: fc.nat(1),
})
const people = fc.array(
  fc.record({
    attendeeName: maybe(hostileName),
    attendeeEmail: hostileName.map((name) => `${name}@example.org`),
    attendeeStatus: fc.nat(4),
    attendeeRelationship: fc.constantFrom(1, 2),
    attendeeType: fc.nat(3),
  }),
  { maxLength: 3 },
)
const rule = fc.constantFrom(
  'FREQ=DAILY;COUNT=9',
  'FREQ=WEEKLY;BYDAY=MO,TH',
  'FREQ=MONTHLY;UNTIL=20301231T000000Z',
)
const anyEvent = fc.record({
  contents,
  people,
  minutes: fc.array(fc.nat(50_000), { maxLength: 3 }),
  allDay: fc.boolean(),
  start: moment,
  hours: fc.integer({ min: 1, max: 60 }),
  zone,
  endZone: zone,
  rule: maybe(rule),
  exceptions: fc.uniqueArray(
    fc.record({ n: fc.integer({ min: 1, max: 8 }), contents, isCancelled: fc.boolean() }),
    {
      selector: ({ n }) => n,
      maxLength: 3,
    },
  ),
  uid: maybe(hostileName),
})

test('whatever is in an event comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (events, isOld) => {
        const before = createScriptPhone()
        const calendar_id = before.add('calendars', { account_type: 'x', account_name: 'y', _sync_id: 'c' })
        for (const one of events) {
          const { allDay, hours, exceptions } = one
          const start = allDay ? Math.floor(one.start / DAY) * DAY : one.start
          const length = allDay ? hours * DAY : hours * 3_600_000
          const eventTimezone = allDay ? 'UTC' : one.zone
          const common = { calendar_id, allDay: Number(allDay), eventTimezone }
          const end = one.rule
            ? { duration: allDay ? `P${hours}D` : `P${hours * 3600}S`, rrule: one.rule }
            : { dtend: start + length, ...(allDay ? {} : { eventEndTimezone: one.endZone }) }
          const master = before.add(
            'events',
            defined({
              ...common,
              ...one.contents,
              ...end,
              dtstart: start,
              uid2445: one.uid,
              organizer: 'o@x',
            }),
          )
          for (const row of one.people) before.add('attendees', defined({ event_id: master, ...row }))
          for (const minutes of one.minutes) before.add('reminders', { event_id: master, minutes, method: 1 })
          for (const { n, contents, isCancelled } of one.rule ? exceptions : []) {
            const original = {
              original_id: master,
              originalInstanceTime: start + n * DAY,
              originalAllDay: Number(allDay),
            }
            const status = isCancelled ? { eventStatus: 2 } : {}
            const times = { dtstart: start + n * DAY, dtend: start + n * DAY + length }
            before.add('events', defined({ ...common, ...contents, ...original, ...times, ...status }))
          }
        }
        const captured = await capture(before)
        const phone = createScriptPhone({ isOld })
        const report = await send(phone, itemsOf(captured))
        const known = new Set(captured[0]!.items.keys())
        expect(report).toMatchObject({ added: known.size, failed: [] })
        const [again] = await capture(phone, 'phone-2')
        expect([...again!.items]).toEqual([...captured[0]!.items])
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)

function defined<T extends object>(row: T): Record<string, string | number> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}

test('an event from elsewhere is put into a calendar of its name, and what has no place is named', async () => {
  const phone = createScriptPhone()
  const item = fromElsewhere(
    ...event(
      'DTSTART:20261123T090000',
      'DTEND:20261123T093000',
      'SUMMARY:Tea\\, hot',
      'RRULE:FREQ=WEEKLY',
      'EXDATE;VALUE=DATE:20261130',
      'URL:https://example.org',
      'ATTACH:https://example.org/a',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER;RELATED=END:-PT1H',
      'END:VALARM',
      'BEGIN:VALARM',
      'TRIGGER:PT5M',
      'END:VALARM',
    ),
  )
  expect(await send(phone, [item])).toEqual({
    ...{ added: 1, changed: 0, unchanged: 0, failed: [], next: null },
    partial: [
      {
        name: 'e.ics',
        reason:
          'A phone’s calendar has no place for attachments, the web address, alarms that do not come before it begins.',
      },
    ],
  })
  const [row] = phone.database.prepare('SELECT * FROM events').all()
  expect(row).toMatchObject({
    ...{ title: 'Tea, hot', dtstart: MONDAY, eventTimezone: 'Europe/Berlin', allDay: 0 },
    ...{ duration: 'P1800S', dtend: null, exdate: '20261130T080000Z', uid2445: 'u1' },
  })
  expect(phone.database.prepare('SELECT minutes FROM reminders').all()).toEqual([{ minutes: 30 }])
  const [home] = await capture(phone)
  expect(home).toMatchObject({
    id: 'LOCAL/Sidekeep/sidekeep:named/Home',
    displayName: 'Home',
    complete: true,
  })
  expect(await send(phone, [item])).toMatchObject({ added: 0, unchanged: 1 })
  // Captured from this phone, it goes back into the same calendar.
  const back = createScriptPhone()
  await send(back, itemsOf([home!]))
  expect(await capture(back)).toMatchObject([{ id: home!.id, items: home!.items }])
})

test('occurrences that differ find their event, however they name it', async () => {
  const phone = createScriptPhone()
  const zone = [
    ...['BEGIN:VTIMEZONE', 'TZID:Our office', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
    ...['TZOFFSETFROM:+0900', 'TZOFFSETTO:+0900', 'END:STANDARD', 'END:VTIMEZONE'],
  ]
  const lines = [
    ...event('DTSTART;TZID=Our office:20261123T090000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY'),
    ...event('RECURRENCE-ID;VALUE=DATE:20261124', 'DTSTART:20261124T030000Z', 'RRULE:FREQ=DAILY'),
    ...event(
      'RECURRENCE-ID;RANGE=THISANDFUTURE:20261126T000000Z',
      'DTSTART:20261126T040000Z',
      'STATUS:CANCELLED',
    ),
  ]
  expect(await send(phone, [fromElsewhere(...zone, ...lines)])).toMatchObject({
    ...{ added: 1, failed: [] },
    partial: [{ reason: expect.stringContaining('that all later occurrences change with one') }],
  })
  const rows = phone.database.prepare('SELECT * FROM events ORDER BY _id').all()
  expect(rows).toMatchObject([
    { eventTimezone: expect.stringMatching(/^Asia\//), dtstart: Date.UTC(2026, 10, 23), duration: 'P3600S' },
    {
      original_id: rows[0]!._id,
      originalInstanceTime: Date.UTC(2026, 10, 24),
      originalAllDay: 0,
      rrule: null,
    },
    { original_id: rows[0]!._id, originalInstanceTime: Date.UTC(2026, 10, 26), eventStatus: 2 },
  ])
})

test.each([
  ['a task', ['BEGIN:VTODO', 'UID:t', 'END:VTODO'], 'holds events only'],
  ['no event', ['X-A:b'], 'cannot be read'],
  ['an event without a time', event('SUMMARY:x'), 'when it is'],
  [
    'an occurrence that is there twice',
    [...event('RECURRENCE-ID:20261123T090000Z'), ...event('RECURRENCE-ID:20261123T090000Z')],
    'there twice',
  ],
  ['two events', [...event('DTSTART:20261123'), 'BEGIN:VEVENT', 'UID:u2', 'END:VEVENT'], 'not one event'],
  [
    'a rule that the phone refuses',
    event('DTSTART:20261123T090000Z', 'RRULE:FREQ=SOMETIMES'),
    'Invalid recurrence rule',
  ],
])('%s is named with the reason', async (_, lines, reason) => {
  const phone = createScriptPhone({
    before: (args) =>
      args.join().includes('SOMETIMES')
        ? {
            stdout: '',
            stderr:
              'Error while accessing provider:calendar\njava.lang.IllegalArgumentException: Invalid recurrence rule: x\n\tat y\n',
            exitCode: 0,
          }
        : undefined,
  })
  expect(await send(phone, [fromElsewhere(...lines)])).toMatchObject({
    ...{ added: 0, failed: [{ name: 'e.ics', reason: expect.stringContaining(reason) }] },
  })
})

test('an event that was cut off is written anew, and one that was deleted on the phone comes back', async () => {
  const before = createScriptPhone()
  fill(before)
  const captured = await capture(before)
  const items = itemsOf(captured)
  const phone = createScriptPhone()
  await send(phone, items)
  phone.database.exec("DELETE FROM reminders; DELETE FROM attendees WHERE attendeeName='Bo'")
  phone.database.exec("UPDATE events SET deleted=1 WHERE title='Trip'")
  const [, home] = await capture(phone, 'phone-2')
  expect(home!.gone).toEqual([[...captured[1]!.items.keys()][0]])
  expect(await send(phone, items)).toMatchObject({ added: 1, changed: 1, unchanged: 3, failed: [] })
  expect((await capture(phone, 'phone-2')).map(({ items }) => items)).toEqual(
    captured.map(({ items }) => items),
  )
  expect(phone.database.prepare('SELECT count(*) AS n FROM events').get()).toEqual({
    n: before.database.prepare('SELECT count(*) AS n FROM events WHERE eventStatus IS NOT 2').get()!.n,
  })
})

test('what is in the account’s own calendar is left as it is', async () => {
  const phone = createScriptPhone()
  fill(phone)
  const items = itemsOf(await capture(phone, 'phone-2'))
  expect(await send(phone, items)).toMatchObject({ added: 0, unchanged: 5, failed: [] })
  phone.database.exec("UPDATE events SET title='Changed' WHERE title='Team'")
  expect(await send(phone, items)).toMatchObject({
    ...{ added: 0, unchanged: 4 },
    failed: [{ reason: expect.stringContaining('was left as it is') }],
  })
  expect(phone.database.prepare("SELECT * FROM calendars WHERE account_name='Sidekeep'").all()).toEqual([])
})

test('a phone that lets nothing be written says so, after one try', async () => {
  let tries = 0
  const phone = createScriptPhone({
    before: ([command]) => {
      if (command !== 'insert' || ++tries === 1) return undefined
      return {
        stdout: '',
        stderr:
          'Error while accessing provider:calendar\njava.lang.SecurityException: Permission Denial: writing\n\tat x\n',
        exitCode: 0,
      }
    },
  })
  const two = [
    fromElsewhere(...event('DTSTART:20261123')),
    { ...fromElsewhere(...event('DTSTART:20261124')), collection: { id: null, displayName: 'Other' } },
  ]
  await expect(send(phone, two)).rejects.toMatchObject({ code: 'not-allowed' })
  expect(tries).toBe(2)
  expect(phone.files.size).toBe(0)
})

describeCorpus('calendar entries that nobody here wrote', 'icalendars', (files) => {
  test('go to a phone, or are named', async () => {
    const phone = createScriptPhone()
    const entries = files
      .slice(0, 150)
      .map(({ name, bytes }) => ({ ...fromElsewhere(), name, bytes: bytes() }))
    const { added, unchanged, failed } = await send(phone, entries)
    expect(added + unchanged + failed.length).toBe(entries.length)
    expect(added).toBeGreaterThan(10)
    expect(failed.filter(({ reason }) => /The phone/.test(reason))).toEqual([])
    expect(await send(phone, entries)).toMatchObject({ added: 0, changed: 0 })
  })
})
