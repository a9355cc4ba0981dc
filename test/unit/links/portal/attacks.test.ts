/** What a hostile page, browser or device in the same network tries against the portal, and the boring answers that it gets. */
import { describe, expect, it } from 'vitest'
import { createTickets } from '../../../../main/links/portal/tickets.ts'
import { type PortalMethod, portalContract, portalPaths } from '../../../../preload/portal.ts'
import { rawRequest } from '../../../raw-request.ts'
import { worldAt } from '../../replica/fixture.ts'
import { basic, openBrowser, type PortalFixture, pairPhone, startPortal } from './fixture.ts'

const METHODS = Object.keys(portalContract) as PortalMethod[]
const JSON_TYPE = { 'content-type': 'application/json' }

const ELSEWHERE = [
  '/portal/../../etc/passwd',
  '/portal/%2e%2e/%2e%2e/etc/passwd',
  '/portal/..%2f..%2fetc%2fpasswd',
  '/portal/get/photo/..%2F..%2Fsecrets',
  '/portal/get/..%5c..%5csecrets',
  '/portal/assets/%00',
  '/portal/%ff',
  '/portal/%',
  '/portal//etc/passwd',
  '/portal/./index.html',
  '/portal/get/a%0d%0aSet-Cookie:%20x=y',
]

describe('another site in the phone’s browser', () => {
  it.each([
    [
      'has another origin',
      { ...JSON_TYPE, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      403,
    ],
    ['hides its origin', { ...JSON_TYPE, origin: 'null' }, 403],
    [
      'is another service of the same computer',
      { ...JSON_TYPE, origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' },
      403,
    ],
    ['sends a form’s type', { 'content-type': 'text/plain' }, 415],
    ['sends a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ])('that %s gets no call through', async (_, headers, status) => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    const cookie = browser.cookies.get('sidekeep')
    for (const method of METHODS) {
      const answer = await browser.ask(portalPaths.api + method, { method: 'POST', headers, body: '{}' })
      expect([method, answer.status]).toEqual([method, status])
      expect(answer.headers.has('access-control-allow-origin')).toBe(false)
    }
    expect(browser.cookies.get('sidekeep')).toBe(cookie)
    expect((await browser.call('setup.show', {})).password).not.toBeNull()
  })

  it('gets no call through without an origin, by another method, or by asking first', async () => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    const cookie = `Cookie: sidekeep=${browser.cookies.get('sidekeep')}`
    for (const method of METHODS) {
      const head = [
        `POST ${portalPaths.api}${method} HTTP/1.1`,
        'Host: x',
        cookie,
        'Content-Type: application/json',
      ]
      expect([method, (await rawRequest(portal.base, [...head, 'Content-Length: 2'], '{}')).status]).toEqual([
        method,
        403,
      ])
      expect((await browser.ask(portalPaths.api + method)).status).toBe(405)
      const preflight = await browser.ask(portalPaths.api + method, { method: 'OPTIONS' })
      expect(preflight.status).toBe(405)
      expect(preflight.headers.has('access-control-allow-origin')).toBe(false)
    }
  })

  it('uploads and sends nothing', async () => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    const headers = { origin: 'https://evil.example', 'tus-resumable': '1.0.0', 'upload-length': '1' }
    for (const path of [portalPaths.uploads, `${portalPaths.send}contacts`]) {
      expect((await browser.ask(path, { method: 'POST', headers, body: 'x' })).status).toBe(403)
    }
  })

  it('may neither frame nor load what we answer', async () => {
    const portal = await startPortal()
    for (const path of [
      '/portal/',
      '/portal/get/photo/1',
      '/portal/api/pair.state',
      '/',
      '/index.php/login/v2',
    ]) {
      const { headers } = await fetch(portal.base + path, { redirect: 'manual' })
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('sees by `trusted` whether the phone trusts us, and nothing else', async () => {
    const portal = await startPortal()
    const answer = await fetch(portal.base + portalPaths.trusted, {
      headers: { origin: 'http://evil.example' },
    })
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
  })
})

describe('someone without a session', () => {
  it('guesses cookies in vain', async () => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    const own = browser.cookies.get('sidekeep')!
    for (const guess of [
      '',
      'x',
      own.slice(0, -1),
      `${own}x`,
      own.toUpperCase(),
      'A'.repeat(43),
      '%00',
      own.slice(1),
    ]) {
      const stranger = openBrowser(portal.base)
      stranger.cookies.set('sidekeep', guess)
      await expect(stranger.call('setup.show', {})).rejects.toThrow('401')
      stranger.cookies.set('sidekeep-pairing', guess)
      expect(await stranger.call('pair.state', {})).toMatchObject({ state: 'none' })
      expect(stranger.cookies.get('sidekeep')).toBe(guess)
    }
  })

  it('gets 401 for every call and path that is a phone’s', async () => {
    const portal = await startPortal()
    const stranger = openBrowser(portal.base)
    for (const method of METHODS.filter((one) => portalContract[one].who === 'phone')) {
      await expect(stranger.call(method, {} as never)).rejects.toThrow('401')
    }
    const { uploads, send, get, profile, zip } = portalPaths
    for (const path of [`${get}contacts.vcf`, `${get}photo/1`, `${profile}x`, `${zip}x`, uploads])
      expect((await stranger.ask(path)).status).toBe(401)
    for (const path of [uploads, `${send}contacts`])
      expect((await stranger.ask(path, { method: 'POST', body: 'x' })).status).toBe(401)
  })

  it('gets nowhere with an app’s password on the portal, nor with a session on DAV', async () => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    const { phone, password, carddav } = await browser.call('setup.show', {})
    const headers = { authorization: basic(phone.user, password!) }
    expect((await openBrowser(portal.base).ask(`${portalPaths.get}contacts.vcf`, { headers })).status).toBe(
      401,
    )
    expect((await browser.ask(new URL(carddav).pathname, { method: 'PROPFIND' })).status).toBe(401)
  })
})

describe('someone who guesses passwords', () => {
  const guess = async ({ base }: PortalFixture, user: string, password: string) => {
    const headers = { authorization: basic(user, password) }
    return (await fetch(`${base}/dav/`, { method: 'OPTIONS', headers })).status
  }

  it('of one phone must wait after ten, and is logged without them', async () => {
    const portal = await startPortal()
    const { phone } = await pairPhone(portal)
    for (let n = 0; n < 10; n++) expect(await guess(portal, phone.user, `guess${n}`)).toBe(401)
    expect(await guess(portal, phone.user, 'guess')).toBe(429)
    expect(portal.logged).toEqual([
      'Too many wrong passwords for the user "ada-s-pixel" came from 127.0.0.1; it must wait for five minutes.',
    ])
  })

  it('of many users must wait after fifty, while a phone that was here goes on', async () => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    const { phone, password } = await browser.call('setup.show', {})
    expect(await guess(portal, phone.user, password!)).toBe(200)
    const guesses = Array.from({ length: 50 }, (_, n) => guess(portal, `user${n}`, 'guess'))
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([401]))
    expect(await guess(portal, 'user51', 'guess')).toBe(429)
    expect(await guess(portal, phone.user, password!)).toBe(200)
    expect(portal.logged).toHaveLength(1)
    expect(portal.logged[0]).toContain('many users')
  })
})

it('another phone’s session opens its own data and nothing else', async () => {
  const portal = await startPortal()
  const ada = await pairPhone(portal, { name: 'Ada' })
  const bob = await pairPhone(portal, { name: 'Bob' })
  const vcf = 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:secret\r\nFN:Secret\r\nN:Secret;;;;\r\nEND:VCARD\r\n'
  const sent = await ada.browser.ask(`${portalPaths.send}contacts`, { method: 'POST', body: vcf })
  expect(sent.status).toBe(200)
  expect(await (await ada.browser.ask(`${portalPaths.get}contacts.vcf`)).text()).toContain('Secret')
  expect(await (await bob.browser.ask(`${portalPaths.get}contacts.vcf`)).text()).not.toContain('Secret')
  const { profile, password } = await ada.browser.call('setup.show', {})
  expect((await bob.browser.ask(profile!)).status).toBe(404)
  expect((await bob.browser.call('setup.show', {})).password).not.toBe(password)
})

describe('a path that leads elsewhere', () => {
  it('is refused before anything is looked up', async () => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    const cookie = `Cookie: sidekeep=${browser.cookies.get('sidekeep')}`
    for (const path of ELSEWHERE) {
      const { status, text } = await rawRequest(portal.base, [`GET ${path} HTTP/1.1`, 'Host: x', cookie])
      expect([path, status]).toEqual([path, 400])
      expect(text).not.toContain(portal.dataFolder)
    }
  })

  it('no path of ours is as long as a flood', async () => {
    const portal = await startPortal()
    expect(
      (await rawRequest(portal.base, [`GET /portal/${'x'.repeat(5000)} HTTP/1.1`, 'Host: x'])).status,
    ).toBe(414)
  })
})

describe('a flood', () => {
  it('of headers or cookies is refused', async () => {
    const portal = await startPortal()
    for (const name of ['X', 'Cookie']) {
      const head = ['POST /portal/api/pair.state HTTP/1.1', 'Host: x', `${name}: ${'x=y; '.repeat(5000)}`]
      expect((await rawRequest(portal.base, head)).status).toBe(431)
    }
  })

  it('of many small cookies hides none of ours', async () => {
    const portal = await startPortal()
    const { browser } = await pairPhone(portal)
    for (let n = 0; n < 500; n++) browser.cookies.set(`c${n}`, 'sidekeep=no')
    expect((await browser.call('setup.show', {})).phone.name).toBe('Ada’s Pixel')
  })

  it('of a call’s body is refused, whether its length is told or not', async () => {
    const portal = await startPortal()
    const head = [
      'POST /portal/api/pair.claim HTTP/1.1',
      'Host: x',
      'Origin: http://x',
      'Content-Type: application/json',
    ]
    expect((await rawRequest(portal.base, [...head, 'Content-Length: 99999999999'])).status).toBe(413)
    const chunk = `${(1 << 13).toString(16)}\r\n${'x'.repeat(1 << 13)}\r\n`
    const chunked = [...head, 'Transfer-Encoding: chunked']
    expect((await rawRequest(portal.base, chunked, `${chunk.repeat(3)}0\r\n\r\n`)).status).toBe(413)
  })

  it('of JSON that is none, or not what the call takes, is told off in words', async () => {
    const portal = await startPortal()
    const browser = openBrowser(portal.base)
    const claim = async (body: string) => {
      const answer = await browser.ask('/portal/api/pair.claim', { method: 'POST', headers: JSON_TYPE, body })
      return [answer.status, (await answer.text()).slice(0, 19)]
    }
    expect(await claim('{')).toEqual([400, ''])
    expect(await claim('[]')).toEqual([400, '{"code":"bad-input"'])
    expect(await claim(`{"secret":"${'x'.repeat(65)}","platform":"android","device":""}`)).toEqual([
      400,
      '{"code":"bad-input"',
    ])
    expect(await claim('{"__proto__":{"secret":"x"}}')).toEqual([400, '{"code":"bad-input"'])
    expect(
      (await browser.ask('/portal/api/constructor', { method: 'POST', headers: JSON_TYPE })).status,
    ).toBe(404)
    expect(portal.logged).toEqual([])
  })
})

it('a refused body is let in unheeded, and the connection goes on', async () => {
  const portal = await startPortal()
  const body = 'x'.repeat(300_000)
  const refused = `POST /portal/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const { text } = await rawRequest(portal.base, [`${refused}GET /portal/trusted HTTP/1.1`, 'Host: x'])
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['403', '204'])
})

it('a one-time secret is good once, for a while, and for so many at a time', () => {
  const world = worldAt(1e12)
  const tickets = createTickets<string>(world, 1000, 2)
  const [first, second, third] = ['a', 'b', 'c'].map((value) => tickets.issue(value))
  expect(tickets.redeem(first!)).toBeUndefined()
  expect(tickets.redeem(second!)).toBe('b')
  expect(tickets.redeem(second!)).toBeUndefined()
  world.set(1e12 + 1000)
  expect(tickets.redeem(third!)).toBeUndefined()
})
