/** Nextcloud's login flow v2, as its apps go through it: begin, allow in the browser, fetch once. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { worldAt } from '../../replica/fixture.ts'
import { basic, openBrowser, type PortalFixture, pairPhone, startPortal } from './fixture.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const MINUTE = 60_000

const begunSchema = z.strictObject({
  poll: z.strictObject({ token: z.string(), endpoint: z.url() }),
  login: z.url(),
})
const loginSchema = z.strictObject({ server: z.url(), loginName: z.string(), appPassword: z.string() })

const NEXTCLOUD = 'Mozilla/5.0 (Android) Nextcloud-android/3.30.0'

async function begin({ base }: PortalFixture, path = '/index.php/login/v2', userAgent = NEXTCLOUD) {
  const answer = await fetch(base + path, { method: 'POST', headers: { 'user-agent': userAgent } })
  const { poll, login } = begunSchema.parse(await answer.json())
  return { ...poll, login, page: login.split('#allow=')[1]! }
}

// Android's app sends a form, the one for iPhones a query.
const pollByForm = (endpoint: string, token: string) =>
  fetch(endpoint, { method: 'POST', body: new URLSearchParams({ token }) })
const pollByQuery = (endpoint: string, token: string) =>
  fetch(`${endpoint}?token=${token}`, { method: 'POST' })

it.each([
  ['by a form', '/index.php/login/v2', pollByForm],
  ['by a query', '/login/v2', pollByQuery],
])('gives the app a password of its own, once, %s', async (_, path, poll) => {
  const portal = await startPortal()
  const { browser, phone } = await pairPhone(portal)
  const { endpoint, token, login, page } = await begin(portal, path)
  expect(login).toBe(`${portal.base}/portal/#allow=${page}`)
  expect((await poll(endpoint, token)).status).toBe(404)
  expect(await browser.call('login.show', { token: page })).toEqual({ client: 'Nextcloud' })
  await browser.call('login.allow', { token: page })

  const fetched = loginSchema.parse(await (await poll(endpoint, token)).json())
  expect(fetched).toMatchObject({ server: portal.base, loginName: phone.user })
  expect((await poll(endpoint, token)).status).toBe(404)
  const headers = { authorization: basic(fetched.loginName, fetched.appPassword) }
  expect((await fetch(`${portal.base}/dav/`, { method: 'OPTIONS', headers })).status).toBe(200)
  const credentials = await portal.engine.call('phones.credentials', { phone: phone.name })
  expect(credentials.map(({ label }) => label)).toEqual(['pairing', 'Nextcloud'])
})

it('only a paired phone’s browser can allow it, from our own pages', async () => {
  const portal = await startPortal()
  const { browser } = await pairPhone(portal)
  const { endpoint, token, page } = await begin(portal)
  await expect(openBrowser(portal.base).call('login.allow', { token: page })).rejects.toThrow('401')
  const forged = await browser.ask('/portal/api/login.allow', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
    body: JSON.stringify({ token: page }),
  })
  expect(forged.status).toBe(403)
  expect((await pollByForm(endpoint, token)).status).toBe(404)
})

it('neither secret does the other’s work', async () => {
  const portal = await startPortal()
  const { browser } = await pairPhone(portal)
  const { endpoint, token, page } = await begin(portal)
  await expect(browser.call('login.allow', { token })).rejects.toThrow('not-found')
  await browser.call('login.allow', { token: page })
  expect((await pollByForm(endpoint, page)).status).toBe(404)
  await expect(browser.call('login.allow', { token: page })).rejects.toThrow('not-found')
  expect((await pollByForm(endpoint, token)).status).toBe(200)
})

it('runs out after twenty minutes, allowed or not', async () => {
  const world = worldAt(NOON)
  const portal = await startPortal(world)
  const { browser } = await pairPhone(portal)
  const [allowed, waiting] = [await begin(portal), await begin(portal)]
  await browser.call('login.allow', { token: allowed.page })
  world.set(NOON + 20 * MINUTE)
  expect((await pollByForm(allowed.endpoint, allowed.token)).status).toBe(404)
  await expect(browser.call('login.show', { token: waiting.page })).rejects.toThrow('run out')
})

it('one address keeps so many open and no more', async () => {
  const portal = await startPortal()
  for (let n = 0; n < 10; n++) await begin(portal)
  const refused = await fetch(`${portal.base}/index.php/login/v2`, { method: 'POST' })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
})

it('answers nothing else, and no large form', async () => {
  const portal = await startPortal()
  const status = async (path: string, init: RequestInit) => (await fetch(portal.base + path, init)).status
  expect(await status('/index.php/login/v2', { method: 'GET' })).toBe(405)
  expect(await status('/index.php/login/v2/grant', { method: 'POST' })).toBe(404)
  expect(await status('/index.php/login/v2/poll', { method: 'POST' })).toBe(404)
  const form = `token=${'x'.repeat(5000)}`
  expect(await status('/login/v2/poll', { method: 'POST', body: form })).toBe(413)
})
