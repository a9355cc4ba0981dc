/** Photos on their way back: listed, shown, whole and in parts. */
import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filePath } from '../../../../main/replica/files.ts'
import { listItems, removeItem } from '../../../../main/replica/items.ts'
import { CHUNK_LENGTH } from '../../../../main/vault/chunker.ts'
import { bytesFor } from '../../../small-vault.ts'
import { bytesOf, fakeJpeg, type TestDownloads, testDownloads } from './downloads-fixture.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
const MINUTE = 60_000

async function putPhotos({ putPhoto }: TestDownloads, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    await putPhoto(`2026/01/DSC_${n}.jpg`, fakeJpeg(n), START + n * MINUTE)
  }
}

async function removeAll({ replica, library }: TestDownloads): Promise<void> {
  await replica.write((tx) => {
    for (const { name, kind } of listItems(tx, library.id)) {
      if (kind === 'file') removeItem(tx, library.id, name, 'test')
    }
  })
}

function pathOf({ replica, library }: TestDownloads, name: string): string {
  return filePath(replica, listItems(replica, library.id).find((item) => item.name === name)!.fileId!)
}

test('photos are listed newest first, page by page', async () => {
  const kept = await testDownloads()
  await putPhotos(kept, 0, 23)
  const { photos, total, next } = await kept.browser.call('photos.list', { most: 10 })
  expect(photos.map(({ name }) => name)).toEqual(
    Array.from({ length: 10 }, (_, n) => `2026/01/DSC_${22 - n}.jpg`),
  )
  expect(photos[0]).toMatchObject({ takenAt: START + 22 * MINUTE, size: 1000, mediaType: 'image/jpeg' })
  expect([total, typeof next]).toEqual([23, 'string'])
  const all = await kept.listAll(undefined, 10)
  expect(new Set(all.map(({ id }) => id)).size).toBe(23)
})

test('pages go on rightly while photos come and go, newer and older ones', async () => {
  const kept = await testDownloads()
  const { browser, putPhoto, replica, library, other } = kept
  await putPhotos(kept, 100, 10)
  const first = await browser.call('photos.list', { most: 4 })
  await putPhotos(kept, 200, 3)
  await putPhoto('2026/01/DSC_50.jpg', fakeJpeg(50), START + 50 * MINUTE)
  // The last one shown goes, and someone else begins the list anew.
  await replica.write((tx) => removeItem(tx, library.id, first.photos.at(-1)!.name, 'test'))
  await browser.call('photos.list', { most: 1 })
  const rest = await browser.call('photos.list', { most: 100, after: first.next! })
  expect(rest.photos.map(({ name }) => name)).toEqual(
    [105, 104, 103, 102, 101, 100, 50].map((n) => `2026/01/DSC_${n}.jpg`),
  )
  expect((await other.call('photos.list', {})).photos).toEqual([])
  await expect(browser.call('photos.list', { after: `1'; DROP` })).rejects.toThrow('400')
})

test('a Live Photo is one picture, and each of its files is given', async () => {
  const { browser, putPhoto, listAll } = await testDownloads()
  await putPhoto('2026/01/IMG_0001.JPG', fakeJpeg(1), START)
  const film = Buffer.concat([Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  ', 'latin1'), Buffer.alloc(100)])
  await putPhoto('2026/01/IMG_0001.MOV', film, START)
  const [picture, ...more] = await listAll()
  expect(more).toEqual([])
  expect(picture).toMatchObject({
    name: '2026/01/IMG_0001.JPG',
    together: [{ name: '2026/01/IMG_0001.MOV' }],
  })
  const answer = await browser.ask(`/portal/get/photo/${picture!.together[0]!.id}`)
  expect(answer.headers.get('content-type')).toBe('video/quicktime')
  expect(await bytesOf(answer)).toEqual(film)
})

test('an original comes byte for byte, with its name, time and tag', async () => {
  const { browser, putPhoto, listAll } = await testDownloads()
  await putPhoto('2026/01/Ünï "1".jpg', fakeJpeg(7), START)
  const [photo] = await listAll()
  const answer = await browser.ask(`/portal/get/photo/${photo!.id}`)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/jpeg',
    'content-length': '1000',
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
    'content-disposition': `inline; filename="_n_ _1_.jpg"; filename*=UTF-8''%C3%9Cn%C3%AF%20%221%22.jpg`,
  })
  expect(await bytesOf(answer)).toEqual(fakeJpeg(7))
  const etag = answer.headers.get('etag')!
  expect(etag).toMatch(/^"[0-9a-f]{64}"$/)
  const again = await browser.ask(`/portal/get/photo/${photo!.id}`, { headers: { 'if-none-match': etag } })
  expect(again.status).toBe(304)
  const head = await browser.ask(`/portal/get/photo/${photo!.id}`, { method: 'HEAD' })
  expect([head.headers.get('content-length'), await head.text()]).toEqual(['1000', ''])
})

test.each([
  ['page.html', '<script>alert(1)</script>'],
  ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
  ['no-ending', '<html>'],
])('what could act as a page (%s) is only ever saved', async (name, text) => {
  const { browser, putPhoto, listAll } = await testDownloads()
  await putPhoto(name, Buffer.from(text))
  const [photo] = await listAll()
  const { headers } = await browser.ask(`/portal/get/photo/${photo!.id}`)
  expect(headers.get('content-disposition')).toMatch(/^attachment;/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('parts of a photo are given as RFC 9110 has it', async () => {
  const { browser, putPhoto, listAll, snapshot } = await testDownloads()
  await putPhoto('a.jpg', fakeJpeg(3))
  const at = await snapshot()
  for (const point of [undefined, at]) {
    const [photo] = await listAll(point)
    const path = `/portal/get/photo/${photo!.id}${point ? `?at=${point}` : ''}`
    const etag = (await browser.ask(path)).headers.get('etag')!
    const ask = async (range: string, more: Record<string, string> = {}) => {
      const answer = await browser.ask(path, { headers: { range, ...more } })
      const bytes = Buffer.from(await answer.arrayBuffer())
      return [answer.status, answer.headers.get('content-range'), bytes] as const
    }
    const whole = fakeJpeg(3)
    expect(await ask('bytes=0-9')).toEqual([206, 'bytes 0-9/1000', whole.subarray(0, 10)])
    expect(await ask('bytes=990-')).toEqual([206, 'bytes 990-999/1000', whole.subarray(990)])
    expect(await ask('bytes=-5')).toEqual([206, 'bytes 995-999/1000', whole.subarray(995)])
    expect(await ask('bytes=900-5000')).toEqual([206, 'bytes 900-999/1000', whole.subarray(900)])
    expect(await ask('bytes=1000-')).toEqual([416, 'bytes */1000', Buffer.alloc(0)])
    expect(await ask('bytes=0-1,5-6')).toEqual([200, null, whole])
    expect(await ask('bytes=0-1', { 'if-range': etag })).toEqual([
      206,
      'bytes 0-1/1000',
      whole.subarray(0, 2),
    ])
    expect(await ask('bytes=0-1', { 'if-range': '"other"' })).toEqual([200, null, whole])
  }
})

test('an empty file comes back empty', async () => {
  const { browser, putPhoto, listAll, snapshot } = await testDownloads()
  await putPhoto('.nomedia', Buffer.alloc(0))
  const at = await snapshot()
  const [now] = await listAll()
  const [then] = await listAll(at)
  expect(await bytesOf(await browser.ask(`/portal/get/photo/${now!.id}`))).toHaveLength(0)
  expect(await bytesOf(await browser.ask(`/portal/get/photo/${then!.id}?at=${at}`))).toHaveLength(0)
})

test('photos deleted since come out of the backup, with what is still known of them', async () => {
  const kept = await testDownloads()
  const { browser, snapshot, listAll, putPhoto } = kept
  const film = bytesFor('film', CHUNK_LENGTH + 5000)
  await putPhotos(kept, 0, 3)
  await putPhoto('2026/01/film.mp4', film, START + 1000 * MINUTE)
  const at = await snapshot()
  const before = await listAll()
  await removeAll(kept)
  expect(await listAll()).toEqual([])
  const then = await listAll(at)
  expect(then).toEqual(before)
  const [newest] = then
  const answer = await browser.ask(`/portal/get/photo/${newest!.id}?at=${at}`)
  expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/)
  expect((await bytesOf(answer)).equals(film)).toBe(true)
  const range = `bytes=${CHUNK_LENGTH - 10}-${CHUNK_LENGTH + 9}`
  const part = await browser.ask(`/portal/get/photo/${newest!.id}?at=${at}`, { headers: { range } })
  expect(await bytesOf(part)).toEqual(film.subarray(CHUNK_LENGTH - 10, CHUNK_LENGTH + 10))
  // What is only in the backup is not among what is there now.
  expect((await browser.ask(`/portal/get/photo/${then[1]!.id}`)).status).toBe(404)
})

test('a backup of which the history knows nothing is listed by names and times', async () => {
  const kept = await testDownloads()
  const { replica, snapshot, listAll, putPhoto } = kept
  await putPhoto('Camera/IMG_20250102_030405.jpg', fakeJpeg(1), START)
  await putPhoto('b.heic', fakeJpeg(2), START)
  const at = await snapshot()
  await removeAll(kept)
  await replica.write((tx) => {
    for (const table of ['backups', 'photo_index']) tx.statement(`DELETE FROM ${table}`).run()
  })
  expect(await listAll(at)).toMatchObject([
    { name: 'b.heic', takenAt: START, mediaType: 'image/heic' },
    {
      name: 'Camera/IMG_20250102_030405.jpg',
      takenAt: Date.parse('2025-01-02T03:04:05Z'),
      mediaType: 'image/jpeg',
    },
  ])
})

test('another phone has none of it, and ids of its own', async () => {
  const { browser, other, putPhoto, putOthersPhoto, listAll, snapshot } = await testDownloads()
  await putPhoto('a.jpg', fakeJpeg(1))
  await putOthersPhoto('b.jpg', fakeJpeg(2))
  const at = await snapshot()
  const [mine] = await listAll()
  for (const query of ['', `?at=${at}`]) {
    expect((await browser.ask(`/portal/get/photo/${mine!.id}${query}`)).status).toBe(200)
    expect((await other.ask(`/portal/get/photo/${mine!.id}${query}`)).status).toBe(404)
    expect((await other.ask(`/portal/get/thumbnail/${mine!.id}${query}`)).status).toBe(404)
  }
})

test('an id stands for the same photo when others come', async () => {
  const kept = await testDownloads()
  await putPhotos(kept, 5, 3)
  const twice = await kept.putPhoto('again.jpg', fakeJpeg(6), START + 6 * MINUTE)
  expect(twice.outcome).toBe('created')
  const ids = async () =>
    new Map((await kept.listAll()).flatMap((one) => [one, ...one.together]).map(({ name, id }) => [name, id]))
  const before = await ids()
  expect(new Set(before.values()).size).toBe(4)
  await putPhotos(kept, 0, 2)
  await kept.putPhoto('third.jpg', fakeJpeg(6), START + 6 * MINUTE)
  const after = await ids()
  for (const [name, id] of before) expect([name, after.get(name)]).toEqual([name, id])
})

test('a link put in place of a photo is not followed out of the library', async () => {
  const kept = await testDownloads()
  const { browser, folder, putPhoto, listAll, replica } = kept
  const secret = join(folder, 'secret')
  await writeFile(secret, fakeJpeg(9))
  await putPhoto('2026/01/a.jpg', fakeJpeg(1))
  await putPhoto('2026/02/b.jpg', fakeJpeg(2))
  const photos = await listAll()
  const a = pathOf(kept, '2026/01/a.jpg')
  await rm(a)
  await symlink(secret, a)
  const month = join(pathOf(kept, '2026/02/b.jpg'), '..')
  await rm(month, { recursive: true })
  await writeFile(join(replica.photos, '..', 'b.jpg'), fakeJpeg(9))
  await symlink(join(replica.photos, '..'), month)
  for (const { id } of photos) {
    const answer = await browser.ask(`/portal/get/photo/${id}`)
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'data-damaged' }])
    expect((await browser.ask(`/portal/get/thumbnail/${id}`)).status).toBe(503)
  }
})

test('a photo that was changed by hand is not passed off as what was sent', async () => {
  const kept = await testDownloads()
  await kept.putPhoto('a.jpg', fakeJpeg(1))
  const [photo] = await kept.listAll()
  await writeFile(pathOf(kept, 'a.jpg'), 'short')
  expect((await kept.browser.ask(`/portal/get/photo/${photo!.id}`)).status).toBe(503)
})

test('thumbnails are kept for long, and asked for by what holds the bytes', async () => {
  const kept = await testDownloads()
  const { browser, putPhoto, listAll, snapshot, small } = kept
  await putPhoto('a.jpg', fakeJpeg(1))
  await putPhoto('b.txt', Buffer.from('text'))
  const at = await snapshot()
  const [text, photo] = (await listAll()).toSorted((a, b) => Number(a.hasThumbnail) - Number(b.hasThumbnail))
  expect([text!.hasThumbnail, photo!.hasThumbnail]).toEqual([false, true])
  const path = `/portal/get/thumbnail/${photo!.id}`
  const answer = await browser.ask(path)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/webp',
    'cache-control': 'private, max-age=31536000, immutable',
  })
  expect(small[0]!.path).toBe(pathOf(kept, 'a.jpg'))
  const etag = answer.headers.get('etag')!
  expect((await browser.ask(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
  const none = await browser.ask(`/portal/get/thumbnail/${text!.id}`)
  expect([none.status, none.headers.get('cache-control')]).toEqual([404, 'no-store'])
  await removeAll(kept)
  const deleted = (await listAll(at)).find(({ name }) => name === 'a.jpg')!
  const old = await browser.ask(`/portal/get/thumbnail/${deleted.id}?at=${at}`)
  expect(await old.text()).toBe(`small ${small[0]!.hash}`)
})
