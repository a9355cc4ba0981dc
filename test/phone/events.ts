/** iCalendar events as phones write them: in time zones, all day, floating, in UTC, recurring with exceptions, with alarms and guests. */
import type { Chance } from './chance.ts'
import { escapeText, joinLines } from './content-line.ts'

interface Zone {
  id: string
  lines: readonly string[]
}

const BERLIN: Zone = {
  id: 'Europe/Berlin',
  lines: [
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    'BEGIN:DAYLIGHT',
    'TZNAME:CEST',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    'DTSTART:19960331T020000',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
    'END:DAYLIGHT',
    'BEGIN:STANDARD',
    'TZNAME:CET',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'DTSTART:19961027T030000',
    'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
    'END:STANDARD',
    'END:VTIMEZONE',
  ],
}

const NEW_YORK: Zone = {
  id: 'America/New_York',
  lines: [
    'BEGIN:VTIMEZONE',
    'TZID:America/New_York',
    'BEGIN:DAYLIGHT',
    'TZOFFSETFROM:-0500',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU',
    'DTSTART:20070311T020000',
    'TZNAME:EDT',
    'TZOFFSETTO:-0400',
    'END:DAYLIGHT',
    'BEGIN:STANDARD',
    'TZOFFSETFROM:-0400',
    'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU',
    'DTSTART:20071104T020000',
    'TZNAME:EST',
    'TZOFFSETTO:-0500',
    'END:STANDARD',
    'END:VTIMEZONE',
  ],
}

const KOLKATA: Zone = {
  id: 'Asia/Kolkata',
  lines: [
    'BEGIN:VTIMEZONE',
    'TZID:Asia/Kolkata',
    'BEGIN:STANDARD',
    'TZNAME:IST',
    'TZOFFSETFROM:+0530',
    'TZOFFSETTO:+0530',
    'DTSTART:19700101T000000',
    'END:STANDARD',
    'END:VTIMEZONE',
  ],
}

const TITLES = [
  'Dentist',
  'Piano lesson',
  'Elternabend 4b',
  'Lunch with Grace; bring the photos',
  'Team call',
  'Vétérinaire — Minou',
  '☕ with Łukasz',
  'Swimming',
  'Parcel arrives',
  'Fußballtraining U12',
  '家族の夕食',
]
const PLACES = ['Town hall, room 2', 'Hauptstraße 5, 10115 Berlin', 'Kitchen', 'https://meet.example.org/abc']
const DAY_MS = 86_400_000

/** An event around `now`: from 80 days before to 200 days after, so that a phone with a 90-day limit holds it. */
export function makeEvent(chance: Chance, now: Date): Buffer {
  const dates = makeDates(chance, now)
  const apple = chance.often(0.4)
  const uid = apple
    ? chance.uuid().toUpperCase()
    : chance.often(0.2)
      ? `${chance.uuid()}@google.com`
      : chance.uuid()
  const summary = `SUMMARY:${escapeText(chance.pick(TITLES))}`
  const stamp = `DTSTAMP:${utc(now)}`
  const master = ['BEGIN:VEVENT', stamp, `UID:${uid}`, summary, ...dates.lines]
  if (chance.often(0.3)) master.push(`LOCATION:${escapeText(chance.pick(PLACES))}`)
  if (chance.often(0.2)) master.push('DESCRIPTION:Bring the forms\\, signed.\\n\\nSee you there!')
  if (chance.often(0.15)) master.push(...guests())
  if (apple) master.push('X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC')
  if (chance.often(0.4)) master.push(...alarm(chance, apple))
  master.push('END:VEVENT')
  const moved = dates.moved
    ? ['BEGIN:VEVENT', stamp, `UID:${uid}`, `${summary} (moved)`, ...dates.moved, 'END:VEVENT']
    : []
  return joinLines([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    apple ? 'PRODID:-//Apple Inc.//iOS 26.1//EN' : 'PRODID:DAVx5/4.5.3-ose ical4j/4.1.1',
    ...(apple ? ['CALSCALE:GREGORIAN'] : []),
    ...(dates.zone?.lines ?? []),
    ...master,
    ...moved,
    'END:VCALENDAR',
  ])
}

/** The same event under another title; every other byte stays. */
export function withTitle(event: Buffer, title: string): Buffer {
  const line = joinLines([`SUMMARY:${escapeText(title)}`]).toString()
  return Buffer.from(event.toString().replace(/^SUMMARY:.*\r\n(?:[ \t].*\r\n)*/m, () => line))
}

interface Dates {
  zone?: Zone
  lines: string[]
  /** The dates of an instance that was moved (RECURRENCE-ID). */
  moved?: string[]
}

function makeDates(chance: Chance, now: Date): Dates {
  const day = new Date(now.getTime() + chance.between(-80, 200) * DAY_MS)
  const hour = chance.between(7, 20)
  const roll = chance.next()
  if (roll < 0.2) return allDay(chance, day)
  if (roll < 0.3) return { lines: [`DTSTART:${local(day, hour)}`, `DTEND:${local(day, hour + 1)}`] }
  if (roll < 0.4) return { lines: [`DTSTART:${local(day, hour)}Z`, 'DURATION:PT45M'] }
  const zone = chance.pick([BERLIN, NEW_YORK, KOLKATA])
  const at = (date: Date, hours: number): string => `;TZID=${zone.id}:${local(date, hours)}`
  const lines = [`DTSTART${at(day, hour)}`, `DTEND${at(day, hour + 1)}`]
  if (roll < 0.75) return { zone, lines }
  const week = (n: number): Date => new Date(day.getTime() + 7 * n * DAY_MS)
  if (roll < 0.85) return { zone, lines: [...lines, 'RRULE:FREQ=WEEKLY', `EXDATE${at(week(2), hour)}`] }
  return {
    zone,
    lines: [...lines, `RRULE:FREQ=WEEKLY;COUNT=${chance.between(4, 30)}`],
    moved: [
      `RECURRENCE-ID${at(week(1), hour)}`,
      `DTSTART${at(week(1), hour + 1)}`,
      `DTEND${at(week(1), hour + 2)}`,
    ],
  }
}

function allDay(chance: Chance, day: Date): Dates {
  const date = (at: Date): string => local(at, 0).slice(0, 8)
  if (chance.often(0.5)) {
    const born = new Date(Date.UTC(chance.between(1940, 2020), day.getUTCMonth(), chance.between(1, 28)))
    return { lines: [`DTSTART;VALUE=DATE:${date(born)}`, 'RRULE:FREQ=YEARLY', 'TRANSP:TRANSPARENT'] }
  }
  const end = new Date(day.getTime() + chance.between(1, 14) * DAY_MS)
  return { lines: [`DTSTART;VALUE=DATE:${date(day)}`, `DTEND;VALUE=DATE:${date(end)}`] }
}

function guests(): string[] {
  return [
    'ORGANIZER;CN=Ada Turner:mailto:ada@example.org',
    'ATTENDEE;CN="Müller, Jürgen";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:juergen@example.com',
    'ATTENDEE;CN=Ada Turner;PARTSTAT=ACCEPTED:mailto:ada@example.org',
  ]
}

function alarm(chance: Chance, apple: boolean): string[] {
  const id = chance.uuid().toUpperCase()
  return [
    'BEGIN:VALARM',
    ...(apple ? [`X-WR-ALARMUID:${id}`, `UID:${id}`] : []),
    'ACTION:DISPLAY',
    `TRIGGER:-PT${chance.pick([10, 15, 30, 60])}M`,
    'DESCRIPTION:Reminder',
    'END:VALARM',
  ]
}

/** Local time of a day at an hour, as in `20261122T090000`. */
function local(day: Date, hour: number): string {
  const at = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour))
  return at.toISOString().replace(/[-:]|\.\d{3}Z/g, '')
}

function utc(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d{3}/g, '')
}
