/** A phone sees its own data only, and cannot even find out what another has. */
import { expect, it } from 'vitest'
import { createCollection } from '../../main/replica/collections.ts'
import { card, event, type PairedPhone, startDav } from './dav-fixture.ts'

it('no method reaches what another phone has', async () => {
  await using dav = await startDav(['Ada', 'Bob'])
  const [ada, bob] = dav.phones as [PairedPhone, PairedPhone]
  await dav.send('PUT', `${ada.book}a.vcf`, { body: card('a') })
  await dav.send('PUT', `${ada.calendar}a.ics`, { body: event('a') })
  await dav.send('PUT', `${ada.files}a.jpg`, { body: 'photo' })
  await dav.send('PUT', `${bob.files}mine.jpg`, { body: 'photo of Bob', as: bob })
  const before = dav.replica.lastSeq()

  const headers = {
    depth: '0',
    destination: `${dav.base}${ada.files}stolen.jpg`,
    'if-match': '*',
    'lock-token': '<urn:x>',
  }
  const bodies: Record<string, string> = {
    PROPPATCH: '<propertyupdate xmlns="DAV:"><set><prop><a xmlns="b"/></prop></set></propertyupdate>',
    LOCK: '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>',
    REPORT: '<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop/></sync-collection>',
  }
  const there = [ada.book, ada.calendar, ada.files, '/dav/principals/ada/', '/dav/addressbooks/ada/']
  const paths = [...there, `${ada.book}a.vcf`, `${ada.calendar}a.ics`, `${ada.files}a.jpg`]
  for (const method of [
    'GET',
    'HEAD',
    'PROPFIND',
    'REPORT',
    'PUT',
    'DELETE',
    'PROPPATCH',
    'MKCOL',
    'MKCALENDAR',
    'COPY',
    'MOVE',
    'LOCK',
    'UNLOCK',
  ]) {
    for (const path of paths) {
      const body = method === 'PUT' ? 'x' : bodies[method]
      const real = await dav.send(method, path, { as: bob, headers, body })
      const imagined = await dav.send(method, path.replace('ada', 'nobody'), { as: bob, headers, body })
      expect([method, path, real.status]).toEqual([method, path, imagined.status])
      expect(real.status).toBeGreaterThanOrEqual(400)
      expect(real.text.replaceAll('ada', 'nobody')).toBe(imagined.text)
    }
  }
  const moved = await dav.send('MOVE', `${bob.files}mine.jpg`, {
    as: bob,
    headers: { destination: headers.destination },
  })
  expect(moved.status).toBeGreaterThanOrEqual(400)
  expect(dav.replica.lastSeq()).toBe(before)
})

it('a multiget across phones finds nothing there', async () => {
  await using dav = await startDav(['Ada', 'Bob'])
  const [ada, bob] = dav.phones as [PairedPhone, PairedPhone]
  await dav.send('PUT', `${ada.book}a.vcf`, { body: card('secret') })
  const { text } = await dav.send('REPORT', bob.book, {
    as: bob,
    body: `<c:addressbook-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">
      <prop><getetag/><c:address-data/></prop><href>${ada.book}a.vcf</href></c:addressbook-multiget>`,
  })
  expect(text).toContain('404')
  expect(text).not.toContain('secret')
})

it('listings from the top show no one else', async () => {
  await using dav = await startDav(['Ada', 'Bob'])
  for (const path of [
    '/',
    '/dav/',
    '/dav/principals/',
    '/dav/addressbooks/',
    '/dav/calendars/',
    '/dav/files/',
  ]) {
    const { status, text } = await dav.send('PROPFIND', path, { headers: { depth: '1' } })
    expect(status).toBe(207)
    expect(text).not.toMatch(/bob/i)
  }
})

it('mirrors of other accounts are not served', async () => {
  await using dav = await startDav()
  const { id } = dav.phone.phone
  await dav.replica.write((tx) =>
    createCollection(tx, {
      phoneId: id,
      kind: 'contacts',
      name: 'icloud',
      origin: 'mirror',
      displayName: 'iCloud',
      components: [],
    }),
  )
  const home = await dav.send('PROPFIND', '/dav/addressbooks/ada/', { headers: { depth: '1' } })
  expect(home.text).not.toContain('icloud')
  expect((await dav.send('PROPFIND', '/dav/addressbooks/ada/icloud/')).status).toBe(404)
})
