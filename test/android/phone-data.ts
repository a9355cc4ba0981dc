/** Fills a phone as its owner and its apps would over the years, with texts that no parser expects. */
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MIME } from '../../main/links/android/contact-card.ts'
import type { Chance } from '../phone/chance.ts'
import { makePerson } from '../phone/people.ts'
import type { ContentStandIn } from './content-stand-in.ts'
import type { Phone } from './phone.ts'

export const GOOGLE = { account_type: 'com.google', account_name: 'ann@example.org' } as const

/** Breaks who splits rows at commas or lines, who takes words for values, and who lets a shell see them. */
const HOSTILE = [
  'a, b=c, _id=5',
  'one\nRow: 1 _id=2, data1=fake\nRow: 2 _id=3, data1=fake',
  'two\r\nlines: \\n and \\: and \\\\',
  'NULL',
  'BLOB',
  'No result found.',
  '😀 👩‍👩‍👧 ẞ \u202eabc ﷽',
  `$(touch /sdcard/DCIM/x) \`id\` 'a' "b" ; rm -rf / #`,
  '--where 1=1',
  'BEGIN:VCARD\nEND:VCARD',
  '{"a":[1,2]};x,y',
  'é'.repeat(3000),
] as const

export function hostileText(chance: Chance): string {
  return `${chance.pick(HOSTILE)} ${chance.between(0, 9999)}`
}

/** Contacts of an account and of the phone alone. */
export function addContacts({ database, add }: ContentStandIn, chance: Chance, count: number): void {
  database.exec('BEGIN')
  const group = add('groups', { ...GOOGLE, title: 'Climbing, and more' })
  for (let n = 0; n < count; n++) {
    const account = chance.often(0.6) ? { ...GOOGLE, sourceid: `g${chance.uuid()}` } : {}
    const raw = { ...account, starred: chance.often(0.05) ? 1 : 0 }
    const raw_contact_id = add('raw_contacts', raw)
    const put = (mimetype: string, row: Record<string, string | number>) =>
      add('data', { raw_contact_id, mimetype, ...row })
    const { given, family, phones, mails, organisation } = makePerson(chance)
    put(MIME.name, { data1: `${given} ${family}`, data2: given, data3: family })
    for (const { number } of phones) put(MIME.phone, { data1: number, data2: chance.between(1, 3) })
    for (const { address } of mails) put(MIME.mail, { data1: address, data2: 1 })
    if (organisation) put(MIME.organisation, { data1: organisation })
    if (chance.often(0.3)) put(MIME.note, { data1: hostileText(chance) })
    if ('sourceid' in account && chance.often(0.1)) put(MIME.group, { data1: group })
  }
  database.exec('COMMIT')
}

const DAY = 86_400_000
const ZONES = ['Europe/Berlin', 'America/New_York', 'UTC', 'Asia/Kolkata'] as const

/** Events of an account's calendar and of one on the phone alone: single ones, series and their exceptions, reminders, guests. */
export function addEvents(
  { database, add }: ContentStandIn,
  chance: Chance,
  count: number,
  now: number,
): void {
  database.exec('BEGIN')
  const calendars = [
    { ...GOOGLE, _sync_id: 'ann', name: 'ann', calendar_displayName: 'Ann, at home', sync_events: 1 },
    {
      account_type: 'LOCAL',
      account_name: 'Phone',
      name: 'own',
      calendar_displayName: 'Own',
      sync_events: 1,
    },
  ].map((calendar) => add('calendars', calendar))
  for (let n = 0; n < count; n++) {
    const dtstart = now - chance.between(0, 1000) * DAY
    const calendar_id = chance.pick(calendars)
    const isSeries = chance.often(0.1)
    const isLong = !isSeries && chance.often(0.15)
    const uid2445 = `${chance.uuid()}@example.org`
    const start = isLong ? dtstart - (dtstart % DAY) : dtstart
    const common = {
      ...{ calendar_id, eventTimezone: isLong ? 'UTC' : chance.pick(ZONES), allDay: isLong ? 1 : 0 },
      ...{ title: chance.often(0.3) ? hostileText(chance) : `Meeting ${n}`, eventStatus: 1 },
    }
    const own = chance.often(0.3)
      ? { description: hostileText(chance), eventLocation: hostileText(chance) }
      : {}
    const length = isSeries
      ? { duration: 'P3600S', rrule: 'FREQ=WEEKLY;COUNT=10' }
      : { dtend: start + (isLong ? DAY : 3_600_000) }
    const sync = calendar_id === calendars[0] ? { _sync_id: `s${n}` } : {}
    const event_id = add('events', { ...common, ...own, ...length, ...sync, dtstart: start, uid2445 })
    if (chance.often(0.3)) add('reminders', { event_id, minutes: chance.between(0, 60), method: 1 })
    if (chance.often(0.1)) {
      const answers = { attendeeStatus: 1, attendeeRelationship: 1, attendeeType: 1 }
      add('attendees', { event_id, attendeeName: 'Bo Ek', attendeeEmail: 'bo@example.org', ...answers })
    }
    if (!isSeries) continue
    const originalInstanceTime = start + 7 * DAY
    const moved = { dtstart: originalInstanceTime + 3_600_000, dtend: originalInstanceTime + 7_200_000 }
    const original = { original_id: event_id, originalInstanceTime, originalAllDay: 0 }
    const syncOf = '_sync_id' in sync ? { original_sync_id: sync._sync_id, _sync_id: `s${n}_1` } : {}
    add('events', { ...common, ...moved, ...original, ...syncOf, title: 'Moved' })
  }
  database.exec('COMMIT')
}

/** Photos and films of some kilobytes, in the folders and with the times that cameras and apps give them. @returns their bytes by path. */
export async function addPhotos(
  { storage }: Pick<Phone, 'storage'>,
  chance: Chance,
  count: number,
  now: number,
): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>()
  for (let n = 0; n < count; n++) {
    const number = chance.uuid().slice(0, 8)
    const isOdd = chance.often(0.02)
    const name = isOdd ? `it’s $(x) a\n😀 ${number}.jpg` : `IMG_${number}.${chance.pick(['jpg', 'mp4'])}`
    const path = `${chance.pick(['DCIM/Camera', 'DCIM/Camera', 'Pictures/An App', 'Movies'])}/${name}`
    const bytes = Buffer.alloc(chance.between(500, 20_000), `${path} ${n}`)
    all.set(path, bytes)
    await putFile(storage, path, bytes, now - chance.between(0, 1000) * DAY)
  }
  return all
}

/** Writes a file as the camera does. @param modifiedAt milliseconds since 1970. */
export async function putFile(
  storage: string,
  path: string,
  bytes: Buffer,
  modifiedAt: number,
): Promise<void> {
  const file = join(storage, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, bytes)
  const seconds = Math.floor(modifiedAt / 1000)
  await utimes(file, seconds, seconds)
}
