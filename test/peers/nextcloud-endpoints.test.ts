/** What Nextcloud's phone apps ask for, request by request as they send it, and what they need to find in the answers. */
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Answer, card, type DavFixture, type SendOptions, startDav } from './dav-fixture.ts'
import { namesIn, propfindBody, readMultistatus, textIn } from './dav-xml.ts'

const FILES = '/remote.php/dav/files/ada/'
const NAMES = 'xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"'

const propfind = (...names: string[]) =>
  `<?xml version="1.0"?><d:propfind ${NAMES}><d:prop>${names.map((name) => `<${name}/>`).join('')}</d:prop></d:propfind>`

const IOS = propfind(
  ...['d:displayname', 'd:getlastmodified', 'd:getetag', 'd:getcontenttype', 'd:resourcetype'],
  ...['d:quota-available-bytes', 'd:quota-used-bytes', 'd:getcontentlength'],
  ...['oc:permissions', 'oc:id', 'oc:fileid', 'oc:size', 'oc:favorite', 'oc:share-types'],
  ...['oc:owner-id', 'oc:owner-display-name', 'oc:comments-unread', 'oc:checksums', 'oc:downloadURL'],
  ...['nc:creation_time', 'nc:upload_time', 'nc:is-encrypted', 'nc:has-preview', 'nc:mount-type'],
)

interface Ocs {
  ocs: { meta: { status: string; statuscode: number; message: string }; data: Record<string, unknown> }
}

async function ocs(
  dav: DavFixture,
  path: string,
  options: SendOptions = {},
): Promise<Answer & { json: Ocs }> {
  const answer = await dav.send('GET', `${path}?format=json`, options)
  return { ...answer, json: JSON.parse(answer.text) as Ocs }
}

it('status is told without a password, also while nothing can be served', async () => {
  let ready = true
  await using dav = await startDav(['Ada'], { ready: () => ready })
  const status = async () => {
    const { status, text } = await dav.send('GET', '/status.php', { as: null })
    return { status, ...(JSON.parse(text) as Record<string, unknown>) }
  }
  expect(await status()).toMatchObject({
    status: 200,
    installed: true,
    maintenance: false,
    needsDbUpgrade: false,
    version: '31.0.4.1',
    versionstring: '31.0.4',
  })
  ready = false
  expect(await status()).toMatchObject({ status: 200, maintenance: true })
  for (const path of [FILES, '/ocs/v2.php/cloud/user', '/remote.php/dav/uploads/ada/']) {
    const { status, headers } = await dav.send('PROPFIND', path)
    expect([path, status, headers.has('retry-after')]).toEqual([path, 503, true])
  }
})

it.each([
  ['v1', 100],
  ['v2', 200],
])('%s of OCS tells what the server can do and who asks', async (version, statuscode) => {
  await using dav = await startDav()
  const capabilities = await ocs(dav, `/ocs/${version}.php/cloud/capabilities`)
  expect(capabilities.json.ocs.meta).toEqual({ status: 'ok', statuscode, message: 'OK' })
  expect(capabilities.json.ocs.data).toMatchObject({
    version: { major: 31, minor: 0, micro: 4, string: '31.0.4', edition: '' },
    capabilities: {
      core: { pollinterval: 60 },
      dav: { chunking: '1.0' },
      files: { bigfilechunking: true },
    },
  })
  for (const path of ['user', 'users/ada']) {
    const { data } = (await ocs(dav, `/ocs/${version}.php/cloud/${path}`)).json.ocs
    expect(data).toMatchObject({ id: 'ada', displayname: 'Ada', 'display-name': 'Ada', email: '' })
    expect(data.quota).toMatchObject({ used: 0, free: expect.any(Number), quota: -3 })
  }
})

it('OCS answers all else with an envelope that says no', async () => {
  await using dav = await startDav(['Ada', 'Bob'])
  for (const path of [
    '/ocs/v2.php/apps/notifications/api/v2/notifications',
    '/ocs/v2.php/cloud/users/bob',
    '/ocs/v2.php/cloud',
    '/ocs/v2.php/core/getapppassword',
  ]) {
    const { status, json } = await ocs(dav, path)
    expect([path, status, json.ocs.meta.status, json.ocs.meta.statuscode]).toEqual([
      path,
      404,
      'failure',
      404,
    ])
  }
  const stranger = await ocs(dav, '/ocs/v1.php/cloud/user', { as: null })
  expect([stranger.status, stranger.json.ocs.meta.statuscode]).toEqual([401, 997])
  expect(stranger.headers.get('www-authenticate')).toContain('Basic')
  expect((await ocs(dav, '/ocs/v1.php/cloud/x')).json.ocs.meta.statuscode).toBe(998)
  expect((await dav.send('DELETE', '/ocs/v2.php/cloud/user')).status).toBe(405)
})

it('OCS answers in XML unless JSON is asked for', async () => {
  await using dav = await startDav(['A <&> B'.replace(/[<>&]/g, '')])
  const { headers, text } = await dav.send('GET', '/ocs/v2.php/cloud/user')
  expect(headers.get('content-type')).toContain('application/xml')
  expect(text).toContain('<meta><status>ok</status><statuscode>200</statuscode><message>OK</message></meta>')
  expect(text).toContain('<displayname>A  B</displayname>')
  const asked = await dav.send('GET', '/ocs/v2.php/cloud/user', { headers: { accept: 'application/json' } })
  expect(asked.headers.get('content-type')).toContain('application/json')
})

it('Android’s look at the server without a password is answered with Basic', async () => {
  await using dav = await startDav()
  const { status, headers } = await dav.send('HEAD', FILES, { as: null })
  expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)])
})

it('Android uploads a photo: is it there, folders, the file, its properties', async () => {
  await using dav = await startDav()
  const path = `${FILES}InstantUpload/2026/IMG%201.jpg`
  expect((await dav.send('HEAD', path)).status).toBe(404)
  expect((await dav.send('MKCOL', `${FILES}InstantUpload/2026/`)).status).toBe(409)
  for (const folder of ['InstantUpload/', 'InstantUpload/2026/']) {
    const made = await dav.send('MKCOL', FILES + folder)
    expect([made.status, made.headers.get('oc-fileid')]).toEqual([201, expect.stringMatching(/^\d{8}oc/)])
    expect((await dav.send('MKCOL', FILES + folder)).status).toBe(405)
  }
  const put = await dav.send('PUT', path, {
    body: 'photo',
    headers: { 'oc-total-length': '5', 'x-oc-mtime': '1600000000', 'x-oc-ctime': '1500000000' },
  })
  expect(put.status).toBe(201)
  const { text } = await dav.send('PROPFIND', path, { body: IOS, headers: { depth: '0' } })
  const file = readMultistatus(text).of(path)
  const told = (name: string) => textIn(file, name)
  expect(told('id')).toBe(put.headers.get('oc-fileid'))
  expect(Number(told('fileid'))).toBe(Number.parseInt(told('id'), 10))
  expect(told('getetag')).toBe(put.headers.get('oc-etag'))
  expect(told('permissions')).toBe('RGDNVW')
  expect(told('creation_time')).toBe('1500000000')
  expect(Math.abs(Number(told('upload_time')) - Date.now() / 1000)).toBeLessThan(60)
  expect([told('size'), told('getcontentlength'), told('favorite')]).toEqual(['5', '5', '0'])
  expect([told('owner-id'), told('owner-display-name')]).toEqual(['ada', 'Ada'])
  expect([told('has-preview'), told('mount-type')]).toEqual(['false', ''])
  expect((await dav.send('HEAD', path)).status).toBe(200)
})

it('iOS sends times with decimals, has folders made, and reads what it needs from the answer', async () => {
  await using dav = await startDav()
  const path = `${FILES}Photos/2026/11/IMG_1.HEIC`
  const headers = { 'x-oc-ctime': '1500000000.25', 'x-oc-mtime': '1600000000.75', overwrite: 'true' }
  expect((await dav.send('PUT', path, { body: 'x', headers })).status).toBe(409)
  const put = await dav.send('PUT', path, {
    body: 'x',
    headers: { ...headers, 'x-nc-webdav-auto-mkcol': '1' },
  })
  expect(put.status).toBe(201)
  for (const name of ['oc-fileid', 'oc-etag', 'etag', 'date']) expect(put.headers.get(name)).toBeTruthy()
  expect([put.headers.get('x-oc-mtime'), put.headers.get('x-oc-ctime')]).toEqual(['accepted', 'accepted'])
  const got = await dav.send('GET', path)
  expect(got.headers.get('last-modified')).toBe(new Date(1_600_000_000_000).toUTCString())

  const inFile = await dav.send('PUT', `${path}/a/b.jpg`, {
    body: 'x',
    headers: { 'x-nc-webdav-automkcol': '1' },
  })
  expect(inFile.status).toBe(409)
  const book = await dav.send('PUT', '/remote.php/dav/addressbooks/users/ada/contacts/a/b.vcf', {
    body: card('a'),
    headers: { 'x-nc-webdav-automkcol': '1' },
  })
  expect(book.status).toBe(409)
})

it('the listing is written as apps that match text look for it', async () => {
  await using dav = await startDav()
  await dav.send('MKCOL', `${FILES}Photos`)
  await dav.send('PUT', `${FILES}Photos/a.jpg`, { body: 'x' })
  const favourite = `<d:propertyupdate ${NAMES}><d:set><d:prop><oc:favorite>1</oc:favorite></d:prop></d:set></d:propertyupdate>`
  expect((await dav.send('PROPPATCH', `${FILES}Photos/a.jpg`, { body: favourite })).text).toContain('200 OK')
  const { text } = await dav.send('PROPFIND', `${FILES}Photos`, { body: IOS, headers: { depth: '1' } })
  expect(text).toContain(`<d:response><d:href>${FILES}Photos/</d:href><d:propstat><d:prop>`)
  expect(text).toContain('<oc:permissions>RGDNVCK</oc:permissions>')
  expect(text).toMatch(/<oc:favorite[^>]*>1<\/oc:favorite>/)
  expect(text).toContain('<nc:has-preview>false</nc:has-preview>')
  // Of each resource, what is found comes before what is not.
  for (const response of text.split('<d:response>').slice(1)) {
    expect([...response.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404'])
  }
})

it('ids stay when files and folders are renamed and moved, and sizes and ETags follow what is below', async () => {
  await using dav = await startDav()
  for (const folder of ['a', 'a/b', 'c']) await dav.send('MKCOL', FILES + folder)
  await dav.send('PUT', `${FILES}a/b/x.jpg`, { body: '12345' })
  const told = async (path: string) => {
    const { text } = await dav.send('PROPFIND', FILES + path, { body: IOS, headers: { depth: '0' } })
    const [one] = readMultistatus(text).responses
    return { id: textIn(one!, 'id'), size: textIn(one!, 'size'), etag: textIn(one!, 'getetag') }
  }
  const before = { top: await told(''), a: await told('a'), b: await told('a/b'), x: await told('a/b/x.jpg') }
  expect([before.top.size, before.a.size, before.b.size]).toEqual(['5', '5', '5'])
  expect(new Set(Object.values(before).map(({ id }) => id)).size).toBe(4)
  const destination = `${dav.base + FILES}c/b2`
  expect((await dav.send('MOVE', `${FILES}a/b`, { headers: { destination } })).status).toBe(201)
  expect((await told('c/b2')).id).toBe(before.b.id)
  expect((await told('c/b2/x.jpg')).id).toBe(before.x.id)
  expect((await told('a')).size).toBe('0')
  expect((await told('c')).size).toBe('5')
  const [a, top] = [await told('a'), await told('')]
  expect([a.etag === before.a.etag, top.etag === before.top.etag]).toEqual([false, false])
  await dav.send('PUT', `${FILES}c/b2/x.jpg`, { body: 'other' })
  expect((await told('c/b2/x.jpg')).id).toBe(before.x.id)
  expect((await told('a')).etag).toBe(a.etag)
  expect((await told('')).etag).not.toBe(top.etag)
})

it('what is not as it was announced is not stored', async () => {
  await using dav = await startDav()
  const sha1 = createHash('sha1').update('photo').digest('hex')
  const put = async (headers: Record<string, string>) =>
    (await dav.send('PUT', `${FILES}a.jpg`, { body: 'photo', headers })).status
  expect(await put({ 'oc-total-length': '6' })).toBe(400)
  expect(await put({ 'oc-total-length': '-1' })).toBe(400)
  expect(await put({ 'oc-checksum': `SHA1:${sha1.replace(/^./, 'x')}` })).toBe(400)
  expect(await put({ 'oc-checksum': 'Adler32:00000001' })).toBe(400)
  expect((await dav.send('GET', `${FILES}a.jpg`)).status).toBe(404)
  expect(await put({ 'oc-checksum': `SHA1:${sha1.toUpperCase()}`, 'oc-total-length': '5' })).toBe(201)
  // A kind that we do not know is nothing to refuse a photo for.
  expect(await put({ 'oc-checksum': 'SHA3-512:00' })).toBe(204)
  const { text } = await dav.send('PROPFIND', `${FILES}a.jpg`, { body: IOS, headers: { depth: '0' } })
  expect(text).toContain(`<oc:checksum>SHA1:${sha1}</oc:checksum>`)
})

it('a checksum goes with the bytes it was made of', async () => {
  await using dav = await startDav()
  const path = `${FILES}a.jpg`
  const sha1 = (text: string) => `SHA1:${createHash('sha1').update(text).digest('hex')}`
  await dav.send('PUT', path, { body: 'one', headers: { 'oc-checksum': sha1('one') } })
  await dav.send('PUT', path, { body: 'two' })
  const told = async () =>
    (await dav.send('PROPFIND', path, { body: IOS, headers: { depth: '0' } })).text.match(/SHA1:\w+|MD5:\w+/g)
  expect(await told()).toBeNull()
  const worked = await dav.send('PATCH', path, { headers: { 'x-recalculate-hash': 'sha1' } })
  expect([worked.status, worked.headers.get('oc-checksum')]).toEqual([204, sha1('two')])
  expect(await told()).toEqual([sha1('two')])
  expect((await dav.send('PATCH', path)).status).toBe(400)
  expect((await dav.send('PATCH', FILES)).status).toBe(405)
})

it('favourites are found, and what we cannot search is refused at once', async () => {
  await using dav = await startDav()
  await dav.send('MKCOL', `${FILES}d`)
  for (const name of ['a.jpg', 'd/b.jpg', 'd/c.jpg']) await dav.send('PUT', FILES + name, { body: name })
  const mark = (name: string, value: string) =>
    dav.send('PROPPATCH', FILES + name, {
      body: `<d:propertyupdate ${NAMES}><d:set><d:prop><oc:favorite>${value}</oc:favorite></d:prop></d:set></d:propertyupdate>`,
    })
  await mark('a.jpg', '1')
  await mark('d/b.jpg', '1')
  await mark('d/c.jpg', '1')
  await mark('d/c.jpg', '0')
  const report = (rule: string) =>
    `<oc:filter-files ${NAMES}><d:prop><oc:fileid/><d:getetag/></d:prop><oc:filter-rules>${rule}</oc:filter-rules></oc:filter-files>`
  const found = await dav.send('REPORT', FILES, { body: report('<oc:favorite>1</oc:favorite>') })
  expect(readMultistatus(found.text).responses.map(({ href }) => href)).toEqual([
    `${FILES}a.jpg`,
    `${FILES}d/b.jpg`,
  ])
  expect((await dav.send('REPORT', FILES, { body: report('<oc:systemtag>1</oc:systemtag>') })).status).toBe(
    403,
  )
  const search = await dav.send('SEARCH', '/remote.php/dav/', { body: `<d:searchrequest ${NAMES}/>` })
  expect(search.status).toBe(501)
  for (const path of [
    '/index.php/avatar/ada/64',
    '/index.php/core/preview?fileId=1',
    '/remote.php/dav/trashbin/ada/',
  ]) {
    expect((await dav.send('GET', path)).status).toBe(404)
  }
})

it('webdav shows the same files under its own paths', async () => {
  await using dav = await startDav()
  await dav.send('PUT', `${FILES}a.jpg`, { body: 'a' })
  await dav.send('MKCOL', '/remote.php/webdav/d')
  const moved = await dav.send('MOVE', '/remote.php/webdav/a.jpg', {
    headers: { destination: `${dav.base}/remote.php/webdav/d/b.jpg` },
  })
  expect([moved.status, moved.headers.get('location')]).toEqual([201, '/remote.php/webdav/d/b.jpg'])
  const { text } = await dav.send('PROPFIND', '/remote.php/webdav/d', { headers: { depth: '1' } })
  const hrefs = readMultistatus(text).responses.map(({ href }) => href)
  expect(hrefs).toEqual(['/remote.php/webdav/d/', '/remote.php/webdav/d/b.jpg'])
  expect((await dav.send('GET', `${dav.phone.files}d/b.jpg`)).text).toBe('a')
})

it('a lock that was taken by one path holds by the others', async () => {
  await using dav = await startDav()
  const lockinfo = `<d:lockinfo ${NAMES}><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>`
  const lock = await dav.send('LOCK', `${FILES}a.txt`, { body: lockinfo })
  expect(lock.text).toContain(`<d:lockroot><d:href>${FILES}a.txt</d:href></d:lockroot>`)
  expect((await dav.send('PUT', `${dav.phone.files}a.txt`, { body: 'x' })).status).toBe(423)
  const refused = await dav.send('PUT', '/remote.php/webdav/a.txt', { body: 'x' })
  expect(refused.text).toContain('<d:href>/remote.php/webdav/a.txt</d:href>')
})

it('DAVx5 finds books and calendars from where Nextcloud’s login flow sends it, and syncs there', async () => {
  await using dav = await startDav(['Ada', 'Bob'])
  const find = async (path: string, depth: string, ...names: string[]) => {
    const { text } = await dav.send('PROPFIND', path, { body: propfindBody(...names), headers: { depth } })
    return readMultistatus(text)
  }
  const base = '/remote.php/dav/'
  const principal = textIn(
    (await find(base, '0', 'd:current-user-principal')).of(base),
    'current-user-principal',
  )
  expect(principal).toBe('/remote.php/dav/principals/users/ada/')
  const options = await dav.send('OPTIONS', principal)
  expect(options.headers.get('dav')).toMatch(/addressbook.*calendar-access/)
  const homes = (await find(principal, '0', 'card:addressbook-home-set', 'cal:calendar-home-set')).of(
    principal,
  )
  expect(textIn(homes, 'addressbook-home-set')).toBe('/remote.php/dav/addressbooks/users/ada/')
  expect(textIn(homes, 'calendar-home-set')).toBe('/remote.php/dav/calendars/ada/')
  const calendars = await find('/remote.php/dav/calendars/ada/', '1', 'd:resourcetype')
  expect(calendars.responses.map(({ href }) => href)).toContain('/remote.php/dav/calendars/ada/calendar/')

  const book = '/remote.php/dav/addressbooks/users/ada/contacts/'
  expect(namesIn((await find(book, '0', 'd:resourcetype')).of(book), 'resourcetype')).toContain('addressbook')
  expect((await dav.send('PUT', `${book}a.vcf`, { body: card('a') })).status).toBe(201)
  const twice = await dav.send('PUT', `${book}b.vcf`, { body: card('a') })
  expect(twice.text).toContain(`<d:href>${book}a.vcf</d:href>`)
  const multiget = `<card:addressbook-multiget xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav"><d:prop><d:getetag/><card:address-data/></d:prop><d:href>${book}a.vcf</d:href></card:addressbook-multiget>`
  const { text } = await dav.send('REPORT', book, { body: multiget })
  expect(textIn(readMultistatus(text).of(`${book}a.vcf`), 'address-data')).toContain('UID:a')
  for (const path of ['addressbooks/users/bob/', 'calendars/bob/', 'files/bob/', 'principals/users/bob/']) {
    expect((await dav.send('PROPFIND', base + path)).status).toBe(404)
  }
})
