/** Damaged calendars and cards, made from real ones: nothing throws, and nothing takes long. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesAddressbookFilter } from '../../../../main/links/dav/query/addressbook-filter.ts'
import { matchesCalendarFilter } from '../../../../main/links/dav/query/calendar-filter.ts'
import { expandCalendar, limitRecurrenceSet } from '../../../../main/links/dav/query/expand.ts'
import { busyTimesOf } from '../../../../main/links/dav/query/free-busy.ts'
import { Refusal } from '../../../../main/links/dav/refusal.ts'
import { readCalendar } from '../../../../main/replica/index/calendar.ts'
import { UTC } from '../../../../main/replica/index/icalendar/zone.ts'
import { readContact } from '../../../../main/replica/index/vcard.ts'
import { describeCorpus } from '../../../corpus.ts'
import { HANG } from '../../hang.ts'
import { comp, inCalendar, range } from './objects.ts'

// Pieces that change the meaning of what is around them.
const PIECES = [
  ...['\r\n', '\n ', ';', '=', '"', ':', ',', '\\', '\0', '\xff', '-1', '99999999', 'T', 'Z'],
  ...[
    'BEGIN:VEVENT\n',
    'END:VEVENT\n',
    'BEGIN:VCARD\n',
    'END:VCALENDAR\n',
    'TZID=Europe/Berlin',
    'RANGE=THISANDFUTURE',
  ],
  ...[
    'RRULE:FREQ=SECONDLY\n',
    ';BYMONTH=2;BYMONTHDAY=30',
    'COUNT=99999999',
    'UNTIL=99991231T235959Z',
    'INTERVAL=0',
    'BYSETPOS=-1',
  ],
  ...[
    'DTSTART:00010101T000000\n',
    'DTSTART:99991231T235959\n',
    'DURATION:P99999W999999DT99999999H\n',
    'ENCODING=QUOTED-PRINTABLE',
  ],
]

const damage = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    piece: fc.constantFrom(...PIECES),
    cut: fc.integer({ min: 0, max: 40 }),
  }),
  { minLength: 1, maxLength: 6 },
)

function damaged(bytes: Buffer, faults: { at: number; piece: string; cut: number }[]): Buffer {
  return faults.reduce((text, { at, piece, cut }) => {
    const place = Math.floor(at * text.length)
    return Buffer.concat([text.subarray(0, place), Buffer.from(piece, 'latin1'), text.subarray(place + cut)])
  }, bytes)
}

describeCorpus('damaged calendars', 'icalendars', (files) => {
  const samples = files.map((file) => file.bytes()).filter((bytes) => bytes.length < 8000)

  test('are read, matched and taken apart as far as they go', { timeout: 60_000 }, () => {
    const [open, closed] = [range('2015-06-01'), range('2015-06-01', '2015-07-01')]
    const filters = [open, closed].flatMap((timeRange) => [
      inCalendar(comp('VEVENT', { timeRange })),
      inCalendar(comp('VTODO', { timeRange })),
      inCalendar(comp('VEVENT', { comps: [comp('VALARM', { timeRange })] })),
    ])
    fc.assert(
      fc.property(fc.constantFrom(...samples), damage, (sample, faults) => {
        const bytes = damaged(sample, faults)
        const before = performance.now()
        readCalendar(bytes)
        for (const filter of filters) matchesCalendarFilter(filter, bytes)
        limitRecurrenceSet(bytes, closed, UTC)
        busyTimesOf(bytes, closed, UTC)
        try {
          expandCalendar(bytes, closed, UTC)
        } catch (error) {
          // Too many instances is an answer.
          expect(error).toBeInstanceOf(Refusal)
        }
        expect(performance.now() - before).toBeLessThan(HANG)
      }),
      { numRuns: 1500 },
    )
  })
})

describeCorpus('damaged cards', 'vcards', (files) => {
  const samples = files.map((file) => file.bytes()).filter((bytes) => bytes.length < 30_000)

  test('are read and matched as far as they go', { timeout: 60_000 }, () => {
    const name = {
      name: 'FN',
      group: null,
      isNotDefined: false,
      test: 'anyof',
      textMatches: [],
      params: [],
    } as const
    fc.assert(
      fc.property(fc.constantFrom(...samples), damage, (sample, faults) => {
        const bytes = damaged(sample, faults)
        const facts = readContact(bytes)
        expect(facts.name.length).toBeLessThanOrEqual(500)
        matchesAddressbookFilter({ test: 'anyof', props: [{ ...name, textMatches: [], params: [] }] }, bytes)
      }),
      { numRuns: 1500 },
    )
  })
})
