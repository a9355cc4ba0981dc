/** Calendars of an iPhone become calendar objects; rules that nobody understands stay as they are. */
import { describe, expect, it } from 'vitest'
import { readCalendars } from '../../../main/links/iphone/calendars/calendars.ts'
import { readCalendar } from '../../../main/replica/index/calendar.ts'
import { apple, type CalendarRows, makeCalendars, type Schema } from '../../phone/iphone-data.ts'
import { all, opener, parsed } from './made.ts'

const open = opener()
const ZONE = 'Europe/Berlin'
// Monday, 9 March 2026, 9:00 in Berlin.
const START = Date.UTC(2026, 2, 9, 8)
const HOUR = 3_600_000
const DAY = 24 * HOUR

function item(more: Record<string, string | number | null>): Record<string, string | number | null> {
  return {
    ROWID: 1,
    summary: 'Stand-up, daily; short',
    start_date: apple(START),
    start_tz: ZONE,
    end_date: apple(START + HOUR),
    all_day: 0,
    calendar_id: 1,
    entity_type: 2,
    unique_identifier: 'uid-1',
    last_modified: apple(START),
    ...more,
  }
}

async function read(rows: CalendarRows, schema: Schema = 'new') {
  const missed: string[] = []
  const calendars = readCalendars(open(makeCalendars(schema, rows, true)), (what, reason) =>
    missed.push(`${what}: ${reason}`),
  )
  const items = []
  for (const calendar of calendars) items.push(...(await all(calendar.objects())))
  const texts = items.map(({ bytes }) => Buffer.from(bytes).toString().replaceAll('\r\n ', ''))
  return { calendars, items, texts, missed }
}

describe.each<Schema>(['old', 'new'])('calendars of the %s form', (schema) => {
  it('give events with all that they have', async () => {
    const { items, texts, missed } = await read(
      {
        CalendarItem: [
          item({
            location_id: 1,
            description: 'a\nb',
            status: 2,
            availability: 1,
            url: 'https://a.example/x?y=1,2',
          }),
        ],
        Location: [{ ROWID: 1, title: 'Room 1, left', latitude: 52.5, longitude: 13.4 }],
        Alarm: [
          { trigger_interval: -900, [schema === 'new' ? 'calendaritem_owner_id' : 'owner_id']: 1 },
          {
            trigger_date: apple(START - DAY),
            trigger_interval: 2 ** 31 - 1,
            [schema === 'new' ? 'calendaritem_owner_id' : 'owner_id']: 1,
          },
          { trigger_interval: 0, proximity: 1, [schema === 'new' ? 'calendaritem_owner_id' : 'owner_id']: 1 },
        ],
        Participant: [
          { entity_type: 8, owner_id: 1, identity_id: 1 },
          { entity_type: 7, owner_id: 1, identity_id: 2, email: 'bo@example.org', status: 1 },
        ],
        Identity: [
          { ROWID: 1, display_name: 'Ada "L"', address: 'mailto:ada@example.org' },
          { ROWID: 2, display_name: 'Bo', address: null },
        ],
      },
      schema,
    )
    const [text = ''] = texts
    expect(parsed(items[0]!).getAllSubcomponents('vevent')).toHaveLength(1)
    expect(readCalendar(items[0]!.bytes)).toMatchObject({ uid: 'uid-1', readable: true })
    expect(text).toContain('BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin')
    for (const line of [
      'DTSTART;TZID=Europe/Berlin:20260309T090000',
      'DTEND;TZID=Europe/Berlin:20260309T100000',
      'SUMMARY:Stand-up\\, daily\\; short',
      'LOCATION:Room 1\\, left',
      'GEO:52.5;13.4',
      'URL:https://a.example/x?y=1,2',
      'STATUS:TENTATIVE',
      'TRANSP:TRANSPARENT',
      'TRIGGER:-PT15M',
      'TRIGGER;VALUE=DATE-TIME:20260308T080000Z',
      "ORGANIZER;CN=Ada ^'L^':mailto:ada@example.org",
      'ATTENDEE;CN=Bo;X-IPHONE-STATUS=1:mailto:bo@example.org',
    ]) {
      expect(text.split('\r\n')).toContain(line)
    }
    expect(missed).toEqual([expect.stringContaining('alarm')])
  })

  it('give a series with its exceptions as one object', async () => {
    const { items, texts } = await read(
      {
        CalendarItem: [
          item({ has_recurrences: 1 }),
          item({
            ROWID: 2,
            orig_item_id: 1,
            orig_date: apple(START + DAY),
            start_date: apple(START + DAY + HOUR),
            end_date: apple(START + DAY + 2 * HOUR),
            summary: 'Later',
            unique_identifier: null,
          }),
        ],
        Recurrence: [{ frequency: 1, interval: 1, count: 5, owner_id: 1 }],
        // The phone lists days with a row of their own too.
        ExceptionDate: [
          { owner_id: 1, date: apple(START + DAY) },
          { owner_id: 1, date: apple(START + 2 * DAY) },
        ],
      },
      schema,
    )
    expect(items).toHaveLength(1)
    expect(texts[0]).toContain('RRULE:FREQ=DAILY;COUNT=5\r\nEXDATE;TZID=Europe/Berlin:20260311T090000')
    expect(texts[0]).toContain('RECURRENCE-ID;TZID=Europe/Berlin:20260310T090000')
    expect(texts[0]!.match(/^UID:uid-1\r$/gm)).toHaveLength(2)
  })
})

describe('times', () => {
  it('of whole days end on the day after', async () => {
    const start = Date.UTC(2026, 4, 1)
    const day = { start_date: apple(start), start_tz: '_float', all_day: 1 }
    const { texts } = await read({
      CalendarItem: [
        item({ ...day, end_date: apple(start + DAY) - 1 }),
        item({ ...day, ROWID: 2, unique_identifier: 'two', end_date: apple(start + 2 * DAY) }),
      ],
    })
    expect(texts[0]).toContain('DTSTART;VALUE=DATE:20260501\r\nDTEND;VALUE=DATE:20260502')
    expect(texts[1]).toContain('DTSTART;VALUE=DATE:20260501\r\nDTEND;VALUE=DATE:20260503')
  })

  it.each([
    ['_float', 'DTSTART:20260309T080000'],
    ['GMT', 'DTSTART:20260309T080000Z'],
    [null, 'DTSTART:20260309T080000Z'],
    ['Mars/Olympus', 'DTSTART:20260309T080000Z'],
  ])('in zone %s start with %s', async (zone, line) => {
    const { texts } = await read({ CalendarItem: [item({ start_tz: zone })] })
    expect(texts[0]!.split('\r\n')).toContain(line)
    expect(texts[0]).not.toContain('VTIMEZONE')
  })
})

describe('rules', () => {
  it.each([
    [
      { frequency: 2, interval: 2, specifier: 'D=0MO,0WE', week_start: 1 },
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=MO',
    ],
    [{ frequency: 3, interval: 1, specifier: 'D=2MO' }, 'FREQ=MONTHLY;BYDAY=2MO'],
    [{ frequency: 3, interval: 1, specifier: 'M=9' }, 'FREQ=MONTHLY;BYMONTHDAY=9'],
    [{ frequency: 4, interval: 1, specifier: 'D=2MO;O=3' }, 'FREQ=YEARLY;BYDAY=2MO;BYMONTH=3'],
    [{ frequency: 1, interval: 1, end_date: apple(START + 9 * DAY) }, 'FREQ=DAILY;UNTIL=20260318T080000Z'],
    [
      { frequency: 3, specifier: 'D=0MO,0TU,0WE,0TH,0FR;S=1' },
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1',
    ],
  ])('%j is %s', async (recurrence, rule) => {
    const { texts, missed } = await read({
      CalendarItem: [item({})],
      Recurrence: [{ owner_id: 1, ...recurrence }],
    })
    expect(texts[0]!.split('\r\n')).toContain(`RRULE:${rule}`)
    expect(missed).toEqual([])
  })

  it.each([
    ['of an unknown kind', { frequency: 9, interval: 1 }],
    ['with an unknown part', { frequency: 3, interval: 1, specifier: 'Q=1' }],
    ['that would not have the event’s own day', { frequency: 2, interval: 1, specifier: 'D=0SU' }],
    ['with months in another reading', { frequency: 4, interval: 1, specifier: 'M=3' }],
    ['with months as a number', { frequency: 4, interval: 1, by_month_months: 4 }],
  ])('%s are kept as they are, and counted', async (_, recurrence) => {
    const { texts, missed } = await read({
      CalendarItem: [item({})],
      Recurrence: [{ owner_id: 1, ...recurrence }],
    })
    expect(texts[0]).not.toContain('RRULE:FREQ=MONTHLY')
    expect(texts[0]).toContain(`X-IPHONE-RECURRENCE:frequency=${recurrence.frequency} `)
    expect(missed).toEqual([expect.stringContaining('Its rule of recurrence is not understood')])
  })
})

it('a calendar that the phone names in its owner’s language has a name', async () => {
  const { calendars } = await read({
    Calendar: [{ ROWID: 1, store_id: 1, title: 'DEFAULT_CALENDAR_NAME', UUID: 'u' }],
  })
  expect(calendars).toMatchObject([{ displayName: 'Calendar' }])
})

describe('what is left out', () => {
  it('are subscribed calendars, birthdays, hidden events and stand-ins for series', async () => {
    const { calendars, items } = await read({
      Store: [
        { ROWID: 1, name: 'iCloud', type: 2 },
        { ROWID: 2, name: 'Subscribed', type: 4 },
        { ROWID: 3, name: 'Birthdays', type: 5 },
      ],
      Calendar: [1, 2, 3].map((ROWID) => ({
        ROWID,
        store_id: ROWID,
        title: `Cal ${ROWID}`,
        UUID: `u${ROWID}`,
      })),
      CalendarItem: [
        item({}),
        item({ ROWID: 2, unique_identifier: 'b', birthday_id: 5 }),
        item({ ROWID: 3, unique_identifier: 'c', hidden: 1 }),
        item({ ROWID: 4, unique_identifier: 'd', phantom_master: 1 }),
        item({ ROWID: 5, unique_identifier: 'e', calendar_id: 2 }),
      ],
    })
    expect(calendars).toMatchObject([{ id: 'calendar:iCloud/u1', displayName: 'Cal 1 (iCloud)' }])
    expect(items.map(({ identity }) => identity)).toEqual(['uid-1'])
  })

  it('is an event without a start, and that is said', async () => {
    const { items, missed } = await read({ CalendarItem: [item({ start_date: -(2 ** 31) })] })
    expect(items).toEqual([])
    expect(missed).toEqual([expect.stringContaining('no start')])
  })

  it('is not a changed day of a series that is not there itself', async () => {
    const { texts } = await read({
      CalendarItem: [item({ orig_item_id: 99, orig_date: apple(START) })],
    })
    expect(texts[0]).toContain('RECURRENCE-ID')
  })
})

it('reads tasks of old phones', async () => {
  const { texts } = await read(
    {
      CalendarItem: [
        item({
          entity_type: 3,
          start_date: null,
          due_date: apple(START),
          due_tz: ZONE,
          completion_date: apple(START),
          priority: 5,
        }),
      ],
    },
    'old',
  )
  expect(texts[0]).toContain('BEGIN:VTODO')
  expect(texts[0]).toContain('DUE;TZID=Europe/Berlin:20260309T090000')
  expect(texts[0]).toContain('STATUS:COMPLETED')
})
