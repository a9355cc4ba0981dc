/** What a paired phone sent comes back the same through the portal, from the engine as it is wired. */
import { expect, it } from 'vitest'
import { seeded } from '../../../phone/chance.ts'
import { takePhoto } from '../../../phone/make-photo.ts'
import { card } from '../../replica/fixture.ts'
import { bytesOf } from './downloads-fixture.ts'
import { openBrowser, startPortal } from './fixture.ts'

it('photos, thumbnails and contacts come back after a backup and a loss', async () => {
  const { engine, base } = await startPortal()
  const pairing = await engine.call('pairing.start', {})
  const browser = openBrowser(base)
  const [, secret] = /#pair=(.+)$/.exec(pairing.links[0]!)!
  await browser.call('pair.claim', { platform: 'android', device: 'Pixel 8', secret: secret! })
  await engine.call('pairing.confirm', { pairing: pairing.id, as: { name: 'Pixel 8' } })
  await browser.call('pair.state', {})
  const setup = await browser.call('setup.show', {})
  const headers = { authorization: `Basic ${btoa(`${setup.phone.user}:${setup.password}`)}` }
  const send = (url: string, body: string | Uint8Array<ArrayBuffer>) =>
    fetch(url, { method: 'PUT', headers, body }).then(({ status }) => expect(status).toBe(201))

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
