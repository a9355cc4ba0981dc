/** Many photos in one ZIP: who gets it, how often, and what becomes of files that cannot be read. */
import { readdir, rm, truncate } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createZipStream } from '../../../../main/links/portal/downloads/zip-stream.ts'
import { filePath } from '../../../../main/replica/files.ts'
import { listItems } from '../../../../main/replica/items.ts'
import { bytesFor } from '../../../small-vault.ts'
import { worldAt } from '../../replica/fixture.ts'
import { bytesOf, fakeJpeg, type TestDownloads, testDownloads } from './downloads-fixture.ts'

function pathOf({ replica, library }: TestDownloads, name: string): string {
  return filePath(replica, listItems(replica, library.id).find((item) => item.name === name)!.fileId!)
}

test('a ZIP is fetched once, by its phone alone, and is as long as was said', async () => {
  const { browser, other, base, putPhoto } = await testDownloads()
  await putPhoto('2026/01/a.jpg', fakeJpeg(1))
  await putPhoto('2026/01/b.jpg', fakeJpeg(2))
  const zip = await browser.call('photos.zip', {})
  expect(zip).toMatchObject({ count: 2, bytes: 2000, missing: 0 })
  expect(zip.path).toMatch(/^\/portal\/zip\/[0-9a-f]{32}$/)
  expect((await fetch(base + zip.path)).status).toBe(401)
  expect((await browser.ask(zip.path, { method: 'HEAD' })).status).toBe(405)
  expect((await browser.ask(`${zip.path}/more`)).status).toBe(404)
  const answer = await browser.ask(zip.path)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/zip',
    'content-disposition': expect.stringContaining('attachment; filename="Ada_s Pixel Photos.zip"'),
  })
  expect(await bytesOf(answer)).toHaveLength(Number(answer.headers.get('content-length')))
  expect((await browser.ask(zip.path)).status).toBe(404)
  const stolen = await browser.call('photos.zip', {})
  expect((await other.ask(stolen.path)).status).toBe(404)
})

test('a secret is good for ten minutes', async () => {
  const world = worldAt(1_700_000_000_000)
  const { browser, putPhoto } = await testDownloads(world)
  await putPhoto('a.jpg', fakeJpeg(1))
  const { path } = await browser.call('photos.zip', {})
  world.set(world.now() + 10 * 60_000)
  expect((await browser.ask(path)).status).toBe(404)
})

test('chosen photos bring along what belongs to them, and no one else’s', async () => {
  const { browser, putPhoto, putOthersPhoto, other, listAll } = await testDownloads()
  await putPhoto('IMG_0001.JPG', fakeJpeg(1))
  const film = Buffer.concat([Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  ', 'latin1'), Buffer.alloc(80)])
  await putPhoto('IMG_0001.MOV', film)
  await putPhoto('other.jpg', fakeJpeg(3, 5000), 1_650_000_000_000)
  await putOthersPhoto('theirs.jpg', fakeJpeg(2))
  const live = (await listAll()).find(({ together }) => together.length > 0)!
  expect(await browser.call('photos.zip', { ids: [live.id, live.id] })).toMatchObject({
    count: 2,
    bytes: 1100,
  })
  expect(await browser.call('photos.zip', { ids: [live.together[0]!.id] })).toMatchObject({
    count: 1,
    bytes: 100,
  })
  const [theirs] = (await other.call('photos.list', {})).photos
  await expect(browser.call('photos.zip', { ids: [live.id, theirs!.id] })).rejects.toThrow('404')
})

test('a file that is not there is named in the ZIP, and in the log', async () => {
  const kept = await testDownloads()
  const { browser, putPhoto, logged } = kept
  await putPhoto('2026/01/a.jpg', fakeJpeg(1))
  await putPhoto('2026/01/b.jpg', fakeJpeg(2))
  await rm(pathOf(kept, '2026/01/a.jpg'))
  const zip = await browser.call('photos.zip', {})
  expect(zip).toMatchObject({ count: 1, missing: 1 })
  const answer = await browser.ask(zip.path)
  const bytes = await bytesOf(answer)
  expect(bytes).toHaveLength(Number(answer.headers.get('content-length')))
  expect(bytes.includes('MISSING.txt')).toBe(true)
  expect(bytes.includes('2026/01/a.jpg: The photo file')).toBe(true)
  expect(logged).toEqual([expect.stringContaining('“2026/01/a.jpg” of Ada’s Pixel cannot be read')])
})

test('a file that fails on the way cuts the download, and is named in the next', async () => {
  const kept = await testDownloads()
  const { browser, putPhoto, logged } = kept
  await putPhoto('a.jpg', fakeJpeg(1), 1_600_000_000_000)
  await putPhoto('b.jpg', fakeJpeg(2), 1_500_000_000_000)
  const { path } = await browser.call('photos.zip', {})
  await truncate(pathOf(kept, 'b.jpg'), 10)
  await expect(browser.ask(path).then(bytesOf)).rejects.toThrow()
  expect(logged).toEqual([expect.stringContaining('cut at “b.jpg”')])
  await truncate(pathOf(kept, 'b.jpg'), 1000)
  const again = await browser.call('photos.zip', {})
  expect(again).toMatchObject({ count: 1, missing: 1 })
  expect((await bytesOf(await browser.ask(again.path))).includes('b.jpg: ')).toBe(true)
})

test('a client that leaves takes the work with it, and nothing is logged', async () => {
  const { browser, base, putPhoto, logged } = await testDownloads()
  await putPhoto('large.jpg', bytesFor('large', 64 * 1024 ** 2))
  const before = await openFiles()
  const { path } = await browser.call('photos.zip', {})
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
  await new Promise<void>((resolve, reject) => {
    const request = get(base + path, { headers: { cookie } }, (response) => {
      response.once('data', () => {
        request.destroy()
        resolve()
      })
    })
    request.on('error', reject)
  }).catch((error: NodeJS.ErrnoException) => expect(error.code).toBe('ECONNRESET'))
  await expect.poll(openFiles, { timeout: 15_000 }).toBe(before)
  expect(logged).toEqual([])
})

/** How many photo files this process has open. */
async function openFiles(): Promise<number> {
  if (process.platform !== 'linux') return 0
  const { readlink } = await import('node:fs/promises')
  const handles = await readdir('/proc/self/fd')
  const paths = await Promise.all(
    handles.map((handle) => readlink(join('/proc/self/fd', handle)).catch(() => '')),
  )
  return paths.filter((path) => path.includes('/Photos/')).length
}

test.each([0, 1, 700, 1300, 5000])('the length of a ZIP of %i files is told beforehand', async (count) => {
  const entries = Array.from({ length: count }, (_, n) => ({
    ...{ path: `2026/11/Ünï ${n}.jpg`, size: n % 7, modifiedAt: 1_600_000_000_000 },
    open: () => Readable.from(n % 7 === 0 ? [] : [Buffer.alloc(n % 7)]),
  }))
  for (const note of [undefined, { path: 'MISSING.txt', text: 'Some are missing.' }]) {
    const { bytes, size } = createZipStream(entries, note)
    expect((await buffer(bytes)).length).toBe(size)
  }
})
