/** Setting up a phone's apps: what the page is told, until when, and the checks that go green. */
import { expect, it } from 'vitest'
import { worldAt } from '../../replica/fixture.ts'
import { basic, type PairedBrowser, pairPhone, startPortal } from './fixture.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const MINUTE = 60_000
const DAY = 86_400_000

const setupOf = ({ browser }: PairedBrowser) => browser.call('setup.show', {})

async function sync(url: string, user: string, password: string, userAgent = 'DAVx5/4.5.6'): Promise<number> {
  const headers = { authorization: basic(user, password), 'user-agent': userAgent }
  return (await fetch(url, { method: 'PROPFIND', headers })).status
}

it('tells every app what it needs', async () => {
  const portal = await startPortal()
  const setup = await setupOf(await pairPhone(portal))
  const { host } = new URL(portal.base)
  const { user } = setup.phone
  expect(user).toMatch(/^[a-z0-9-]+$/)
  expect(setup.password).toMatch(/^[a-z2-9]{20}$/)
  expect(setup).toMatchObject({
    server: portal.base,
    files: `${portal.base}/dav/files/${user}/`,
    davx5: `davx5://${user}:${setup.password}@${host}/dav/`,
    nextcloud: `nc://login/user:${user}&password:${setup.password}&server:${portal.base}`,
    profile: expect.stringMatching(/^\/portal\/profile\/[0-9a-f]{32}$/),
    fingerprint: null,
  })
})

it('names the address by which the phone came, and the computer’s name to one that came by neither', async () => {
  const portal = await startPortal()
  const named = 'http://pc.local:8553'
  const reach = { url: named, urlsByAddress: [portal.base], welcomeUrls: [], root: null }
  const phone = await pairPhone(portal)
  await portal.engine.setReach(reach)
  expect((await setupOf(phone)).server).toBe(portal.base)
  await portal.engine.setReach({ ...reach, urlsByAddress: [] })
  expect((await setupOf(phone)).server).toBe(named)
})

it('shows the password until an app was seen with it', async () => {
  const phone = await pairPhone(await startPortal())
  const setup = await setupOf(phone)
  expect((await setupOf(phone)).password).toBe(setup.password)
  expect(await sync(setup.carddav, setup.phone.user, 'wrong')).toBe(401)
  expect((await setupOf(phone)).password).toBe(setup.password)
  expect(await sync(setup.carddav, setup.phone.user, setup.password!)).toBe(207)
  const after = await setupOf(phone)
  expect(after).toMatchObject({ password: null, davx5: null, nextcloud: null, profile: null })
})

it('shows it for half an hour at most', async () => {
  const world = worldAt(NOON)
  const phone = await pairPhone(await startPortal(world))
  world.set(NOON + 29 * MINUTE)
  expect((await setupOf(phone)).password).not.toBeNull()
  world.set(NOON + 30 * MINUTE)
  expect((await setupOf(phone)).password).toBeNull()
})

it('a new password ends one that was missed, and leaves one that an app uses', async () => {
  const portal = await startPortal()
  const phone = await pairPhone(portal)
  const first = await setupOf(phone)
  const { carddav } = first
  const { user } = first.phone
  expect(await sync(carddav, user, first.password!)).toBe(207)
  await phone.browser.call('setup.renew', {})
  const missed = (await setupOf(phone)).password!
  await phone.browser.call('setup.renew', {})
  const last = (await setupOf(phone)).password!
  expect(new Set([first.password, missed, last]).size).toBe(3)
  expect(await sync(carddav, user, missed)).toBe(401)
  expect(await sync(carddav, user, last)).toBe(207)
  expect(await sync(carddav, user, first.password!)).toBe(207)
})

it('a first password that was missed ends with the next', async () => {
  const portal = await startPortal()
  const phone = await pairPhone(portal)
  const { carddav, phone: about, password } = await setupOf(phone)
  await phone.browser.call('setup.renew', {})
  expect(await sync(carddav, about.user, password!)).toBe(401)
})

it('each check goes green with the first request of its app, and not by our own pages', async () => {
  const portal = await startPortal()
  const phone = await pairPhone(portal)
  const { carddav, caldav, files, phone: about, password } = await setupOf(phone)
  const checks = async () => (await phone.browser.call('setup.checks', {})).services
  expect((await checks()).map(({ seenAt }) => seenAt)).toEqual([null, null, null, null])
  await sync(`${portal.base}/dav/`, about.user, password!)
  expect((await checks()).every(({ seenAt }) => seenAt === null)).toBe(true)
  await sync(carddav, about.user, password!)
  await sync(caldav, about.user, password!, 'iOS/17.5 (21F79) dataaccessd/1.0')
  expect(await checks()).toMatchObject([
    { service: 'contacts', seenAt: expect.any(Number), client: 'DAVx⁵' },
    { service: 'calendar', seenAt: expect.any(Number), client: 'iPhone' },
    { service: 'photos', seenAt: null },
    { service: 'nextcloud', seenAt: null },
  ])
  await sync(files, about.user, password!, 'PhotoSync/4.8')
  const seen = await portal.engine.call('phones.services', { phone: about.name })
  expect(seen[2]).toMatchObject({ service: 'photos', client: 'PhotoSync', since: seen[2]!.seenAt })
})

it('says for some minutes that something on this phone did not trust us, until an app is let in', async () => {
  const world = worldAt(NOON)
  const portal = await startPortal(world)
  const phone = await pairPhone(portal)
  const { carddav, phone: about, password } = await setupOf(phone)
  const distrusted = async () => (await phone.browser.call('setup.checks', {})).distrustedAt
  expect(await distrusted()).toBeNull()
  let at = NOON
  const asked: string[] = []
  await portal.engine.setReach({
    ...{ url: portal.base, urlsByAddress: [portal.base], welcomeUrls: [], root: null },
    distrustedAt: (address) => {
      asked.push(address)
      return at
    },
  })
  // Until it was paired, that was the browser.
  expect(await distrusted()).toBeNull()
  expect(asked).toEqual(['127.0.0.1'])
  at = NOON + MINUTE
  world.set(NOON + 2 * MINUTE)
  expect(await distrusted()).toBe(at)
  world.set(NOON + 7 * MINUTE)
  expect(await distrusted()).toBeNull()
  world.set(NOON + 2 * MINUTE)
  await sync(carddav, about.user, password!)
  expect(await distrusted()).toBeNull()
})

it('after a reset all checks begin anew', async () => {
  const portal = await startPortal()
  const first = await pairPhone(portal)
  const { carddav, phone: about, password } = await setupOf(first)
  await sync(carddav, about.user, password!)
  const again = await pairPhone(portal, { phone: about.name })
  expect((await again.browser.call('setup.checks', {})).services[0]).toMatchObject({ seenAt: null })
})

it('apps’ passwords are listed, and taken away one by one with the sessions that could make new ones', async () => {
  const portal = await startPortal()
  const { engine } = portal
  const phone = await pairPhone(portal)
  const { carddav, phone: about, password } = await setupOf(phone)
  await sync(carddav, about.user, password!)
  await phone.browser.call('setup.renew', {})
  const listed = await engine.call('phones.credentials', { phone: about.name })
  expect(listed).toMatchObject([
    { label: 'pairing', firstUsedAt: expect.any(Number) },
    { label: 'pairing', firstUsedAt: null },
  ])
  const revoke = { phone: about.name, credential: listed[0]!.id }
  expect(await engine.call('phones.revokeCredential', revoke)).toHaveLength(1)
  expect(await sync(carddav, about.user, password!)).toBe(401)
  await expect(setupOf(phone)).rejects.toThrow('401')
  await expect(engine.call('phones.revokeCredential', revoke)).rejects.toMatchObject({ code: 'not-found' })
})

it('a removed phone’s browser and apps are out; its data is kept', async () => {
  const portal = await startPortal()
  const phone = await pairPhone(portal)
  const { carddav, phone: about, password } = await setupOf(phone)
  const headers = { authorization: basic(about.user, password!), 'content-type': 'text/vcard' }
  const body = 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:A\r\nN:A;;;;\r\nEND:VCARD\r\n'
  await fetch(`${carddav}a.vcf`, { method: 'PUT', headers, body })
  expect(await portal.engine.call('phones.remove', { phone: about.name })).toMatchObject({ items: 1 })
  expect(await sync(carddav, about.user, password!)).toBe(401)
  await expect(setupOf(phone)).rejects.toThrow('401')
  const back = await setupOf(await pairPhone(portal, { name: about.name }))
  const card = await fetch(`${carddav}a.vcf`, {
    headers: { authorization: basic(about.user, back.password!) },
  })
  expect(await card.text()).toBe(body)
})

it('a session lasts as long as a browser keeps its cookie, and no longer', async () => {
  const world = worldAt(NOON)
  const phone = await pairPhone(await startPortal(world))
  world.set(NOON + 399 * DAY)
  expect((await setupOf(phone)).phone.name).toBe('Ada’s Pixel')
  world.set(NOON + 400 * DAY)
  await expect(setupOf(phone)).rejects.toThrow('401')
})

it('leaving ends this browser’s session and no other', async () => {
  const portal = await startPortal()
  const phone = await pairPhone(portal)
  const cookie = phone.browser.cookies.get('sidekeep')!
  await phone.browser.call('leave', {})
  expect(phone.browser.cookies.has('sidekeep')).toBe(false)
  phone.browser.cookies.set('sidekeep', cookie)
  await expect(setupOf(phone)).rejects.toThrow('401')
})
