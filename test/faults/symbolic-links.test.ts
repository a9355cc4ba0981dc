/** Links that someone put into the library's folders by hand lead no request out of it, neither to read nor to write. */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type DavFixture, startDav } from '../peers/dav-fixture.ts'

/** A folder beside the library, with something that is nobody's photo. */
function outside({ folder }: DavFixture): { place: string; secret: string } {
  const place = join(folder, 'outside')
  mkdirSync(place)
  const secret = join(place, 'a.jpg')
  writeFileSync(secret, 'secret')
  return { place, secret }
}

const onDisk = ({ folder, phone }: DavFixture, ...names: string[]) =>
  join(folder, 'Photos', phone.phone.name, ...names)

async function putPhoto(dav: DavFixture): Promise<string> {
  const path = `${dav.phone.files}2026/a.jpg`
  await dav.send('MKCOL', `${dav.phone.files}2026`)
  expect((await dav.send('PUT', path, { body: 'photo!' })).status).toBe(201)
  return path
}

test('a link in place of a photo is not read', async () => {
  await using dav = await startDav()
  const path = await putPhoto(dav)
  const { secret } = outside(dav)
  rmSync(onDisk(dav, '2026', 'a.jpg'))
  symlinkSync(secret, onDisk(dav, '2026', 'a.jpg'))
  for (const method of ['GET', 'COPY']) {
    const answer = await dav.send(method, path, { headers: { destination: `${dav.base}${path}2` } })
    expect([method, answer.text.includes('secret')]).toEqual([method, false])
  }
  expect((await dav.send('GET', path)).status).toBe(503)
})

test('a link in place of a folder is neither read nor written through', async () => {
  await using dav = await startDav()
  const path = await putPhoto(dav)
  const { place, secret } = outside(dav)
  rmSync(onDisk(dav, '2026'), { recursive: true })
  symlinkSync(place, onDisk(dav, '2026'))
  expect((await dav.send('GET', path)).status).toBe(503)
  for (const name of ['a.jpg', 'b.jpg'])
    expect((await dav.send('PUT', `${dav.phone.files}2026/${name}`, { body: 'photo?' })).status).toBe(503)
  expect(dav.logged.join()).toContain('leads to somewhere else')
  expect((await dav.send('DELETE', path)).status).toBe(204)
  expect(readdirSync(place)).toEqual(['a.jpg'])
  expect(readFileSync(secret, 'utf8')).toBe('secret')
  expect(readdirSync(dav.replica.incoming)).toEqual([])
})

test('the same photo that comes again is not taken for the link in its place', async () => {
  await using dav = await startDav()
  const path = await putPhoto(dav)
  const { secret } = outside(dav)
  rmSync(onDisk(dav, '2026', 'a.jpg'))
  symlinkSync(secret, onDisk(dav, '2026', 'a.jpg'))
  const again = `${dav.phone.files}2026/again.jpg`
  expect((await dav.send('PUT', again, { body: 'photo!' })).status).toBe(201)
  expect((await dav.send('GET', again)).text).toBe('photo!')
  expect((await dav.send('GET', path)).status).toBe(503)
})
