/** Who may come in: passwords, wrong ones too often, new ones, and phones that were removed. */
import { expect, it } from 'vitest'
import { removePhone, renewPassword } from '../../main/replica/phones.ts'
import { realWorld } from '../../main/world.ts'
import { rawRequest } from '../raw-request.ts'
import { card, type DavFixture, type PairedPhone, startDav } from './dav-fixture.ts'

const withPassword = (phone: PairedPhone, password: string, user = phone.user): PairedPhone => ({
  ...phone,
  password,
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

it('every path and method asks for the password', async () => {
  await using dav = await startDav()
  for (const path of ['/', '/dav/', '/principals/', dav.phone.book, dav.phone.files, '/nowhere']) {
    for (const method of ['OPTIONS', 'PROPFIND', 'REPORT', 'GET', 'PUT', 'DELETE', 'LOCK', 'PATCH']) {
      const { status, headers } = await dav.send(method, path, { as: null })
      expect([path, method, status]).toEqual([path, method, 401])
      expect(headers.get('www-authenticate')).toBe('Basic realm="Sidekeep", charset="UTF-8"')
    }
  }
})

it('only Basic with the right user and password opens', async () => {
  await using dav = await startDav(['Ada', 'Bob'])
  const status = async (authorization: string) =>
    (await dav.send('OPTIONS', '/dav/', { as: { ...dav.phone, authorization } })).status
  const [ada, bob] = dav.phones as [PairedPhone, PairedPhone]
  expect(await status(ada.authorization)).toBe(200)
  expect(await status(ada.authorization.replace('Basic', 'bASIC'))).toBe(200)
  expect(await status(withPassword(ada, bob.password).authorization)).toBe(401)
  expect(await status(withPassword(ada, ada.password, '%61da').authorization)).toBe(200)
  expect(await status(withPassword(ada, '').authorization)).toBe(401)
  expect(await status(`Bearer ${ada.password}`)).toBe(401)
  expect(await status('Basic !!!')).toBe(401)
  expect(await status(`Basic ${Buffer.from('nocolon').toString('base64')}`)).toBe(401)
})

it('a new password shuts out the old one at once', async () => {
  await using dav = await startDav()
  expect((await dav.send('OPTIONS', '/dav/')).status).toBe(200)
  const password = await renewPassword(dav.replica, dav.phone.phone.id)
  expect((await dav.send('OPTIONS', '/dav/')).status).toBe(401)
  expect((await dav.send('OPTIONS', '/dav/', { as: withPassword(dav.phone, password) })).status).toBe(200)
})

it('a removed phone is shut out at once', async () => {
  await using dav = await startDav()
  expect((await dav.send('OPTIONS', '/dav/')).status).toBe(200)
  await dav.replica.write((tx) => removePhone(tx, dav.phone.phone.id))
  expect((await dav.send('OPTIONS', '/dav/')).status).toBe(401)
})

it('a password is checked once, however many requests come together', async () => {
  await using dav = await startDav()
  const started = performance.now()
  const answers = await Promise.all(Array.from({ length: 20 }, () => dav.send('OPTIONS', '/dav/')))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  const first = performance.now() - started
  const again = performance.now()
  for (let n = 0; n < 20; n++) await dav.send('OPTIONS', '/dav/')
  // Twenty checks by scrypt alone would take a second.
  expect(performance.now() - again).toBeLessThan(Math.max(400, first * 3))
})

it('too many wrong passwords make one wait, but not the phone that has the right one', async () => {
  let time = Date.UTC(2026, 10, 22)
  await using dav = await startDav(['Ada'], {}, { ...realWorld, now: () => time })
  expect((await dav.send('OPTIONS', '/dav/')).status).toBe(200)
  const guess = async (n: number) =>
    dav.send('OPTIONS', '/dav/', { as: withPassword(dav.phone, `guess${n}`) })
  for (let n = 0; n < 10; n++) expect((await guess(n)).status).toBe(401)
  const refused = await guess(10)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(200)
  expect((await dav.send('OPTIONS', '/dav/')).status).toBe(200)
  time += 301_000
  expect((await guess(11)).status).toBe(401)
})

it('neither passwords nor paths of this computer are told in an answer', async () => {
  await using dav = await startDav()
  const text = await rawText(dav, 'GET /dav/files/ada/%FF HTTP/1.1')
  expect(text).toMatch(/^HTTP\/1\.1 400/)
  expect(text).not.toContain(dav.folder)
})

it('the target of a request may be a whole URL', async () => {
  await using dav = await startDav()
  expect(await rawText(dav, 'OPTIONS http://x/dav/ HTTP/1.1')).toMatch(/^HTTP\/1\.1 200/)
  expect(await rawText(dav, 'OPTIONS * HTTP/1.1')).toMatch(/^HTTP\/1\.1 200/)
})

it('a request with huge headers is refused', async () => {
  await using dav = await startDav()
  const text = await rawText(dav, 'GET /dav/ HTTP/1.1', [`X: ${'x'.repeat(20_000)}`])
  expect(text).toMatch(/^HTTP\/1\.1 431/)
})

it('a stored card is safe from who has no password', async () => {
  await using dav = await startDav()
  await dav.send('PUT', `${dav.phone.book}a.vcf`, { body: card('a') })
  await dav.send('DELETE', `${dav.phone.book}a.vcf`, { as: null })
  expect((await dav.send('GET', `${dav.phone.book}a.vcf`)).text).toBe(card('a'))
})

/** With the phone's password. */
async function rawText({ base, phone }: DavFixture, line: string, headers: string[] = []): Promise<string> {
  const head = [line, 'Host: x', `Authorization: ${phone.authorization}`, ...headers]
  return (await rawRequest(base, head)).text
}
