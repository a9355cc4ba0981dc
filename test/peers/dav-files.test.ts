/** The file library: large and broken uploads, times, ranges, folders, and what apps like PhotoSync and the Finder do with it. */
import { readdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { type DavFixture, startDav } from './dav-fixture.ts'
import { propfindBody, readMultistatus, textIn, xmlBody } from './dav-xml.ts'

const BYTES = Buffer.from(Array.from({ length: 3_000_000 }, (_, n) => (n * 7 + (n >> 8)) & 255))

it('a file comes back whole and in parts', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.files}IMG_0001.JPG`
  const put = await dav.send('PUT', path, { body: BYTES })
  expect(put.status).toBe(201)
  const get = async (headers: Record<string, string>) => dav.send('GET', path, { headers })
  expect((await get({})).bytes.equals(BYTES)).toBe(true)
  const part = await get({ range: 'bytes=100-299' })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 100-299/3000000'])
  expect(part.bytes).toEqual(BYTES.subarray(100, 300))
  expect((await get({ range: 'bytes=-10' })).bytes).toEqual(BYTES.subarray(-10))
  expect((await get({ range: 'bytes=3000000-' })).status).toBe(416)
  const tag = put.headers.get('etag')!
  expect((await get({ range: 'bytes=0-1', 'if-range': tag })).status).toBe(206)
  expect((await get({ range: 'bytes=0-1', 'if-range': '"old"' })).status).toBe(200)
  expect((await get({ 'if-none-match': tag })).status).toBe(304)
})

it.each([
  ['1600000000', 1_600_000_000_000],
  ['1600000000.123', 1_600_000_000_123],
])('the time a client names is kept: X-OC-Mtime %s', async (header, time) => {
  await using dav = await startDav()
  const path = `${dav.phone.files}a.jpg`
  const { headers } = await dav.send('PUT', path, { body: 'a', headers: { 'x-oc-mtime': header } })
  expect(headers.get('x-oc-mtime')).toBe('accepted')
  const got = await dav.send('GET', path)
  expect(got.headers.get('last-modified')).toBe(new Date(time).toUTCString())
  expect((await stat(join(dav.replica.photos, 'Ada', 'a.jpg'))).mtimeMs).toBe(time)
})

it('a time that makes no sense is not said to be kept', async () => {
  await using dav = await startDav()
  for (const header of ['soon', '1e99', '999999999999', '']) {
    const { status, headers } = await dav.send('PUT', `${dav.phone.files}a.jpg`, {
      body: header,
      headers: { 'x-oc-mtime': header },
    })
    expect([status < 300, headers.get('x-oc-mtime')]).toEqual([true, null])
  }
})

it.each([
  ['d:getlastmodified', ''],
  ['z:Win32LastModifiedTime', ' xmlns:z="urn:schemas-microsoft-com:"'],
])('the time is also taken by PROPPATCH of %s', async (name, declaration) => {
  await using dav = await startDav()
  const path = `${dav.phone.files}a.jpg`
  await dav.send('PUT', path, { body: 'a' })
  const date = 'Sun, 13 Sep 2020 12:26:40 GMT'
  const patched = await dav.send('PROPPATCH', path, {
    body: xmlBody(
      'd:propertyupdate',
      `<d:set><d:prop><${name}${declaration}>${date}</${name}></d:prop></d:set>`,
    ),
  })
  expect([patched.status, patched.text]).toEqual([207, expect.stringContaining('200 OK')])
  const got = await dav.send('GET', path)
  expect([got.text, got.headers.get('last-modified')]).toEqual(['a', date])
})

it('protected properties are not changed, and then nothing else is', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.files}a.jpg`
  await dav.send('PUT', path, { body: 'a' })
  const { status, text } = await dav.send('PROPPATCH', path, {
    body: xmlBody(
      'd:propertyupdate',
      '<d:set><d:prop><x xmlns="urn:x">1</x><d:getetag>"mine"</d:getetag></d:prop></d:set>',
    ),
  })
  expect(status).toBe(207)
  expect(text).toContain('<d:cannot-modify-protected-property/>')
  expect(text).toContain('424 Failed Dependency')
  const after = await dav.send('PROPFIND', path, {
    body: '<propfind xmlns="DAV:"><prop><x xmlns="urn:x"/></prop></propfind>',
  })
  expect(readMultistatus(after.text).responses[0]!.missing).toEqual(['x'])
})

it('the same photo sent again makes no change, nor a second copy', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.files}a.jpg`
  const first = await dav.send('PUT', path, { body: 'a' })
  const seq = dav.replica.lastSeq()
  const again = await dav.send('PUT', path, { body: 'a' })
  expect([again.status, again.headers.get('etag'), dav.replica.lastSeq()]).toEqual([
    204,
    first.headers.get('etag'),
    seq,
  ])
  await dav.send('PUT', `${dav.phone.files}copy.jpg`, { body: 'a' })
  expect(readdirSync(join(dav.replica.photos, 'Ada'))).toEqual(['a.jpg'])
})

it('a changed file is kept beside the old one, which can still be had from history', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.files}a.jpg`
  await dav.send('PUT', path, { body: 'one' })
  await dav.send('PUT', path, { body: 'two' })
  expect((await dav.send('GET', path)).text).toBe('two')
  expect(readdirSync(join(dav.replica.photos, 'Ada')).sort()).toEqual(['a (2).jpg', 'a.jpg'])
})

it('many chunks without a length told make one file', async () => {
  await using dav = await startDav()
  const { status } = await upload(
    dav,
    'video.mov',
    { 'transfer-encoding': 'chunked' },
    Readable.from(pieces(BYTES, 9_999)),
  )
  expect(status).toBe(201)
  expect((await dav.send('GET', `${dav.phone.files}video.mov`)).bytes.equals(BYTES)).toBe(true)
})

it('leave to send is given only where the file would be taken', async () => {
  await using dav = await startDav()
  const headers = { expect: '100-continue', 'content-length': '3' }
  const taken = await upload(dav, 'a.jpg', headers, Readable.from(['abc']))
  expect([taken.status, taken.continued]).toEqual([201, true])
  const refused = await upload(dav, 'nowhere/a.jpg', headers, undefined)
  expect([refused.status, refused.continued]).toEqual([409, false])
})

it('a file larger than the disk is refused before it is sent', async () => {
  await using dav = await startDav(['Ada'], { quota: { used: () => 0, available: async () => 1e9 } })
  const { status, continued } = await upload(
    dav,
    'a.mov',
    { expect: '100-continue', 'content-length': '2000000000' },
    undefined,
  )
  expect([status, continued]).toEqual([507, false])
})

it('a file over the limit is refused whether its length is told or not, and leaves nothing behind', async () => {
  await using dav = await startDav(['Ada'], { limits: { fileBytes: 1_000_000 } })
  const sent = Readable.from(pieces(BYTES, 50_000))
  expect((await upload(dav, 'a', { 'transfer-encoding': 'chunked' }, sent)).status).toBe(413)
  expect((await dav.send('PUT', `${dav.phone.files}b`, { body: BYTES })).status).toBe(413)
  expect(readdirSync(dav.replica.incoming)).toEqual([])
})

it('nothing is left behind by an upload that breaks', async () => {
  await using dav = await startDav()
  const broken = upload(dav, 'a.mov', { 'content-length': '1000000' }, Readable.from(['abc'])).catch(
    (error: Error) => error,
  )
  await vi.waitFor(() => expect(readdirSync(dav.replica.incoming)).toHaveLength(1), 10_000)
  dav.server.closeAllConnections()
  await broken
  await vi.waitFor(() => expect(readdirSync(dav.replica.incoming)).toEqual([]), 10_000)
  expect((await dav.send('GET', `${dav.phone.files}a.mov`)).status).toBe(404)
})

it('a folder has a new entity tag when anything below it changes', async () => {
  await using dav = await startDav()
  const { files } = dav.phone
  for (const folder of ['2026', '2026/11', '2025']) await dav.send('MKCOL', files + folder)
  const tags = async () => {
    const { text } = await dav.send('PROPFIND', files, {
      body: propfindBody('d:getetag'),
      headers: { depth: '1' },
    })
    const found = readMultistatus(text)
    return [files, `${files}2026/`, `${files}2025/`].map((href) => textIn(found.of(href), 'getetag'))
  }
  const before = await tags()
  await dav.send('PUT', `${files}2026/11/a.jpg`, { body: 'a' })
  const added = await tags()
  expect(added.map((tag, n) => tag !== before[n])).toEqual([true, true, false])
  await dav.send('DELETE', `${files}2026/11/a.jpg`)
  expect((await tags()).map((tag, n) => tag !== added[n])).toEqual([true, true, false])
})

it('everything below a folder is listed at once, up to a limit', async () => {
  await using dav = await startDav(['Ada'], { limits: { listed: 3 } })
  const { files } = dav.phone
  await dav.send('MKCOL', `${files}a`)
  await dav.send('PUT', `${files}a/b.jpg`, { body: 'b' })
  const all = await dav.send('PROPFIND', files, { headers: { depth: 'infinity' } })
  expect(readMultistatus(all.text).responses.map(({ href }) => href)).toEqual([
    files,
    `${files}a/`,
    `${files}a/b.jpg`,
  ])
  for (const name of ['c', 'd']) await dav.send('PUT', `${files}${name}`, { body: name })
  for (const path of [files, '/dav/', '/dav/calendars/ada/']) {
    const { status, text } = await dav.send('PROPFIND', path, { headers: { depth: 'infinity' } })
    expect([status, text]).toEqual([403, expect.stringContaining('<d:propfind-finite-depth/>')])
  }
})

it('a file is locked, written and freed as the Finder does it, and no one else writes it meanwhile', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.files}new.txt`
  const lockinfo = xmlBody(
    'd:lockinfo',
    '<d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype><d:owner><d:href>http://www.apple.com/webdav_fs/</d:href></d:owner>',
  )
  const lock = await dav.send('LOCK', path, {
    body: lockinfo,
    headers: { depth: '0', timeout: 'Second-600' },
  })
  expect(lock.status).toBe(201)
  const token = lock.headers.get('lock-token')!
  expect((await dav.send('PUT', path, { body: 'x' })).status).toBe(423)
  expect((await dav.send('PUT', path, { body: 'y', headers: { if: `(${token})` } })).status).toBe(204)
  expect((await dav.send('DELETE', path)).status).toBe(423)
  expect((await dav.send('UNLOCK', path, { headers: { 'lock-token': token } })).status).toBe(204)
  expect((await dav.send('PUT', path, { body: 'z' })).status).toBe(204)
})

it('a folder does not go into itself, nor over what holds it', async () => {
  await using dav = await startDav()
  const { files } = dav.phone
  for (const folder of ['a', 'a/b', 'ab']) await dav.send('MKCOL', files + folder)
  const move = async (from: string, to: string, headers: Record<string, string> = {}) =>
    (await dav.send('MOVE', files + from, { headers: { destination: dav.base + files + to, ...headers } }))
      .status
  expect(await move('a', 'a')).toBe(403)
  expect(await move('a', 'a/b/c')).toBe(403)
  expect(await move('a/b', 'a')).toBe(403)
  expect(await move('a', 'ab', { overwrite: 'F' })).toBe(412)
  expect(await move('a', 'none/a')).toBe(409)
  expect(await move('a', 'ab')).toBe(204)
  expect((await dav.send('PROPFIND', `${files}ab/b/`)).status).toBe(207)
  const elsewhere = await dav.send('MOVE', `${files}ab`, { headers: { destination: 'http://example.org/x' } })
  expect(elsewhere.status).toBe(502)
})

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size))
}

/** A PUT that waits for leave where it asks for it. Without a body it only waits for the answer. */
function upload(
  { base, phone }: DavFixture,
  name: string,
  headers: Record<string, string>,
  body: Readable | undefined,
): Promise<{ status: number; continued: boolean }> {
  return new Promise((resolve, reject) => {
    let continued = false
    const outgoing = request(base + phone.files + name, {
      method: 'PUT',
      headers: { authorization: phone.authorization, ...headers },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      incoming.resume()
      resolve({ status: incoming.statusCode ?? 0, continued })
      if (!body) outgoing.destroy()
    })
    outgoing.on('continue', () => {
      continued = true
      body?.pipe(outgoing)
    })
    outgoing.flushHeaders()
    // A body that is not to end leaves the request open.
    if (headers.expect === undefined) body?.pipe(outgoing, { end: headers['content-length'] === undefined })
  })
}
