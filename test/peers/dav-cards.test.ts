/** Cards and events one by one: stored as they came, under conditions, within limits, and never twice under one UID. */
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { card, event, startDav } from './dav-fixture.ts'

it('what is put comes back byte for byte, with the entity tag it was given', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.book}a%20b%2B%C3%A9.vcf`
  const odd = Buffer.concat([
    Buffer.from('begin:vcard\nVERSION:2.1\nN:M\xfcller\nX-A:\\;\\\\n\n', 'latin1'),
    Buffer.from('END:VCARD'),
  ])
  const put = await dav.send('PUT', path, { body: odd })
  expect(put.status).toBe(201)
  const got = await dav.send('GET', path)
  expect(got.bytes).toEqual(odd)
  expect(got.headers.get('etag')).toBe(put.headers.get('etag'))
  expect(got.headers.get('content-type')).toBe('text/vcard; charset=utf-8')
  const head = await dav.send('HEAD', path)
  expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', String(odd.length)])
})

it('a change gives a new entity tag, the same bytes again do not', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.book}a.vcf`
  const put = async (body: string) => dav.send('PUT', path, { body })
  const first = await put(card('a'))
  const same = await put(card('a'))
  const changed = await put(card('a', 'b'))
  expect([first.status, same.status, changed.status]).toEqual([201, 204, 204])
  expect(same.headers.get('etag')).toBe(first.headers.get('etag'))
  expect(changed.headers.get('etag')).not.toBe(first.headers.get('etag'))
})

it('conditions protect what another has changed', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.book}a.vcf`
  const send = async (method: string, headers: Record<string, string>, body?: string) =>
    (await dav.send(method, path, { headers, body })).status
  expect(await send('PUT', { 'if-match': '"x"' }, card('a'))).toBe(412)
  expect(await send('PUT', { 'if-match': '*' }, card('a'))).toBe(412)
  expect(await send('PUT', { 'if-none-match': '*' }, card('a'))).toBe(201)
  expect(await send('PUT', { 'if-none-match': '*' }, card('a', '2'))).toBe(412)
  const tag = (await dav.send('GET', path)).headers.get('etag')!
  expect(await send('PUT', { 'if-match': `"x", ${tag}` }, card('a', '2'))).toBe(204)
  expect(await send('PUT', { 'if-match': tag }, card('a', '3'))).toBe(412)
  expect(await send('DELETE', { 'if-match': tag })).toBe(412)
  expect(await send('PUT', { 'if-match': `W/${tag}` }, card('a', '3'))).toBe(412)
  const now = (await dav.send('GET', path)).headers.get('etag')!
  expect(await send('GET', { 'if-none-match': `"y", W/${now}` })).toBe(304)
  expect(await send('GET', { 'if-match': '"x"' })).toBe(412)
  expect(await send('DELETE', { 'if-match': now })).toBe(204)
  expect(await send('DELETE', {})).toBe(404)
  expect(await send('GET', {})).toBe(404)
})

it('two who change the same card at once do not both win', async () => {
  await using dav = await startDav()
  const path = `${dav.phone.book}a.vcf`
  const tag = (await dav.send('PUT', path, { body: card('a') })).headers.get('etag')!
  const answers = await Promise.all(
    ['x', 'y', 'z'].map((name) =>
      dav.send('PUT', path, { body: card('a', name), headers: { 'if-match': tag } }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 412, 412])
})

it('what is no card or no calendar is refused, what is a broken one is kept', async () => {
  await using dav = await startDav()
  const put = async (path: string, body: string) => dav.send('PUT', path, { body })
  for (const body of ['', 'hello', '{}', event('a')]) {
    const { status, text } = await put(`${dav.phone.book}a.vcf`, body)
    expect([status, text]).toEqual([403, expect.stringContaining('<card:valid-address-data/>')])
  }
  const noEvent = await put(`${dav.phone.calendar}a.ics`, card('a'))
  expect([noEvent.status, noEvent.text]).toEqual([403, expect.stringContaining('<cal:valid-calendar-data/>')])
  expect((await put(`${dav.phone.book}b.vcf`, 'BEGIN:VCARD\nnonsense')).status).toBe(201)
  expect(
    (await put(`${dav.phone.calendar}b.ics`, 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:never')).status,
  ).toBe(201)
})

it('a UID stands in one card only, and the other one is named', async () => {
  await using dav = await startDav()
  await dav.send('PUT', `${dav.phone.book}a.vcf`, { body: card('u') })
  const second = await dav.send('PUT', `${dav.phone.book}b.vcf`, { body: card('u') })
  expect(second.status).toBe(409)
  expect(second.text).toContain(`<card:no-uid-conflict><d:href>${dav.phone.book}a.vcf</d:href>`)
  expect((await dav.send('GET', `${dav.phone.book}b.vcf`)).status).toBe(404)
  await dav.send('DELETE', `${dav.phone.book}a.vcf`)
  expect((await dav.send('PUT', `${dav.phone.book}b.vcf`, { body: card('u') })).status).toBe(201)
})

it('an event does not go into the list of tasks', async () => {
  await using dav = await startDav()
  const { status, text } = await dav.send('PUT', '/dav/calendars/ada/tasks/a.ics', { body: event('a') })
  expect([status, text]).toEqual([403, expect.stringContaining('<cal:supported-calendar-component/>')])
})

it('a card that is too large is refused, told or not told beforehand', async () => {
  await using dav = await startDav(['Ada'], { limits: { itemBytes: 1000 } })
  const body = card('a', 'x'.repeat(1000))
  const path = `${dav.phone.book}a.vcf`
  const { status, text } = await dav.send('PUT', path, { body })
  expect([status, text]).toEqual([403, expect.stringContaining('<card:max-resource-size/>')])
  const chunked = await fetch(dav.base + path, {
    method: 'PUT',
    headers: { authorization: dav.phone.authorization },
    body: new Blob([body]).stream(),
    duplex: 'half',
  } as RequestInit)
  // The answer comes through although the client is still sending.
  const long = await fetch(dav.base + path, {
    method: 'PUT',
    headers: { authorization: dav.phone.authorization },
    body: new Blob([body, 'x'.repeat(8_000_000)]).stream(),
    duplex: 'half',
  } as RequestInit)
  expect([chunked.status, long.status]).toEqual([403, 403])
  const limit = await dav.send('PROPFIND', dav.phone.book, {
    headers: { depth: '0' },
    body: '<propfind xmlns="DAV:"><prop><c:max-resource-size xmlns:c="urn:ietf:params:xml:ns:carddav"/></prop></propfind>',
  })
  expect(limit.text).toContain('<card:max-resource-size>1000</card:max-resource-size>')
})

it('cards lie in books only, and books in their home only', async () => {
  await using dav = await startDav()
  const status = async (method: string, path: string, body?: string) =>
    (await dav.send(method, path, { body })).status
  expect(await status('PUT', `${dav.phone.book}`, card('a'))).toBe(405)
  expect(await status('PUT', '/dav/addressbooks/ada/a.vcf', card('a'))).toBe(409)
  expect(await status('PUT', '/dav/addressbooks/ada/none/a.vcf', card('a'))).toBe(409)
  expect(await status('PUT', `${dav.phone.book}deep/a.vcf`, card('a'))).toBe(409)
  expect(await status('PUT', '/dav/a.vcf', card('a'))).toBe(409)
  expect(await status('MKCOL', `${dav.phone.book}folder`)).toBe(403)
  expect(await status('MKCALENDAR', '/dav/addressbooks/ada/cal')).toBe(403)
  expect(await status('MKCALENDAR', `${dav.phone.files}cal`)).toBe(403)
  expect(await status('MKCOL', '/dav/addressbooks/ada/plain')).toBe(403)
  expect(await status('DELETE', '/dav/addressbooks/ada/')).toBe(403)
  expect(await status('DELETE', dav.phone.files)).toBe(403)
})

it('a body that is cut off stores nothing, of a card or of a photo', async () => {
  await using dav = await startDav()
  const before = dav.replica.lastSeq()
  const { hostname, port } = new URL(dav.base)
  for (const path of [`${dav.phone.book}a.vcf`, `${dav.phone.files}a.jpg`]) {
    for (const framing of ['Content-Length: 5000', 'Transfer-Encoding: chunked']) {
      const socket = connect(Number(port), hostname)
      const part = card('a')
      const sent = framing.startsWith('T') ? `${part.length.toString(16)}\r\n${part}\r\n` : part
      socket.write(
        `PUT ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${dav.phone.authorization}\r\n${framing}\r\n\r\n${sent}`,
      )
      await new Promise((resolve) => setTimeout(resolve, 150))
      socket.destroy()
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
  }
  expect(dav.replica.lastSeq()).toBe(before)
  expect(dav.logged).toEqual([])
})
