/**
 * An encrypted iPhone backup, captured by the engine; Python with openssl opens it on its own, and the sqlite3 program counts what is
 * in its databases.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { type Engine, openEngine } from '../../main/engine.ts'
import { openBackup } from '../../main/links/iphone/backup.ts'
import { readBackupFolder } from '../../main/links/iphone/backup-folder.ts'
import { createIphoneLink } from '../../main/links/iphone/iphone.ts'
import { linkMemory } from '../../main/links.ts'
import { realWorld } from '../../main/world.ts'
import { seeded } from '../phone/chance.ts'
import { UDID, writeBackup } from '../phone/iphone-backup.ts'
import { apple, makeAddressBook, makeCalendars, makePhotos, phoneFiles } from '../phone/iphone-data.ts'
import { takePhoto } from '../phone/make-photo.ts'
import { describePeer, findPeer, run } from './peers.ts'

const PASSWORD = 'Größer als "das" 😀'
const CONTACTS = 400
const EVENTS = 300
const PHOTOS = 12
const START = Date.UTC(2026, 0, 5, 8)

function makeBackup(place: string): string {
  const chance = seeded(7)
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
  const words = ['Ada', "O'Neil", 'a,b;c', 'Zoë\nx', '😀', '\\', '"']
  const addressBook = makeAddressBook(
    'new',
    {
      people: numbered(CONTACTS).map((n) => ({
        ROWID: n,
        First: `${chance.pick(words)} ${n}`,
        guid: `guid-${n}:ABPerson`,
        StoreID: 0,
      })),
      values: numbered(CONTACTS * 2).map((n) => ({
        UID: n,
        record_id: Math.ceil(n / 2),
        property: n % 2 === 0 ? 3 : 4,
        identifier: n,
        value: `value-${n}`,
      })),
    },
    true,
  )
  const calendar = makeCalendars(
    'new',
    {
      CalendarItem: numbered(EVENTS).map((n) => ({
        ROWID: n,
        summary: `${chance.pick(words)} ${n}`,
        start_date: apple(START + n * 3_600_000),
        end_date: apple(START + n * 3_600_000 + 1_800_000),
        start_tz: chance.pick(['Europe/Berlin', 'America/New_York', '_float']),
        calendar_id: 1,
        entity_type: 2,
        unique_identifier: `event-${n}`,
      })),
      Recurrence: numbered(50).map((n) => ({ frequency: 1, interval: n, owner_id: n })),
    },
    true,
  )
  const names = numbered(PHOTOS).map((n) => `IMG_${String(n).padStart(4, '0')}.JPG`)
  const photos = makePhotos(
    'new',
    names.map((filename) => ({ directory: 'DCIM/100APPLE', filename })),
  )
  return writeBackup(place, {
    udid: UDID,
    name: 'Ada’s iPhone',
    takenAt: START,
    password: PASSWORD,
    files: [
      ...phoneFiles({ addressBook, calendar, photos }),
      ...names.map((name) => ({
        domain: 'CameraRollDomain',
        path: `Media/DCIM/100APPLE/${name}`,
        bytes: takePhoto(chance, new Date(START)).data,
      })),
    ],
  })
}

describePeer('sqlite3', 'an encrypted iPhone backup', (sqlite) => {
  let top: string
  let folder: string
  let databases: string
  let engine: Engine
  beforeAll(async () => {
    top = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-peer-'))
    databases = join(top, 'databases')
    mkdirSync(databases)
    folder = makeBackup(join(top, 'place'))
    engine = await openEngine({
      dataFolder: join(top, 'data'),
      world: realWorld,
      hostname: 'test',
      secrets: { read: async () => undefined, write: async () => undefined, remove: async () => undefined },
      links: (replica) => [
        createIphoneLink({
          places: [join(top, 'place')],
          own: join(top, 'own'),
          memory: linkMemory(replica, 'iphone'),
          temporary: join(top, 'temporary'),
          run: async () => undefined,
          now: () => START,
        }),
      ],
      log: () => undefined,
    })
  })
  afterAll(async () => {
    await engine.close()
    rmSync(top, { recursive: true })
  })

  const python = findPeer('python3')?.path ?? 'python3'
  const readByPython = (password: string) =>
    run(python, [join(import.meta.dirname, 'read-iphone-backup.py'), folder, password, databases])

  async function count(database: string, sql: string): Promise<number> {
    const { stdout, stderr } = await run(sqlite.path, [join(databases, database), sql])
    expect(stderr).toBe('')
    return Number(stdout.toString())
  }

  it('is opened by Python and openssl with the same bytes in every file', async () => {
    const { code, stdout, stderr } = await readByPython(PASSWORD)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const theirs = z.record(z.string(), z.string()).parse(JSON.parse(stdout.toString()))
    const backup = await openBackup(await readBackupFolder(folder), PASSWORD, databases)
    const ours: Record<string, string> = {}
    try {
      for (const domain of ['HomeDomain', 'CameraRollDomain']) {
        for (const file of backup.list(domain, '', (path) => expect.unreachable(path))) {
          const hash = createHash('sha256')
          for await (const chunk of await backup.open(file)) hash.update(chunk)
          ours[file.path] = hash.digest('hex')
        }
      }
    } finally {
      await backup.close()
    }
    expect(ours).toEqual(theirs)
    expect((await readByPython('wrong')).stderr).toContain('wrong password')
  })

  it('is captured as the sqlite3 program counts it, and the second time nothing changes', async () => {
    const source = 'Ada’s iPhone'
    await expect(engine.call('links.capture', { source })).rejects.toMatchObject({ code: 'wrong-password' })
    const first = await engine.call('links.capture', { source, secrets: { password: PASSWORD } })
    expect(first.contacts.added).toBe(await count('AddressBook.sqlitedb', 'SELECT count(*) FROM ABPerson'))
    expect(first.calendar.added).toBe(await count('Calendar.sqlitedb', 'SELECT count(*) FROM CalendarItem'))
    expect(first.files.added).toBe(await count('Photos.sqlite', 'SELECT count(*) FROM ZASSET'))
    expect(first).toMatchObject({
      contacts: { added: CONTACTS, unreadable: 0 },
      calendar: { added: EVENTS, unreadable: 0 },
      files: { added: PHOTOS },
      missed: { count: 0 },
    })
    makeBackup(join(top, 'place'))
    const again = await engine.call('links.capture', { source, secrets: { password: PASSWORD } })
    const nothing = { added: 0, changed: 0, gone: 0 }
    expect(again).toMatchObject({ contacts: nothing, calendar: nothing, files: { added: 0, changed: 0 } })
  })
})
