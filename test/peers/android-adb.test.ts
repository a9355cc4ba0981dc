/** The Android link against the real `adb` and `adbd`: what is on the phone is captured, and only once. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeCard } from '../../main/formats/vcard-writer.ts'
import { createAndroidLink } from '../../main/links/android/android.ts'
import { MIME } from '../../main/links/android/contact-card.ts'
import type { CaptureSink, Link, Source } from '../../main/links/link.ts'
import { describePhone } from '../android/describe-phone.ts'
import { type Phone, startPhone } from '../android/phone.ts'
import { createKeeper } from '../unit/links/android/capture-fixture.ts'

const TAKEN = Date.UTC(2020, 1, 2, 3, 4, 5)
const KINDS = ['contacts', 'calendar', 'photos'] as const
const HOSTILE = 'a, b=c\nRow: 1 _id=2, data1=fake\n😀 $(touch /sdcard/x) \'"`'

describePhone('an Android phone', (programs) => {
  let phone: Phone
  let link: Link

  beforeAll(async () => {
    phone = await startPhone({ ...programs, serial: 'S123' })
    link = createAndroidLink({ at: { path: phone.socket }, start: async () => false, now: () => TAKEN })
    await phone.plugIn()
  }, 60_000)

  afterAll(() => phone.stop())

  async function put(path: string, bytes: Buffer): Promise<void> {
    const file = join(phone.storage, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes)
    await utimes(file, TAKEN / 1000, TAKEN / 1000)
  }

  async function source(): Promise<Source> {
    const [found] = await link.find({})
    return found!
  }

  async function capture(known?: CaptureSink['hasFile']) {
    const kept = createKeeper(known)
    const request = { kinds: KINDS, cursor: undefined, secrets: {} }
    const cursor = await link.capture(await source(), request, kept.sink, {})
    return { ...kept, cursor }
  }

  test('is found by its own serial number and name', async () => {
    expect(await link.find({})).toMatchObject([
      { id: 'android-S123', name: 'Pixel 8', state: { code: 'ready' } },
    ])
  })

  test('is connected over a network, and let go', async () => {
    const [{ id }] = (await link.find({})) as [Source]
    await link.disconnect!(id)
    expect(await link.find({})).toEqual([])
    expect(await link.connect!({ address: '127.0.0.1:15556' }, {}, {})).toMatchObject({
      id,
      state: { code: 'ready' },
    })
    expect(await link.connect!({ address: '127.0.0.1:15556' }, {}, {})).toMatchObject({ id })
    await expect(link.connect!({ address: '127.0.0.1:9' }, {}, {})).rejects.toMatchObject({
      code: 'unreachable',
    })
    const pairing = { address: '127.0.0.1:15556', pairing: '127.0.0.1:9' }
    await expect(link.connect!(pairing, { code: '123456' }, {})).rejects.toMatchObject({
      code: 'not-allowed',
    })
    await expect(link.connect!({ address: 'x; y' }, {}, {})).rejects.toMatchObject({ code: 'bad-input' })
  }, 30_000)

  test('gives its contacts, calendars and photos, byte for byte, and nothing twice', async () => {
    const { content } = phone
    const contact = content.add('raw_contacts', {
      account_type: 'com.google',
      account_name: 'a',
      sourceid: 'g1',
    })
    content.add('data', { raw_contact_id: contact, mimetype: MIME.name, data1: 'Ann' })
    content.add('data', { raw_contact_id: contact, mimetype: MIME.note, data1: HOSTILE })
    const calendar_id = content.add('calendars', { account_type: 'LOCAL', account_name: 'a', name: 'Home' })
    content.add('events', { calendar_id, title: HOSTILE, dtstart: TAKEN, uid2445: 'e1' })
    const photos = new Map(
      ['DCIM/Camera/IMG_1.jpg', 'DCIM/Camera/it’s a\n😀.mp4', 'Pictures/App/a b.png'].map((path, n) => [
        path,
        randomBytes(1_500_000 * n + 10),
      ]),
    )
    for (const [path, bytes] of photos) await put(path, bytes)
    await put('DCIM/.thumbnails/1.jpg', Buffer.from('small'))
    const { collections, files, missed, cursor } = await capture()
    expect(missed).toEqual([])
    expect(cursor).toEqual({ androidId: expect.stringMatching(/^[\da-f]{16}$/) })
    expect([...files.keys()].sort()).toEqual([...photos.keys()].sort())
    for (const [path, bytes] of photos) expect(files.get(path)!.equals(bytes)).toBe(true)
    expect(collections.map(({ id, items }) => [id, [...items.values()].join().includes('😀')])).toEqual([
      ['com.google/a', true],
      ['LOCAL/a/Home', true],
    ])
    const seen: [string, number, number][] = []
    const again = await capture(({ path, size, modifiedAt }) => seen.push([path, size, modifiedAt]) > 0)
    expect(again.files.size).toBe(0)
    expect(again.collections).toEqual(collections)
    expect(seen.sort()).toEqual([...photos].map(([path, bytes]) => [path, bytes.length, TAKEN]).sort())
  }, 60_000)

  test('from which a file goes while it is read gives the others', async () => {
    for (const n of [1, 2, 3]) await put(`Movies/${n}.mp4`, randomBytes(1000))
    const kept = createKeeper(({ path }) => !path.startsWith('Movies/'))
    const files = kept.sink.file
    kept.sink.file = async (file) => {
      if (file.path === 'Movies/2.mp4') await rm(join(phone.storage, file.path))
      return files(file)
    }
    await link.capture(await source(), { kinds: ['photos'], cursor: undefined, secrets: {} }, kept.sink, {})
    expect([...kept.files.keys()].sort()).toEqual(['Movies/1.mp4', 'Movies/3.mp4'])
    expect(kept.missed).toEqual([
      { what: 'Movies/2.mp4', reason: 'It was deleted or moved while the phone was read.' },
    ])
  })

  test('takes photos back to their paths with their times, once', async () => {
    const bytes = randomBytes(300_000)
    const file = {
      path: 'DCIM/Back/it’s $(x).jpg',
      size: bytes.length,
      modifiedAt: TAKEN,
      open: () => Readable.from([bytes]),
    }
    const outside = { ...file, path: '../data/x' }
    const request = { items: [], files: [file, outside], dryRun: false, secrets: {} }
    expect(await link.send(await source(), request, {})).toMatchObject({
      ...{ added: 1, unchanged: 0 },
      failed: [{ name: '../data/x' }],
    })
    const written = join(phone.storage, file.path)
    expect((await readFile(written)).equals(bytes)).toBe(true)
    expect((await stat(written)).mtimeMs).toBe(TAKEN)
    const scans = phone.content.database.prepare('SELECT * FROM scans')
    await expect
      .poll(() => scans.all())
      .toMatchObject([{ method: 'scan_file', arg: '/sdcard/DCIM/Back/it’s $(x).jpg' }])
    expect(await link.send(await source(), request, {})).toMatchObject({ added: 0, unchanged: 1 })
    const other = { ...file, modifiedAt: TAKEN + 60_000 }
    expect(await link.send(await source(), { ...request, files: [other] }, {})).toMatchObject({
      failed: [{ name: file.path, reason: 'Another file is in its place.' }],
    })
  }, 60_000)

  test('is asked to import contacts with pictures that it lacks, and those alone', async () => {
    const id = phone.content.add('raw_contacts', {})
    phone.content.add('data', {
      raw_contact_id: id,
      mimetype: MIME.name,
      data1: 'Bo Ek',
      data2: 'Bo',
      data3: 'Ek',
    })
    phone.content.add('data', { raw_contact_id: id, mimetype: MIME.phone, data1: '+46 70-1', data2: 2 })
    const picture = { type: 'JPEG' as const, bytes: randomBytes(9) }
    const cards = [
      { uid: '1', name: { given: 'Bo', family: 'Ek' }, phones: [{ value: '+46701' }], picture },
      { uid: '2', name: { given: 'Bo', family: 'Ek' }, phones: [{ value: '+46702' }], picture },
      { uid: '3', name: { given: 'Cy' }, picture },
    ]
    const items = cards.map((card) => ({
      ...{ kind: 'contacts' as const, name: `${card.uid}.vcf`, bytes: writeCard(card) },
      collection: { id: null, displayName: 'Home' },
    }))
    const event = { ...items[0]!, kind: 'calendar' as const, name: 'e.ics' }
    const request = { items: [...items, event], files: [], dryRun: false, secrets: {} }
    const planned = { added: 2, unchanged: 1, failed: [{ name: 'e.ics' }] }
    const file = join(phone.storage, 'Download/sidekeep-contacts.vcf')
    expect(await link.send(await source(), { ...request, dryRun: true }, {})).toMatchObject({
      ...planned,
      next: null,
    })
    await expect(stat(file)).rejects.toThrow()
    const report = await link.send(await source(), request, {})
    expect(report).toMatchObject({ ...planned, next: expect.stringContaining('import 2 contacts') })
    const pushed = await readFile(file, 'utf8')
    expect(pushed.match(/^(UID|X-ANDROID-CUSTOM):.*/gm)).toEqual(
      ['2', '3'].flatMap((uid) => [
        `UID:${uid}`,
        `X-ANDROID-CUSTOM:vnd.android.cursor.item/vnd.sidekeep.origin;${uid};`,
      ]),
    )
    // Without the marks, they are what was to be sent.
    expect(pushed.replace(/^X-ANDROID-CUSTOM:.*\r\n/gm, '')).toBe(
      Buffer.concat(items.slice(1).map(({ bytes }) => bytes)).toString(),
    )
    expect(await phone.intents()).toContain('-d file:///sdcard/Download/sidekeep-contacts.vcf')
  }, 30_000)

  test('that is pulled off is said to be gone, and goes on when it is back', async () => {
    for (let n = 0; n < 40; n++) await put(`DCIM/Cut/${n}.jpg`, randomBytes(1_000_000))
    const from = await source()
    const kept = createKeeper()
    const files = kept.sink.file
    let pulled: Promise<void> | undefined
    kept.sink.file = async (file) => {
      if (kept.files.size >= 10) {
        pulled ??= phone.unplug()
        await pulled
      }
      return files(file)
    }
    const request = { kinds: ['photos'] as const, cursor: undefined, secrets: {} }
    await expect(link.capture(from, request, kept.sink, {})).rejects.toMatchObject({ code: 'unreachable' })
    expect(kept.missed).toEqual([])
    await phone.plugIn()
    const rest = createKeeper(({ path }) => kept.files.has(path))
    await link.capture(from, request, rest.sink, {})
    const all = [...kept.files, ...rest.files].filter(([path]) => path.startsWith('DCIM/Cut/'))
    expect(all).toHaveLength(40)
    expect(all.every(([, bytes]) => bytes.length === 1_000_000)).toBe(true)
  }, 60_000)
})
