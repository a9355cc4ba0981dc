/** The link as the engine sees it: what it finds, what a capture brings, and what the next one need not read. */
import { hash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'plist'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIphoneLink } from '../../../main/links/iphone/iphone.ts'
import type { CaptureRequest, DataKind, Link, Source } from '../../../main/links/link.ts'
import { seeded } from '../../phone/chance.ts'
import { type BackedUpFile, type BackupPlan, UDID, writeBackup } from '../../phone/iphone-backup.ts'
import {
  apple,
  makeAddressBook,
  makeCalendars,
  makePhotos,
  type PhotoRow,
  phoneFiles,
} from '../../phone/iphone-data.ts'
import { recorder } from './recorder.ts'

const TAKEN = Date.UTC(2026, 10, 20, 21, 30)
const DCIM = 'DCIM/100APPLE'

const PHOTOS: PhotoRow[] = [
  { directory: DCIM, filename: 'IMG_0001.HEIC' },
  { directory: DCIM, filename: 'IMG_0002.JPG', hidden: true },
  { directory: DCIM, filename: 'IMG_0003.JPG', trashed: true },
  { directory: DCIM, filename: 'IMG_0004.HEIC' },
  { directory: DCIM, filename: 'IMG_0005.HEIC', trashed: true },
  { directory: 'PhotoData/CPLAssets/group7', filename: 'C0FFEE.JPG' },
]

const roll = (path: string): BackedUpFile => ({
  domain: 'CameraRollDomain',
  path: `Media/${path}`,
  bytes: Buffer.from(`the bytes of ${path}`),
  modifiedAt: Date.UTC(2025, 7, 1),
})

const ROLL = [
  `${DCIM}/IMG_0001.HEIC`,
  `${DCIM}/IMG_0001.MOV`,
  `${DCIM}/IMG_0002.JPG`,
  `${DCIM}/IMG_0003.JPG`,
  'DCIM/.MISC/Incoming',
  'PhotoData/CPLAssets/group7/C0FFEE.JPG',
  `PhotoData/Mutations/${DCIM}/IMG_0001/Adjustments/FullSizeRender.jpg`,
  `PhotoData/Mutations/${DCIM}/IMG_0001/Adjustments/PenultimateFullSizeRender.jpg`,
  `PhotoData/Mutations/${DCIM}/IMG_0001/Adjustments/Adjustments.plist`,
  `PhotoData/Thumbnails/V2/${DCIM}/IMG_0001.HEIC/5005.JPG`,
].map(roll)

const START = Date.UTC(2026, 2, 9, 8)
const data = phoneFiles({
  addressBook: makeAddressBook('new', {
    people: [{ ROWID: 1, First: 'Ada', guid: 'g1:ABPerson', StoreID: 0 }],
  }),
  calendar: makeCalendars('new', {
    CalendarItem: [
      {
        ROWID: 1,
        summary: 'One',
        start_date: apple(START),
        calendar_id: 1,
        entity_type: 2,
        unique_identifier: 'one',
      },
    ],
  }),
  photos: makePhotos('new', PHOTOS),
})

const PLAN: BackupPlan = { udid: UDID, name: 'Ada’s iPhone', takenAt: TAKEN, files: [...data, ...ROLL] }
const ALL: DataKind[] = ['contacts', 'calendar', 'photos']

let top: string
let link: Link
let remembered: unknown
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-link-'))
  remembered = undefined
  const memory = {
    read: () => remembered,
    write: async (value: unknown) => {
      remembered = value
    },
  }
  mkdirSync(join(top, 'temporary', 'left'), { recursive: true })
  link = createIphoneLink({
    places: [join(top, 'place')],
    own: join(top, 'own'),
    memory,
    temporary: join(top, 'temporary'),
    run: async () => undefined,
    now: () => TAKEN + 1,
  })
})
afterEach(() => rmSync(top, { recursive: true }))

async function only(): Promise<Source> {
  const [source] = await link.find({})
  return source!
}

async function capture(request: Partial<CaptureRequest> = {}, to = recorder()) {
  const cursor = await link.capture(
    await only(),
    { kinds: ALL, cursor: undefined, secrets: {}, ...request },
    to.sink,
    {},
  )
  return { cursor, ...to }
}

describe.each([undefined, 'pass'])('a capture with password %s', (password) => {
  beforeEach(() => {
    writeBackup(join(top, 'place'), { ...PLAN, ...(password === undefined ? {} : { password }) })
  })
  const secrets: Record<string, string> = password === undefined ? {} : { password }

  it('brings contacts, calendars and photos, in this order', async () => {
    const { order, collections, files, times, missed } = await capture({ secrets })
    expect([...new Set(order)]).toEqual(ALL)
    expect(collections.get('contacts:iPhone')).toMatchObject({
      texts: [expect.stringContaining('UID:g1\r\n')],
      complete: true,
    })
    expect(collections.get('calendar:Default/CAL-1')?.texts).toHaveLength(1)
    expect([...files.keys()].sort()).toEqual([
      `${DCIM}/IMG_0001.HEIC`,
      `${DCIM}/IMG_0001.MOV`,
      `${DCIM}/IMG_E0001.jpg`,
      `Hidden/${DCIM}/IMG_0002.JPG`,
      'PhotoData/CPLAssets/group7/C0FFEE.JPG',
      `Recently Deleted/${DCIM}/IMG_0003.JPG`,
    ])
    expect(files.get(`${DCIM}/IMG_0001.MOV`)).toBe(`the bytes of ${DCIM}/IMG_0001.MOV`)
    expect([...times]).toEqual([Date.UTC(2025, 7, 1)])
    expect(missed).toEqual([expect.stringMatching(/^1 photo or video in full: .*iCloud/)])
    expect(readdirSync(join(top, 'temporary')), 'nothing is left in the clear').toEqual([])
  })

  it('reads nothing of the same backup again, and only what is new of the next', async () => {
    const first = await capture({ secrets })
    const again = recorder()
    expect((await capture({ cursor: first.cursor }, again)).cursor).toEqual(first.cursor)
    expect(again.order).toEqual([])

    const next = { ...PLAN, takenAt: TAKEN + 1000, files: [...PLAN.files, roll(`${DCIM}/IMG_0004.HEIC`)] }
    writeBackup(join(top, 'place'), { ...next, ...(password === undefined ? {} : { password }) })
    const second = await capture({ secrets, cursor: first.cursor }, recorder())
    expect(second.files.has(`${DCIM}/IMG_0004.HEIC`)).toBe(true)
    expect(second.missed).toEqual([])
  })

  it('brings the kinds that were asked for, and the others later', async () => {
    const first = await capture({ secrets, kinds: ['contacts'] })
    expect(first.order).toEqual(['contacts'])
    const second = await capture({ secrets, cursor: first.cursor })
    expect([...new Set(second.order)]).toEqual(['calendar', 'photos'])
  })
})

describe('trouble', () => {
  it('with one kind leaves the others, and is read again the next time', async () => {
    const withoutBook = PLAN.files.filter(({ path }) => !path.includes('AddressBook'))
    writeBackup(join(top, 'place'), { ...PLAN, files: withoutBook })
    const { cursor, order, missed } = await capture()
    expect([...new Set(order)]).toEqual(['calendar', 'photos'])
    expect(missed[0]).toMatch(/^The contacts: .*no address book/)
    expect(cursor).toEqual({ takenAt: TAKEN, kinds: ['calendar', 'photos'] })
  })

  it('with a damaged database leaves what was captured before', async () => {
    const files = PLAN.files.map((file) =>
      file.path.endsWith('Calendar.sqlitedb') ? { ...file, bytes: file.bytes.subarray(0, 4096) } : file,
    )
    writeBackup(join(top, 'place'), { ...PLAN, files })
    const { collections, missed } = await capture()
    expect([...collections.keys()]).toEqual(['contacts:iPhone'])
    expect(missed[0]).toMatch(/^The calendars: .*damaged/)
  })

  it('with a file is told, and the others come', async () => {
    const folder = writeBackup(join(top, 'place'), PLAN)
    const id = hash('sha1', `CameraRollDomain-Media/${DCIM}/IMG_0001.HEIC`)
    truncateSync(join(folder, id.slice(0, 2), id), 3)
    const { files, missed } = await capture()
    expect(files.size).toBe(5)
    expect(missed[0]).toMatch(/IMG_0001\.HEIC: Cut off/)
  })

  it('is told when the phone begins its next backup meanwhile', async () => {
    const folder = writeBackup(join(top, 'place'), PLAN)
    const to = recorder()
    const { collection } = to.sink
    to.sink.collection = (one) => {
      writeFileSync(join(folder, 'Status.plist'), build({ SnapshotState: 'uploading' }))
      return collection(one)
    }
    await expect(capture({}, to)).rejects.toMatchObject({ code: 'busy' })
    expect((await only()).state).toMatchObject({ code: 'unfinished', next: expect.stringMatching(/\w/) })
  })

  it('anywhere in its list of files is told, and never a crash', async () => {
    const folder = writeBackup(join(top, 'place'), PLAN)
    const path = join(folder, 'Manifest.db')
    const whole = readFileSync(path)
    const chance = seeded(11)
    for (let n = 0; n < 40; n++) {
      const broken = Buffer.from(whole)
      for (let flips = 0; flips < 20; flips++)
        broken[chance.between(0, whole.length - 1)] = chance.between(0, 255)
      writeFileSync(path, broken)
      await capture().catch((error: unknown) => expect(error).toMatchObject({ code: 'data-damaged' }))
    }
    expect(readdirSync(join(top, 'temporary'))).toEqual([])
  })

  it('stops when asked', async () => {
    writeBackup(join(top, 'place'), PLAN)
    const asked = AbortSignal.abort()
    const run = link.capture(await only(), { kinds: ALL, cursor: undefined, secrets: {} }, recorder().sink, {
      signal: asked,
    })
    await expect(run).rejects.toMatchObject({ code: 'cancelled' })
    expect(readdirSync(join(top, 'temporary'))).toEqual([])
  })
})

describe('sources', () => {
  it('are the phones, each with its newest backup and what it asks for', async () => {
    writeBackup(join(top, 'place'), PLAN)
    writeBackup(join(top, 'place'), {
      ...PLAN,
      udid: 'B'.repeat(40),
      name: 'Old one',
      password: 'x',
      takenAt: 1000,
    })
    expect(await link.find({})).toMatchObject([
      {
        link: 'iphone',
        id: UDID,
        name: 'Ada’s iPhone',
        state: { code: 'ready' },
        abilities: { contacts: { read: true, write: false } },
      },
      { id: 'B'.repeat(40), name: 'Old one', state: { code: 'password-needed' } },
    ])
  })

  it('have a new edition with each backup, so that the engine captures it by itself', async () => {
    writeBackup(join(top, 'place'), PLAN)
    const { edition } = await only()
    expect((await only()).edition).toBe(edition)
    writeBackup(join(top, 'place'), { ...PLAN, takenAt: TAKEN + 1000 })
    expect(await only()).toMatchObject({ id: UDID, edition: String(TAKEN + 1000) })
    expect(edition).toBe(String(TAKEN))
  })

  it('may lie in folders that their owner names, until these are let go', async () => {
    writeBackup(join(top, 'elsewhere'), PLAN)
    expect(await link.find({})).toEqual([])
    await link.connect?.({ folder: join(top, 'elsewhere') }, {}, {})
    expect(await link.find({})).toMatchObject([{ id: UDID }])
    await link.disconnect?.(UDID)
    expect(await link.find({})).toEqual([])
    await expect(link.connect?.({ folder: join(top, 'nowhere') }, {}, {})).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(link.connect?.({}, {}, {})).rejects.toMatchObject({ code: 'bad-input' })
  })

  it('take nothing back, and say why', async () => {
    writeBackup(join(top, 'place'), PLAN)
    const request = { items: [], files: [], dryRun: true, secrets: {} }
    await expect(link.send(await only(), request, {})).rejects.toMatchObject({
      code: 'not-allowed',
      next: expect.stringContaining('account'),
    })
  })
})

it('reads the newest photos first, and tells how far it is', async () => {
  const years = [2023, 2025, 2024]
  const files = years.map((year, n) => ({
    ...roll(`${DCIM}/IMG_100${n}.HEIC`),
    modifiedAt: Date.UTC(year, 1, 1),
  }))
  writeBackup(join(top, 'place'), { ...PLAN, files: [...data, ...files] })
  const to = recorder()
  const told: (number | null)[][] = []
  const request = { kinds: ['photos'] as const, cursor: undefined, secrets: {} }
  await link.capture(await only(), request, to.sink, {
    report: ({ items, itemsTotal, bytesTotal }) => told.push([items, itemsTotal, bytesTotal]),
  })
  expect([...to.files.keys()]).toEqual([1, 2, 0].map((n) => `${DCIM}/IMG_100${n}.HEIC`))
  const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  expect(told).toEqual([1, 2, 3].map((items) => [items, 3, size]))
})
