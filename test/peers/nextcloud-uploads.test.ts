/** Chunked uploads as Nextcloud's clients do them: joined whole or not at all, taken up again after any break, within limits. */
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, truncateSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { CHUNKS_LIFETIME, sweepChunks, sweepUploads } from '../../main/replica/chunked-uploads.ts'
import { realWorld, type World } from '../../main/world.ts'
import { type DavFixture, startDav } from './dav-fixture.ts'
import { readMultistatus, textIn } from './dav-xml.ts'

const WHOLE = randomBytes(250_000)
const PIECES = [WHOLE.subarray(0, 100_000), WHOLE.subarray(100_000, 200_000), WHOLE.subarray(200_000)]
const ROOM = '/remote.php/dav/uploads/ada'
const TARGET = '/remote.php/dav/files/ada/a.mov'

async function sendChunks(dav: DavFixture, upload = 'u1', numbers = [1, 2, 3]): Promise<void> {
  expect((await dav.send('MKCOL', `${ROOM}/${upload}`)).status).toBe(201)
  for (const number of numbers) {
    const { status } = await dav.send('PUT', `${ROOM}/${upload}/${number}`, { body: PIECES[number - 1] })
    expect(status).toBe(201)
  }
}

function move(dav: DavFixture, headers: Record<string, string> = {}, upload = 'u1') {
  return dav.send('MOVE', `${ROOM}/${upload}/.file`, {
    headers: { destination: dav.base + TARGET, 'oc-total-length': String(WHOLE.length), ...headers },
  })
}

async function fetched(dav: DavFixture): Promise<Buffer | number> {
  const { status, bytes } = await dav.send('GET', TARGET)
  return status === 200 ? bytes : status
}

async function listed(dav: DavFixture, upload = 'u1'): Promise<Record<string, string>> {
  const { text } = await dav.send('PROPFIND', `${ROOM}/${upload}/`, { headers: { depth: '1' } })
  const [folder, ...chunks] = readMultistatus(text).responses
  expect(folder!.href).toBe(`${ROOM}/${upload}/`)
  return Object.fromEntries(
    chunks.map((chunk) => [chunk.href.split('/').at(-1)!, textIn(chunk, 'getcontentlength')]),
  )
}

it('chunks that come in any order make the file, with its time, and are gone', async () => {
  await using dav = await startDav()
  await sendChunks(dav, 'u1', [3, 1, 2])
  expect(await fetched(dav)).toBe(404)
  const { status, headers } = await move(dav, { 'x-oc-mtime': '1600000000.5' })
  expect([status, headers.get('x-oc-mtime')]).toEqual([201, 'accepted'])
  expect(headers.get('oc-fileid')).toMatch(/^\d{8}oc[0-9a-f]{10}$/)
  expect(headers.get('oc-etag')).toBe(headers.get('etag'))
  const got = await dav.send('GET', TARGET)
  expect(got.bytes.equals(WHOLE)).toBe(true)
  expect(got.headers.get('last-modified')).toBe(new Date(1_600_000_000_000).toUTCString())
  expect((await dav.send('PROPFIND', `${ROOM}/u1/`)).status).toBe(404)
  expect(readdirSync(dav.replica.chunks)).toEqual([])
  expect(dav.logged).toEqual([])
})

it('a client learns which chunks are here and goes on with the others, after a restart too', async () => {
  await using dav = await startDav()
  await sendChunks(dav, 'u1', [1])
  expect((await dav.send('MKCOL', `${ROOM}/u1`)).status).toBe(405)
  await sweepChunks(dav.replica)
  expect(await listed(dav)).toEqual({ 1: '100000' })
  const head = await dav.send('HEAD', `${ROOM}/u1/1`)
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '100000'])
  expect((await dav.send('HEAD', `${ROOM}/u1/2`)).status).toBe(404)
  for (const n of [2, 3]) await dav.send('PUT', `${ROOM}/u1/${n}`, { body: PIECES[n - 1] })
  expect((await move(dav)).status).toBe(201)
  expect(await fetched(dav)).toEqual(WHOLE)
})

it('a chunk that is sent again takes the place of the first, and one can be taken back', async () => {
  await using dav = await startDav()
  await sendChunks(dav)
  expect((await dav.send('PUT', `${ROOM}/u1/2`, { body: 'short' })).status).toBe(204)
  expect((await move(dav)).status).toBe(409)
  expect((await dav.send('DELETE', `${ROOM}/u1/2`)).status).toBe(204)
  expect((await dav.send('DELETE', `${ROOM}/u1/2`)).status).toBe(404)
  expect((await dav.send('PUT', `${ROOM}/u1/2`, { body: PIECES[1] })).status).toBe(201)
  expect((await move(dav)).status).toBe(201)
  expect(await fetched(dav)).toEqual(WHOLE)
})

it('a chunk that is cut off does not count and leaves nothing behind', async () => {
  await using dav = await startDav()
  await sendChunks(dav, 'u1', [1])
  const cut = new Promise((resolve) => {
    const outgoing = request(`${dav.base}${ROOM}/u1/2`, {
      method: 'PUT',
      headers: { authorization: dav.phone.authorization, 'content-length': '100000' },
    })
    outgoing.on('error', resolve)
    outgoing.write(PIECES[1]!.subarray(0, 60_000))
  })
  await vi.waitFor(() => expect(readdirSync(dav.replica.incoming)).toHaveLength(1), 10_000)
  dav.server.closeAllConnections()
  await cut
  await vi.waitFor(() => expect(readdirSync(dav.replica.incoming)).toEqual([]), 10_000)
  expect(await listed(dav)).toEqual({ 1: '100000' })
})

it.each([
  ['a chunk is missing', [1, 3], {}, 409],
  ['the length is another', [1, 2, 3], { 'oc-total-length': '250001' }, 409],
  ['the checksum is another', [1, 2, 3], { 'oc-checksum': `SHA1:${'0'.repeat(40)}` }, 400],
  ['the folder for it is missing', [1, 2, 3], { destination: '/remote.php/dav/files/ada/no/a.mov' }, 409],
  ['it is meant for another phone', [1, 2, 3], { destination: '/remote.php/dav/files/bob/a.mov' }, 409],
  ['it is meant for another server', [1, 2, 3], { destination: 'https://example.org/a.mov' }, 502],
  [
    'it is meant for an address book',
    [1, 2, 3],
    { destination: '/dav/addressbooks/ada/contacts/a.vcf' },
    403,
  ],
  ['it is meant for the uploads', [1, 2, 3], { destination: `${ROOM}/u2/1` }, 409],
  ['the file to replace is not there', [1, 2, 3], { 'if-match': '"x"' }, 412],
])('nothing is stored when %s, and all chunks stay', async (_why, numbers, headers, status) => {
  await using dav = await startDav(['Ada', 'Bob'])
  await sendChunks(dav, 'u1', numbers)
  expect((await move(dav, headers)).status).toBe(status)
  expect(await fetched(dav)).toBe(404)
  expect(Object.keys(await listed(dav))).toEqual(numbers.map(String))
  expect(readdirSync(dav.replica.incoming)).toEqual([])
})

it('a checksum that is right is kept and told', async () => {
  await using dav = await startDav()
  await sendChunks(dav)
  const checksum = `SHA1:${createHash('sha1').update(WHOLE).digest('hex')}`
  expect((await move(dav, { 'oc-checksum': checksum })).status).toBe(201)
  const body = '<propfind xmlns="DAV:"><prop><checksums xmlns="http://owncloud.org/ns"/></prop></propfind>'
  const { text } = await dav.send('PROPFIND', TARGET, { body, headers: { depth: '0' } })
  expect(text).toContain(`<oc:checksums><oc:checksum>${checksum}</oc:checksum></oc:checksums>`)
})

it('what the destination’s conditions guard is not overwritten', async () => {
  await using dav = await startDav()
  const old = await dav.send('PUT', TARGET, { body: 'old' })
  await sendChunks(dav)
  expect((await move(dav, { overwrite: 'F' })).status).toBe(412)
  expect((await move(dav, { 'if-match': '"other"' })).status).toBe(412)
  expect((await move(dav, { if: `<${TARGET}> (["other"])` })).status).toBe(412)
  expect(await fetched(dav)).toEqual(Buffer.from('old'))
  const etag = old.headers.get('etag')!
  const done = await move(dav, { if: `<${TARGET}> ([${etag}])` })
  expect(done.status).toBe(204)
  expect(done.headers.get('oc-fileid')).toBe(old.headers.get('oc-fileid'))
  expect(await fetched(dav)).toEqual(WHOLE)
})

it('a client that lost the answer may ask again, while chunks are joined and after', async () => {
  await using dav = await startDav()
  const old = await dav.send('PUT', TARGET, { body: 'old' })
  await sendChunks(dav)
  const headers = { 'if-match': old.headers.get('etag')! }
  const twice = await Promise.all([move(dav, headers), move(dav, headers)])
  const again = await move(dav, headers)
  const tags = [...twice, again].map((one) => [one.status, one.headers.get('etag')])
  expect(new Set(tags.map(String)).size).toBe(1)
  expect(again.status).toBe(204)
  const versions = dav.replica.statement(`SELECT count(*) AS n FROM versions WHERE name = 'a.mov'`).get()
  expect(versions?.n).toBe(2)
  await dav.send('DELETE', TARGET)
  expect((await move(dav, headers)).status).toBe(404)
})

it('an upload of the same name later is a new one', async () => {
  await using dav = await startDav()
  await sendChunks(dav)
  expect((await move(dav)).status).toBe(201)
  await dav.send('MKCOL', `${ROOM}/u1`)
  await dav.send('PUT', `${ROOM}/u1/1`, { body: 'new' })
  expect((await move(dav, { 'oc-total-length': '3' })).status).toBe(204)
  expect(await fetched(dav)).toEqual(Buffer.from('new'))
})

it('a chunk that is no longer whole on the disk spoils no file', async () => {
  await using dav = await startDav()
  await sendChunks(dav)
  const [file] = readdirSync(dav.replica.chunks)
  truncateSync(join(dav.replica.chunks, file!), 10)
  expect((await move(dav)).status).toBe(400)
  expect(await fetched(dav)).toBe(404)
})

it('another phone’s uploads are as good as none', async () => {
  await using dav = await startDav(['Ada', 'Bob'])
  await sendChunks(dav)
  const as = dav.phones[1]!
  for (const [method, path] of [
    ['PROPFIND', `${ROOM}/`],
    ['PROPFIND', `${ROOM}/u1/`],
    ['PUT', `${ROOM}/u1/4`],
    ['HEAD', `${ROOM}/u1/1`],
    ['DELETE', `${ROOM}/u1`],
    ['MKCOL', `${ROOM}/u2`],
    ['MOVE', '/remote.php/dav/uploads/bob/u1/.file'],
  ] as const) {
    const headers = { destination: '/remote.php/dav/files/bob/a.mov' }
    const { status } = await dav.send(method, path, {
      as,
      headers,
      ...(method === 'PUT' ? { body: 'x' } : {}),
    })
    expect([method, path, status]).toEqual([method, path, 404])
  }
  expect((await dav.send('PROPFIND', `${ROOM}/u1/`, { as: null })).status).toBe(401)
  expect(Object.keys(await listed(dav))).toEqual(['1', '2', '3'])
})

it.each([
  ['MKCOL', `${ROOM}/..%2F..%2Fetc`, 400],
  ['MKCOL', `${ROOM}/%2e%2e/x`, 400],
  ['MKCOL', `${ROOM}/a%00b`, 400],
  ['MKCOL', `${ROOM}/a/b`, 405],
  ['MKCOL', `${ROOM}/${'a'.repeat(300)}`, 414],
  ['PUT', `${ROOM}/u1/..%2F1`, 400],
  ['PUT', `${ROOM}/u1/%2e%2e`, 400],
  ['PUT', `${ROOM}/u1/.file`, 400],
  ['PUT', `${ROOM}/u1/name`, 400],
  ['PUT', `${ROOM}/u1/1/2`, 404],
  ['PUT', `${ROOM}/u2/1`, 404],
  ['PUT', `${ROOM}/u1`, 405],
  ['MOVE', `${ROOM}/u1/1`, 405],
  ['GET', `${ROOM}/u1/1`, 405],
  ['LOCK', `${ROOM}/u1/1`, 405],
])('%s %s is refused', async (method, path, expected) => {
  await using dav = await startDav()
  await sendChunks(dav, 'u1', [1])
  const before = readdirSync(dav.replica.chunks)
  const status = await rawStatus(dav, method, path)
  expect(status).toBe(expected)
  expect(readdirSync(dav.replica.chunks)).toEqual(before)
  expect(readdirSync(dav.folder).sort()).toEqual(['Photos', 'replica'])
})

it('an upload’s name may be anything that is one name', async () => {
  await using dav = await startDav()
  const name = 'web%20file%20%C3%BC%26%3C1%3E'
  await dav.send('MKCOL', `${ROOM}/${name}`)
  await dav.send('PUT', `${ROOM}/${name}/1`, { body: WHOLE })
  const { text } = await dav.send('PROPFIND', `${ROOM}/`)
  expect(readMultistatus(text).responses.map(({ href }) => href)).toEqual([`${ROOM}/`, `${ROOM}/${name}/`])
  expect((await move(dav, {}, name)).status).toBe(201)
  expect(await fetched(dav)).toEqual(WHOLE)
})

it('a phone has so many uploads, chunks and bytes under way, and no more', async () => {
  await using dav = await startDav(['Ada', 'Bob'], {
    uploadLimits: { uploads: 2, chunks: 2, bytes: 250_000 },
  })
  await sendChunks(dav, 'u1', [1, 2])
  await sendChunks(dav, 'u2', [])
  expect((await dav.send('MKCOL', `${ROOM}/u3`)).status).toBe(507)
  expect((await dav.send('PUT', `${ROOM}/u1/3`, { body: 'x' })).status).toBe(507)
  expect((await dav.send('PUT', `${ROOM}/u2/1`, { body: PIECES[0] })).status).toBe(507)
  expect((await dav.send('PUT', `${ROOM}/u1/2`, { body: 'x' })).status).toBe(204)
  expect((await dav.send('PUT', `${ROOM}/u2/1`, { body: PIECES[0] })).status).toBe(201)
  const as = dav.phones[1]!
  expect((await dav.send('MKCOL', '/remote.php/dav/uploads/bob/u1', { as })).status).toBe(201)
  expect(readdirSync(dav.replica.incoming)).toEqual([])
})

it('an upload that the disk has no room for is refused before it is sent', async () => {
  await using dav = await startDav(['Ada'], { quota: { used: () => 0, available: async () => 1e9 } })
  const begin = async (total: string) =>
    (await dav.send('MKCOL', `${ROOM}/u1`, { headers: { 'oc-total-length': total } })).status
  expect(await begin('2000000000')).toBe(507)
  // The chunks and the file have to fit side by side.
  expect(await begin('600000000')).toBe(507)
  expect(await begin('x')).toBe(400)
  expect(await begin('400000000')).toBe(201)
})

it('a disk that is full when chunks are joined costs nothing that is here', async () => {
  let isFull = false
  const syncFile: World['durability']['syncFile'] = async (file) => {
    if (isFull) throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    await file.sync()
  }
  const durability = { ...realWorld.durability, syncFile }
  await using dav = await startDav(['Ada'], {}, { ...realWorld, durability })
  await sendChunks(dav)
  isFull = true
  expect((await move(dav)).status).toBe(507)
  expect((await dav.send('PUT', `${ROOM}/u1/4`, { body: 'x' })).status).toBe(507)
  expect(Object.keys(await listed(dav))).toEqual(['1', '2', '3'])
  expect([await fetched(dav), readdirSync(dav.replica.incoming)]).toEqual([404, []])
  isFull = false
  expect((await move(dav)).status).toBe(201)
  expect(await fetched(dav)).toEqual(WHOLE)
})

it('an upload that rests for a day is thrown away, chunks and all', async () => {
  let time = Date.now()
  await using dav = await startDav(['Ada'], {}, { ...realWorld, now: () => time })
  await sendChunks(dav, 'old', [1])
  time += CHUNKS_LIFETIME - 1000
  await sendChunks(dav, 'new', [1])
  await sweepUploads(dav.replica)
  expect(Object.keys(await listed(dav, 'old'))).toEqual(['1'])
  time += 2000
  // A new upload sweeps as well.
  await dav.send('MKCOL', `${ROOM}/third`)
  expect((await dav.send('PROPFIND', `${ROOM}/old/`)).status).toBe(404)
  expect(Object.keys(await listed(dav, 'new'))).toEqual(['1'])
  expect(readdirSync(dav.replica.chunks)).toHaveLength(1)
})

/** Sends a path as it stands; `fetch` would tidy it. */
function rawStatus(dav: DavFixture, method: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: dav.phone.authorization, destination: TARGET }
    const { hostname, port } = new URL(dav.base)
    const outgoing = request({ hostname, port, path, method, headers }, (incoming) => {
      incoming.resume()
      resolve(incoming.statusCode)
    })
    outgoing.on('error', reject)
    outgoing.end(method === 'PUT' ? 'x' : undefined)
  })
}
