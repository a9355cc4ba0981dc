/** Of everything in an iPhone's databases, a capture brings as many as the sqlite3 program counts there, in the tables of old and new versions. */
import { hash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIphoneLink } from '../../main/links/iphone/iphone.ts'
import { seeded } from '../phone/chance.ts'
import { UDID, writeBackup } from '../phone/iphone-backup.ts'
import {
  apple,
  makeAddressBook,
  makeCalendars,
  makeImages,
  makePhotos,
  type PhotoRow,
  phoneFiles,
  type Schema,
} from '../phone/iphone-data.ts'
import { recorder } from '../unit/iphone/recorder.ts'
import { describePeer, run } from './peers.ts'

const START = Date.UTC(2026, 0, 5, 8)
const HOUR = 3600
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xd9])
const numbered = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

function backupFiles(schema: Schema) {
  const chance = seeded(schema === 'new' ? 21 : 22)
  const some = (most: number) => numbered(chance.between(most / 2, most))
  const people = some(200).map((ROWID) => ({ ROWID, First: `Name ${ROWID}`, StoreID: 0 }))
  const events = some(150)
  const start = (n: number) => apple(START) + n * HOUR
  const photos = some(60).map(
    (n): PhotoRow => ({
      ...{ directory: 'DCIM/100APPLE', filename: `IMG_${1000 + n}.JPG` },
      ...{ hidden: n % 7 === 0, trashed: n % 5 === 0 && n % 7 !== 0 },
    }),
  )
  const databases = {
    addressBook: makeAddressBook(
      schema,
      {
        people,
        values: some(400).map((UID) => ({
          ...{
            UID,
            record_id: chance.between(1, people.length),
            property: chance.pick([3, 4]),
            identifier: UID,
          },
          ...{ value: `value-${UID}`, label: chance.between(1, 5) },
        })),
        groups: numbered(6).map((ROWID) => ({ ROWID, Name: `Group ${ROWID}` })),
        members: people
          .filter(() => chance.often(0.4))
          .map(({ ROWID }) => ({ group_id: chance.between(1, 6), member_type: 0, member_id: ROWID })),
      },
      true,
    ),
    images: makeImages(
      people.filter(() => chance.often(0.3)).map(({ ROWID }) => ({ record_id: ROWID, data: JPEG })),
    ),
    calendar: makeCalendars(
      schema,
      {
        CalendarItem: events.map((n) => ({
          ...{
            ROWID: n,
            summary: `Event ${n}`,
            calendar_id: 1,
            entity_type: 2,
            unique_identifier: `event-${n}`,
          },
          ...{ start_date: start(n), end_date: start(n) + HOUR, start_tz: 'Europe/Berlin' },
        })),
        Recurrence: some(40).map((n) => ({ owner_id: n, frequency: 1, interval: chance.between(1, 9) })),
        ExceptionDate: some(30).map((n) => ({
          owner_id: chance.between(1, 20),
          date: start(n) + n * 24 * HOUR,
        })),
        Alarm: some(90).map((n) => ({
          [schema === 'new' ? 'calendaritem_owner_id' : 'owner_id']: chance.between(1, events.length),
          trigger_interval: -60 * n,
        })),
        Participant: some(120).map((n) => ({
          ...{ owner_id: chance.between(1, events.length), entity_type: 7, email: `guest${n}@example.org` },
        })),
      },
      true,
    ),
    photos: makePhotos(schema, photos, [
      { name: 'One', photos: numbered(20) },
      { name: 'Two', photos: numbered(photos.length).map((n) => n - 1) },
    ]),
  }
  const roll = photos.map(({ directory, filename }) => ({
    ...{ domain: 'CameraRollDomain', path: `Media/${directory}/${filename}`, bytes: Buffer.from(filename) },
  }))
  return [...phoneFiles(databases), ...roll]
}

const DATABASES = {
  book: 'HomeDomain-Library/AddressBook/AddressBook.sqlitedb',
  images: 'HomeDomain-Library/AddressBook/AddressBookImages.sqlitedb',
  calendar: 'HomeDomain-Library/Calendar/Calendar.sqlitedb',
  photos: 'CameraRollDomain-Media/PhotoData/Photos.sqlite',
} as const

describePeer('sqlite3', 'what an iPhone backup holds', (sqlite) => {
  describe.each<Schema>(['old', 'new'])('in its %s form', (schema) => {
    let top: string
    let brought: ReturnType<typeof recorder>
    const assets = schema === 'new' ? 'ZASSET' : 'ZGENERICASSET'
    const [albums, photos] = schema === 'new' ? [30, 3] : [26, 34]

    beforeAll(async () => {
      top = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-counts-'))
      const folder = writeBackup(join(top, 'place'), {
        ...{ udid: UDID, name: 'iPhone', takenAt: START, files: backupFiles(schema) },
      })
      for (const [name, place] of Object.entries(DATABASES)) {
        for (const end of ['', '-wal']) {
          const id = hash('sha1', `${place}${end}`)
          const stored = join(folder, id.slice(0, 2), id)
          if (existsSync(stored)) copyFileSync(stored, join(top, `${name}.db${end}`))
        }
      }
      mkdirSync(join(top, 'temporary'))
      const link = createIphoneLink({
        ...{ places: [join(top, 'place')], own: join(top, 'own'), temporary: join(top, 'temporary') },
        memory: { read: () => undefined, write: async () => undefined },
        run: async () => undefined,
        now: () => START,
      })
      brought = recorder()
      const kinds = ['contacts', 'calendar', 'photos'] as const
      const [source] = await link.find({})
      await link.capture(source!, { kinds, cursor: undefined, secrets: {} }, brought.sink, {})
    })
    afterAll(() => rmSync(top, { recursive: true }))

    async function count(name: keyof typeof DATABASES, sql: string): Promise<number> {
      const { stdout, stderr } = await run(sqlite.path, [
        join(top, `${name}.db`),
        `SELECT count(*) FROM ${sql}`,
      ])
      expect(stderr).toBe('')
      const number = Number(stdout.toString())
      expect(number, sql).toBeGreaterThan(0)
      return number
    }

    const lines = () =>
      [...brought.collections.values()].flatMap(({ texts }) =>
        texts.join('').replaceAll('\r\n ', '').split('\r\n'),
      )
    const having = (form: RegExp) => lines().filter((line) => form.test(line))
    const valuesOf = (form: RegExp) =>
      having(form).flatMap((line) => line.slice(line.indexOf(':') + 1).split(','))

    it('has as many contacts, numbers, addresses, groups and pictures', async () => {
      expect(having(/^BEGIN:VCARD$/)).toHaveLength(await count('book', 'ABPerson'))
      for (const [form, property] of [
        [/^(?:\w+\.)?TEL\b/, 3],
        [/^(?:\w+\.)?EMAIL\b/, 4],
      ] as const) {
        expect(having(form)).toHaveLength(await count('book', `ABMultiValue WHERE property = ${property}`))
      }
      expect(valuesOf(/^CATEGORIES/)).toHaveLength(await count('book', 'ABGroupMembers'))
      expect(having(/^PHOTO/)).toHaveLength(await count('images', 'ABFullSizeImage'))
    })

    it('has as many events, rules, exceptions, alarms and guests', async () => {
      expect(having(/^BEGIN:VEVENT$/)).toHaveLength(await count('calendar', 'CalendarItem'))
      // Time zones have rules too, none of them daily.
      expect(having(/^RRULE:FREQ=DAILY/)).toHaveLength(await count('calendar', 'Recurrence'))
      expect(valuesOf(/^EXDATE/)).toHaveLength(await count('calendar', 'ExceptionDate'))
      expect(having(/^BEGIN:VALARM$/)).toHaveLength(await count('calendar', 'Alarm'))
      expect(having(/^ATTENDEE/)).toHaveLength(await count('calendar', 'Participant'))
    })

    it('has as many photos, hidden, deleted and in albums', async () => {
      const paths = [...brought.files.keys()].filter((path) => path !== 'Albums.json')
      const below = (folder: string) => paths.filter((path) => path.startsWith(`${folder}/`))
      expect(paths).toHaveLength(await count('photos', assets))
      expect(below('Hidden')).toHaveLength(await count('photos', `${assets} WHERE ZHIDDEN = 1`))
      expect(below('Recently Deleted')).toHaveLength(
        await count('photos', `${assets} WHERE ZTRASHEDSTATE = 1`),
      )
      const told = JSON.parse(brought.files.get('Albums.json')!) as { albums: { photos: string[] }[] }
      const joined = `Z_${albums}ASSETS JOIN ${assets} ON Z_${photos}ASSETS = Z_PK WHERE ZTRASHEDSTATE = 0`
      expect(told.albums.flatMap((album) => album.photos)).toHaveLength(await count('photos', joined))
      expect(brought.missed).toEqual([])
    })
  })
})
