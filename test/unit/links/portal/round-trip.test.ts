/** What a paired phone sent comes back the same through the portal, from the engine as it is wired. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { portalPaths } from '../../../../preload/portal.ts'
import { seeded } from '../../../phone/chance.ts'
import { takePhoto } from '../../../phone/make-photo.ts'
import { png } from '../../photos/png.ts'
import { card } from '../../replica/fixture.ts'
import { bytesOf } from './downloads-fixture.ts'
import { basic, pairPhone, startPortal } from './fixture.ts'
import { encodeMetadata, metadataOf, OFFSET_TYPE, sha256 } from './upload-fixture.ts'

/** A paired phone, its browser, and its apps' way to send. */
async function pairedPhone() {
  const portal = await startPortal()
  const { browser } = await pairPhone(portal, { name: 'Pixel 8' })
  const setup = await browser.call('setup.show', {})
  const headers = { authorization: basic(setup.phone.user, setup.password!) }
  const send = (url: string, body: string | Uint8Array<ArrayBuffer>) =>
    fetch(url, { method: 'PUT', headers, body }).then(({ status }) => expect(status).toBe(201))
  return { ...portal, browser, setup, headers, send }
}

it('photos, thumbnails and contacts come back after a backup and a loss', async () => {
  const { engine, browser, setup, headers, send } = await pairedPhone()
  const photo = takePhoto(seeded(1), new Date('2026-11-20T12:00:00Z'))
  const bytes = new Uint8Array(photo.data)
  await send(new URL('IMG_1.jpg', setup.files).href, bytes)
  await send(new URL('1.vcf', setup.carddav).href, card('1', 'Ada'))
  const { snapshot } = await engine.call('backup.run', {})
  expect((await browser.call('phone.show', {})).lastBackup).toMatchObject({ whole: true })

  const [listed] = (await browser.call('photos.list', {})).photos
  expect(listed).toMatchObject({ name: 'IMG_1.jpg', size: bytes.length, hasThumbnail: true })
  const small = await bytesOf(await browser.ask(`/portal/get/thumbnail/${listed!.id}`))
  expect(small.toString('latin1', 8, 12)).toBe('WEBP')

  await fetch(new URL('IMG_1.jpg', setup.files), { method: 'DELETE', headers })
  await fetch(new URL('1.vcf', setup.carddav), { method: 'DELETE', headers })
  expect((await browser.call('photos.list', {})).total).toBe(0)
  const { points } = await browser.call('points.list', {})
  expect(points).toMatchObject([{ id: snapshot, contacts: 1, photos: 1 }])
  const at = `?at=${snapshot}`
  expect((await bytesOf(await browser.ask(`/portal/get/contacts.vcf${at}`))).toString()).toBe(
    card('1', 'Ada'),
  )
  const [then] = (await browser.call('photos.list', { at: snapshot })).photos
  expect(then).toEqual(listed)
  expect(await bytesOf(await browser.ask(`/portal/get/photo/${then!.id}${at}`))).toEqual(photo.data)
  expect(await bytesOf(await browser.ask(`/portal/get/thumbnail/${then!.id}${at}`))).toEqual(small)
})

it('the same photo by an app and by the browser is stored once, whichever comes first', async () => {
  const { browser, setup, headers, send, dataFolder } = await pairedPhone()
  const sendByBrowser = async (bytes: Buffer, name: string) => {
    const metadata = encodeMetadata(metadataOf(bytes, name))
    const tus = { 'tus-resumable': '1.0.0', ...OFFSET_TYPE }
    const begun = await browser.ask(portalPaths.uploads, {
      method: 'POST',
      headers: { ...tus, 'upload-length': String(bytes.length), 'upload-metadata': metadata },
      body: new Uint8Array(bytes),
    })
    return [begun.status, begun.headers.get('sidekeep-outcome')]
  }
  const known = async (bytes: Buffer) =>
    (await browser.call('photos.known', { hashes: [sha256(bytes)] })).known.length
  const photosOnDisk = async () => {
    const entries = await readdir(join(dataFolder, 'Photos', 'Pixel 8'), { recursive: true })
    return entries.filter((name) => name.endsWith('.jpg')).length
  }
  const [first, second] = [1, 2].map((n) => takePhoto(seeded(n), new Date('2026-11-20T12:00:00Z')).data)

  await send(new URL('IMG_1.jpg', setup.files).href, new Uint8Array(first!))
  expect(await known(first!)).toBe(1)
  expect(await sendByBrowser(first!, 'image.jpg')).toEqual([201, 'known'])
  expect(await sendByBrowser(second!, 'IMG_2.jpg')).toEqual([201, 'added'])
  expect(await photosOnDisk()).toBe(2)
  await send(new URL('Camera.jpg', setup.files).href, new Uint8Array(second!))
  expect(await photosOnDisk()).toBe(2)
  const { photos } = await browser.call('photos.list', {})
  const names = photos.map(({ name, together }) => [name, ...together.map((file) => file.name)].sort())
  expect(names.sort()).toEqual([[expect.stringMatching(/IMG_2.jpg$/), 'Camera.jpg'], ['IMG_1.jpg']])
  const asked = await fetch(new URL('Camera.jpg', setup.files), { headers })
  expect((await bytesOf(asked)).equals(second!)).toBe(true)
})

it('a bomb and a broken photo get a placeholder, and come back whole out of a backup', async () => {
  const { engine, browser, setup, headers, send } = await pairedPhone()
  const sent = {
    'bomb.png': png(30_000, 30_000),
    'broken.jpg': Buffer.from('\xff\xd8\xff no photo', 'latin1'),
  }
  for (const [name, bytes] of Object.entries(sent))
    await send(new URL(name, setup.files).href, new Uint8Array(bytes))
  const list = async (at?: string) => (await browser.call('photos.list', { at })).photos
  for (const { id } of await list())
    expect((await browser.ask(`/portal/get/thumbnail/${id}`)).status).toBe(404)
  // Tried once in vain, they are not promised again.
  expect((await list()).map(({ hasThumbnail }) => hasThumbnail)).toEqual([false, false])

  const { snapshot, unreadable } = await engine.call('backup.run', {})
  expect(unreadable).toEqual([])
  for (const name of Object.keys(sent)) await fetch(new URL(name, setup.files), { method: 'DELETE', headers })
  expect(await list()).toEqual([])
  const then = await list(snapshot)
  expect(then.map(({ name }) => name).sort()).toEqual(Object.keys(sent).sort())
  for (const { id, name } of then) {
    const answer = await browser.ask(`/portal/get/photo/${id}?at=${snapshot}`)
    expect((await bytesOf(answer)).equals(sent[name as keyof typeof sent])).toBe(true)
  }
})
