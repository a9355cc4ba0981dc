/** Trouble on our side never looks like an empty or shortened collection, and never like success. */
import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { realWorld } from '../../main/world.ts'
import { card, startDav } from './dav-fixture.ts'

it('while the store is not ready, everything is 503 with a time to come again', async () => {
  let ready = false
  await using dav = await startDav(['Ada'], { ready: () => ready })
  for (const [method, path] of [
    ['PROPFIND', dav.phone.book],
    ['REPORT', dav.phone.book],
    ['GET', dav.phone.files],
    ['PUT', `${dav.phone.book}a.vcf`],
    ['OPTIONS', '/dav/'],
    ['PROPFIND', '/nowhere'],
  ] as const) {
    const { status, headers, text } = await dav.send(method, path, {
      body: method === 'PUT' ? card('a') : undefined,
    })
    expect([status, Number(headers.get('retry-after')), text]).toEqual([503, 30, ''])
  }
  expect((await dav.send('GET', '/.well-known/carddav', { as: null })).status).toBe(301)
  ready = true
  expect((await dav.send('PROPFIND', dav.phone.book)).status).toBe(207)
})

it('a closed store is 503, never an empty list', async () => {
  await using dav = await startDav()
  await dav.send('PUT', `${dav.phone.book}a.vcf`, { body: card('a') })
  await dav.replica.close()
  dav.replica.close = async () => undefined
  for (const method of ['PROPFIND', 'GET', 'PUT', 'DELETE']) {
    const { status, text } = await dav.send(method, `${dav.phone.book}a.vcf`, {
      body: method === 'PUT' ? card('a') : undefined,
    })
    expect([method, status, text]).toEqual([method, 503, ''])
  }
  expect(dav.logged.length).toBeGreaterThan(0)
})

it.each([
  ['ENOSPC', 507],
  ['EIO', 503],
  ['EROFS', 503],
])('a photo that cannot be written (%s) is not said to be stored', async (code, expected) => {
  let broken = true
  const syncFile: typeof realWorld.durability.syncFile = async (file) => {
    if (broken) throw Object.assign(new Error(code), { code, syscall: 'fsync' })
    await realWorld.durability.syncFile(file)
  }
  await using dav = await startDav(
    ['Ada'],
    {},
    { ...realWorld, durability: { ...realWorld.durability, syncFile } },
  )
  const path = `${dav.phone.files}a.jpg`
  const { status } = await dav.send('PUT', path, { body: 'a' })
  expect(status).toBe(expected)
  expect((await dav.send('GET', path)).status).toBe(404)
  broken = false
  expect((await dav.send('PUT', path, { body: 'a' })).status).toBe(201)
})

it.each([
  ['is gone', (path: string) => rmSync(path)],
  ['was cut by hand', (path: string) => truncateSync(path, 1)],
])('a photo whose file %s is an error of ours, not a missing photo', async (_what, damage) => {
  await using dav = await startDav()
  const path = `${dav.phone.files}a.jpg`
  await dav.send('PUT', path, { body: 'abc' })
  damage(join(dav.replica.photos, 'Ada', 'a.jpg'))
  const { status, text } = await dav.send('GET', path)
  expect([status, text]).toEqual([503, ''])
  expect(dav.logged.length).toBeGreaterThan(0)
  expect((await dav.send('PROPFIND', path, { headers: { depth: '0' } })).status).toBe(207)
})

it('an answer that fails halfway is cut off, so that no one takes a part for the whole', async () => {
  await using dav = await startDav()
  const body = card('a', 'x'.repeat(2000))
  for (let n = 0; n < 300; n++)
    await dav.send('PUT', `${dav.phone.book}${n}.vcf`, { body: body.replace('UID:a', `UID:${n}`) })
  const { statement } = dav.replica
  let reads = 0
  dav.replica.statement = (sql) => {
    if (sql.includes('body FROM versions') && ++reads > 200) throw new Error('a bad sector')
    return statement(sql)
  }
  const report = dav.send('REPORT', dav.phone.book, {
    body: `<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getetag/>
      <address-data xmlns="urn:ietf:params:xml:ns:carddav"/></prop></sync-collection>`,
  })
  await expect(report).rejects.toThrow()
  expect(String(dav.logged)).toContain('a bad sector')
})

it('a client that goes away in the middle of a long answer is no error of ours', async () => {
  await using dav = await startDav()
  const body = card('a', 'x'.repeat(100_000))
  for (let n = 0; n < 60; n++)
    await dav.send('PUT', `${dav.phone.book}${n}.vcf`, { body: body.replace('UID:a', `UID:${n}`) })
  const leave = new AbortController()
  const answer = await fetch(dav.base + dav.phone.book, {
    method: 'REPORT',
    headers: { authorization: dav.phone.authorization },
    signal: leave.signal,
    body: `<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><address-data xmlns="urn:ietf:params:xml:ns:carddav"/></prop></sync-collection>`,
  })
  await answer.body!.getReader().read()
  await new Promise((resolve) => setTimeout(resolve, 100))
  leave.abort()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(dav.logged).toEqual([])
  expect((await dav.send('PROPFIND', dav.phone.book)).status).toBe(207)
})

it('a mistake of ours is 500 without a word of what went wrong', async () => {
  await using dav = await startDav(['Ada'], {
    quota: {
      used: () => 0,
      available: () => Promise.reject(new TypeError('secret')),
    },
  })
  const { status, text } = await dav.send('PROPFIND', dav.phone.files, {
    body: '<propfind xmlns="DAV:"><prop><quota-available-bytes/></prop></propfind>',
    headers: { depth: '0' },
  })
  expect([status, text]).toEqual([500, ''])
  expect(String(dav.logged)).toContain('secret')
})

it.each([
  ['XML that is not well-formed', 'PROPFIND', '<propfind xmlns="DAV:"><prop>', 400],
  [
    'a DOCTYPE',
    'PROPFIND',
    '<!DOCTYPE x [<!ENTITY e "x">]><propfind xmlns="DAV:"><prop>&e;</prop></propfind>',
    400,
  ],
  ['another root', 'PROPFIND', '<x xmlns="DAV:"/>', 400],
  ['too many levels', 'PROPFIND', '<a>'.repeat(1000) + '</a>'.repeat(1000), 400],
  ['no body', 'REPORT', undefined, 400],
  ['a report that we do not know', 'REPORT', '<x xmlns="urn:x"/>', 403],
  ['no changes at all', 'PROPPATCH', '<x xmlns="DAV:"/>', 400],
])('%s is answered with an error', async (_what, method, body, expected) => {
  await using dav = await startDav()
  expect((await dav.send(method, dav.phone.book, { body })).status).toBe(expected)
  expect(dav.logged).toEqual([])
})

it('XML without end, or a multiget without end, is refused', async () => {
  await using dav = await startDav(['Ada'], { limits: { xmlBytes: 100_000, hrefs: 10 } })
  const multiget = (hrefs: number) =>
    dav.send('REPORT', dav.phone.book, {
      body: `<c:addressbook-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><prop/>${'<href>/x</href>'.repeat(hrefs)}</c:addressbook-multiget>`,
    })
  expect((await multiget(10)).status).toBe(207)
  expect((await multiget(11)).status).toBe(403)
  expect((await multiget(10_000)).status).toBe(413)
})

it('a depth that does not exist, or a method that makes no sense here, is an error', async () => {
  await using dav = await startDav()
  expect((await dav.send('PROPFIND', dav.phone.book, { headers: { depth: '2' } })).status).toBe(400)
  const { status, headers } = await dav.send('PATCH', dav.phone.book)
  expect([status, headers.get('allow')]).toEqual([405, expect.stringContaining('PROPFIND')])
})
