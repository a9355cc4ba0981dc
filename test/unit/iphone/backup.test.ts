/** Backups are found and opened, plain and encrypted; what is wrong with one is said. */
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { build } from 'plist'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backup, openBackup } from '../../../main/links/iphone/backup.ts'
import { findBackups, readBackupFolder, usualPlaces } from '../../../main/links/iphone/backup-folder.ts'
import { type BackupPlan, databaseFiles, makeDatabase, UDID, writeBackup } from '../../phone/iphone-backup.ts'

const TAKEN = Date.UTC(2026, 10, 20, 21, 30)
const SIZES = [0, 1, 15, 16, 17, 1_500_001]

const notes = makeDatabase(
  ['CREATE TABLE note (text TEXT, guid TEXT DEFAULT (ab_generate_guid()))'],
  { note: [{ text: 'only in the log' }] },
  true,
)

const PLAN: BackupPlan = {
  udid: UDID,
  name: 'Ada’s iPhone',
  takenAt: TAKEN,
  files: [
    ...SIZES.map((size) => ({
      domain: 'CameraRollDomain',
      path: `Media/DCIM/100APPLE/IMG_${size}.HEIC`,
      bytes: Buffer.alloc(size, `${size} äöü`),
      modifiedAt: Date.UTC(2025, 6, 1, 12),
    })),
    { domain: 'HomeDomain', path: 'Library/other', bytes: Buffer.from('other') },
    ...databaseFiles('HomeDomain', 'Library/notes.db', notes),
  ],
}

let top: string
let work: string
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-'))
  work = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-work-'))
})
afterAll(() => {
  expect(readdirSync(work), 'copies are removed').toEqual([])
  rmSync(top, { recursive: true })
  rmSync(work, { recursive: true })
})

const kinds = {
  plain: {},
  encrypted: { password: 'pass wörd' },
  'with rows in the log of its list': { manifestInWal: true },
} satisfies Record<string, Partial<BackupPlan>>

let number = 0
async function made(plan: Partial<BackupPlan> = {}): Promise<string> {
  return writeBackup(join(top, String(number++)), { ...PLAN, ...plan })
}

function contentOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    hash.update(name)
    if (/^[^.]*[.]|[0-9a-f]{40}$/.test(name)) hash.update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex')
}

async function opened<T>(
  folder: string,
  password: string | undefined,
  use: (backup: Backup) => Promise<T>,
): Promise<T> {
  const backup = await openBackup(await readBackupFolder(folder), password, work)
  try {
    return await use(backup)
  } finally {
    await backup.close()
  }
}

const noneDamaged = (path: string) => expect.unreachable(path)

describe.each(Object.entries(kinds))('a backup %s', (_, plan) => {
  const password = 'password' in plan ? plan.password : undefined

  it('gives every file of its domain, byte for byte, and its times', async () => {
    const folder = await made(plan)
    const before = contentOf(folder)
    await opened(folder, password, async (backup) => {
      const files = [...backup.list('CameraRollDomain', 'Media/DCIM/', noneDamaged)]
      expect(files.map(({ size }) => size).sort((a, b) => a - b)).toEqual(SIZES)
      for (const file of files) {
        const bytes = await buffer(await backup.open(file))
        expect(bytes.equals(Buffer.alloc(file.size, `${file.size} äöü`)), file.path).toBe(true)
        expect(file.modifiedAt).toBe(Date.UTC(2025, 6, 1, 12))
      }
      expect(backup.find('HomeDomain', 'Library/other')?.size).toBe(5)
      expect(backup.find('HomeDomain', 'Media/DCIM'), 'a folder').toBeUndefined()
    })
    expect(contentOf(folder), 'nothing in it is changed').toBe(before)
  })

  it('gives databases with the rows of their log', async () => {
    await opened(await made(plan), password, async (backup) => {
      const database = await backup.database('HomeDomain', 'Library/notes.db')
      expect(database?.prepare('SELECT text FROM note').get()).toEqual({ text: 'only in the log' })
      expect(() => database?.exec('DELETE FROM note')).toThrow()
      expect(await backup.database('HomeDomain', 'Library/nothing.db')).toBeUndefined()
    })
  })
})

describe('finding backups', () => {
  it('knows the places of each system', () => {
    const home = join('/', 'home', 'ada')
    const places = (platform: NodeJS.Platform) => usualPlaces({ platform, home, appData: undefined })
    expect(places('darwin')[0]).toContain('MobileSync')
    expect(places('win32')).toHaveLength(2)
    expect(places('linux')).toEqual([])
  })

  it('tells whose they are, the newest first, and passes over what is none', async () => {
    const place = join(top, 'place')
    writeBackup(place, PLAN)
    writeBackup(place, { ...PLAN, udid: 'B'.repeat(40), takenAt: TAKEN + 1000, password: 'x', name: 'Other' })
    cpSync(work, join(place, 'nothing'), { recursive: true })
    writeFileSync(join(place, 'file'), '')
    const { backups } = await findBackups([place, join(top, 'nowhere')])
    expect(backups).toMatchObject([
      { udid: 'B'.repeat(40), name: 'Other', isEncrypted: true, takenAt: TAKEN + 1000, fault: undefined },
      { udid: UDID, name: 'Ada’s iPhone', isEncrypted: false, iosVersion: '18.1', fault: undefined },
    ])
    expect((await findBackups([backups[0]!.folder])).backups).toHaveLength(1)
  })
})

describe('what is wrong', () => {
  const encrypted = { password: 'right' }

  it.each([
    ['no password', undefined, /encrypted/],
    ['a wrong password', 'wrong', /not the password/],
  ])('with %s is said', async (_, password, sentence) => {
    const problem = opened(await made(encrypted), password, async () => undefined)
    await expect(problem).rejects.toMatchObject({
      code: 'wrong-password',
      message: expect.stringMatching(sentence),
    })
  })

  it.each<[string, RegExp, (folder: string) => void]>([
    ['without Manifest.plist', /Manifest\.plist is missing/, (f) => rmSync(join(f, 'Manifest.plist'))],
    [
      'with a broken Manifest.plist',
      /Manifest\.plist is damaged/,
      (f) => truncateSync(join(f, 'Manifest.plist'), 60),
    ],
    ['without Manifest.db', /Manifest\.db\) is missing/, (f) => rmSync(join(f, 'Manifest.db'))],
    [
      'with a cut Manifest.db',
      /Manifest\.db\b.* is damaged/,
      (f) => truncateSync(join(f, 'Manifest.db'), 4096),
    ],
    [
      'with an empty Manifest.db',
      /Manifest\.db\b.* is damaged/,
      (f) => truncateSync(join(f, 'Manifest.db'), 0),
    ],
    [
      'that is not finished',
      /not finished/,
      (f) => writeFileSync(join(f, 'Status.plist'), build({ SnapshotState: 'uploading' })),
    ],
    [
      'of an old iOS',
      /before iOS 10/,
      (f) => {
        rmSync(join(f, 'Manifest.db'))
        writeFileSync(join(f, 'Manifest.mbdb'), 'mbdb')
      },
    ],
  ])('with a backup %s is said, encrypted or not', async (_, sentence, harm) => {
    for (const plan of [{}, encrypted]) {
      const folder = await made(plan)
      harm(folder)
      const problem = opened(folder, 'right', async () => undefined)
      await expect(problem).rejects.toMatchObject({
        code: 'data-damaged',
        message: expect.stringMatching(sentence),
        next: expect.stringMatching(/\w/),
      })
    }
  })

  it.each([undefined, 'right'])('with one file of it is said of that file alone', async (password) => {
    const folder = await made(password === undefined ? {} : { password })
    await opened(folder, password, async (backup) => {
      const find = (size: number) => backup.find('CameraRollDomain', `Media/DCIM/100APPLE/IMG_${size}.HEIC`)!
      const [cut, gone] = [find(17), find(16)]
      truncateSync(join(folder, cut.id.slice(0, 2), cut.id), 10)
      rmSync(join(folder, gone.id.slice(0, 2), gone.id))
      await expect(backup.open(cut)).rejects.toMatchObject({ code: 'data-damaged' })
      await expect(backup.open(gone)).rejects.toMatchObject({ code: 'data-damaged' })
      expect(await buffer(await backup.open(find(15)))).toHaveLength(15)
    })
  })

  it('in the keybag never hangs or crashes', async () => {
    const folder = await made(encrypted)
    const path = join(folder, 'Manifest.plist')
    const whole = readFileSync(path)
    const from = whole.indexOf('DPIC')
    for (let at = from; at < from + 300; at += 7) {
      const broken = Buffer.from(whole)
      broken[at] = broken[at]! ^ 0xff
      writeFileSync(path, broken)
      await opened(folder, 'right', async () => undefined).catch((error: unknown) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(data-damaged|wrong-password)$/) })
      })
    }
  })
})
