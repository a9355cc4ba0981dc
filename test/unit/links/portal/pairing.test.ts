/** A phone pairs: the whole way by the portal and the contract, a second browser, a reset, and everything that must not work. */
import { expect, it } from 'vitest'
import { makePrintedCode } from '../../../../main/printed-code.ts'
import { realWorld } from '../../../../main/world.ts'
import { worldAt } from '../../replica/fixture.ts'
import { basic, claimPairing, openBrowser, pairPhone, startPortal } from './fixture.ts'

const MINUTE = 60_000
const PIXEL = { platform: 'android', device: 'Pixel 8' } as const
const NOON = Date.UTC(2026, 10, 23, 12)

/** The right form of a code, and wrong but for an attacker's luck. */
const guess = () => makePrintedCode(realWorld.random, { secret: 26, check: 2 })

it('goes from link and check code to session and password', async () => {
  const portal = await startPortal()
  const { engine } = portal
  const { browser, pairing, code } = await claimPairing(portal)
  expect(code).toMatch(/^\d{6}$/)
  expect(await engine.call('pairing.show', { pairing })).toMatchObject({
    state: 'claimed',
    device: { platform: 'android', name: 'Pixel 8', code },
    suggestedName: 'Pixel 8',
    links: [],
    words: null,
  })
  expect(await browser.call('pair.state', {})).toEqual({ state: 'waiting', code, wasReset: false })
  await expect(browser.call('setup.show', {})).rejects.toThrow('401')

  const confirmed = await engine.call('pairing.confirm', { pairing, as: { name: 'Ada’s Pixel' } })
  expect(confirmed).toMatchObject({ state: 'paired', phone: { name: 'Ada’s Pixel', wasReset: false } })
  expect(await browser.call('pair.state', {})).toMatchObject({ state: 'paired', wasReset: false })
  const setup = await browser.call('setup.show', {})
  expect(setup).toMatchObject({ phone: { name: 'Ada’s Pixel' }, platform: 'android' })
  const authorization = basic(setup.phone.user, setup.password!)
  expect((await fetch(setup.carddav, { method: 'PROPFIND', headers: { authorization } })).status).toBe(207)
})

it('has a secret of 130 bits, another one each time', async () => {
  const { engine } = await startPortal()
  const [one, other] = [await engine.call('pairing.start', {}), await engine.call('pairing.start', {})]
  // Five bits in each of 32 signs; two of the 28 check the others.
  for (const { words } of [one, other]) expect(words!.replaceAll('-', '')).toMatch(/^[0-9A-HJKMNP-TV-Z]{28}$/)
  expect(one.words).not.toBe(other.words)
})

it('takes the code as people type it', async () => {
  const { engine, base } = await startPortal()
  const { words } = await engine.call('pairing.start', {})
  const typed = words!.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
  const claim = await openBrowser(base).call('pair.claim', { ...PIXEL, secret: ` ${typed} ` })
  expect(claim.code).toMatch(/^\d{6}$/)
})

it('hears the same again when the browser that claimed it asks again', async () => {
  const portal = await startPortal()
  const { browser, secret, code } = await claimPairing(portal)
  expect((await browser.call('pair.claim', { ...PIXEL, secret })).code).toBe(code)
})

it('a second browser gets nothing, and the owner hears of it', async () => {
  const portal = await startPortal()
  const { browser, pairing, secret } = await claimPairing(portal)
  const second = openBrowser(portal.base)
  await expect(second.call('pair.claim', { ...PIXEL, secret })).rejects.toThrow('used already')
  expect(await second.call('pair.state', {})).toMatchObject({ state: 'none', code: null })
  expect((await portal.engine.call('pairing.show', { pairing })).others).toBe(1)
  await portal.engine.call('pairing.confirm', { pairing, as: { name: 'Pixel' } })
  expect((await second.call('pair.state', {})).state).toBe('none')
  expect((await browser.call('pair.state', {})).state).toBe('paired')
  await expect(second.call('pair.claim', { ...PIXEL, secret })).rejects.toThrow('used already')
})

it('five wrong codes lock it, for the right one as well, and are logged without secrets', async () => {
  const { engine, base, logged } = await startPortal()
  const { id, words } = await engine.call('pairing.start', {})
  const browser = openBrowser(base)
  for (let n = 0; n < 5; n++) {
    await expect(browser.call('pair.claim', { ...PIXEL, secret: guess() })).rejects.toThrow('not the code')
  }
  await expect(browser.call('pair.claim', { ...PIXEL, secret: words! })).rejects.toThrow('locked')
  expect(await engine.call('pairing.show', { pairing: id })).toMatchObject({ state: 'locked', links: [] })
  expect(logged).toHaveLength(5)
  expect(logged.at(-1)).toBe(
    'A wrong pairing code came from 127.0.0.1; the code that was shown is locked now.',
  )
  expect(logged.join()).not.toContain(words!.slice(0, 9))
})

it('who guesses on and on waits, whatever it sends then', async () => {
  const world = worldAt(NOON)
  const { engine, base, logged } = await startPortal(world)
  const browser = openBrowser(base)
  for (let n = 0; n < 10; n++) await browser.call('pair.claim', { ...PIXEL, secret: guess() }).catch(() => 0)
  const { words } = await engine.call('pairing.start', {})
  await expect(browser.call('pair.claim', { ...PIXEL, secret: words! })).rejects.toThrow('429')
  expect(logged).toHaveLength(10)
  world.set(NOON + 11 * MINUTE)
  const next = await engine.call('pairing.start', {})
  expect((await browser.call('pair.claim', { ...PIXEL, secret: next.words! })).code).toBeDefined()
})

it('a typing error is told as one and locks nothing', async () => {
  const { engine, base } = await startPortal()
  const { id, words } = await engine.call('pairing.start', {})
  const mistyped = (words![0] === '7' ? '8' : '7') + words!.slice(1)
  for (let n = 0; n < 6; n++) {
    const claim = openBrowser(base).call('pair.claim', { ...PIXEL, secret: mistyped })
    await expect(claim).rejects.toThrow('mistyped')
  }
  expect((await engine.call('pairing.show', { pairing: id })).state).toBe('waiting')
})

it('a code runs out after ten minutes, and a claim when its owner says nothing', async () => {
  const world = worldAt(NOON)
  const portal = await startPortal(world)
  const { words } = await portal.engine.call('pairing.start', {})
  world.set(NOON + 10 * MINUTE)
  const claim = openBrowser(portal.base).call('pair.claim', { ...PIXEL, secret: words! })
  await expect(claim).rejects.toThrow('run out')

  const { browser, pairing } = await claimPairing(portal)
  world.set(NOON + 15 * MINUTE)
  expect((await browser.call('pair.state', {})).state).toBe('expired')
  const confirm = portal.engine.call('pairing.confirm', { pairing, as: { name: 'Pixel' } })
  await expect(confirm).rejects.toMatchObject({ code: 'not-allowed' })
  expect(await portal.engine.call('phones.list', {})).toEqual([])
})

it('takes in no one without the owner’s word', async () => {
  const portal = await startPortal()
  const { engine } = portal
  const waiting = await engine.call('pairing.start', {})
  const early = engine.call('pairing.confirm', { pairing: waiting.id, as: { name: 'Pixel' } })
  await expect(early).rejects.toThrow('No phone has come')
  const { browser, pairing } = await claimPairing(portal)
  await engine.call('pairing.refuse', { pairing })
  expect((await browser.call('pair.state', {})).state).toBe('refused')
  expect([...browser.cookies.keys()]).toEqual(['sidekeep-pairing'])
  await expect(engine.call('pairing.confirm', { pairing, as: { name: 'Pixel' } })).rejects.toThrow('refused')
  expect(await engine.call('phones.list', {})).toEqual([])
})

it('a name that is taken leaves the phone waiting for another', async () => {
  const portal = await startPortal()
  await pairPhone(portal, { name: 'Pixel 8' })
  const { browser, pairing } = await claimPairing(portal)
  const shown = await portal.engine.call('pairing.show', { pairing })
  expect(shown.suggestedName).toBe('Pixel 8 2')
  const taken = portal.engine.call('pairing.confirm', { pairing, as: { name: 'pixel 8' } })
  await expect(taken).rejects.toMatchObject({ code: 'already-exists' })
  await portal.engine.call('pairing.confirm', { pairing, as: { name: shown.suggestedName } })
  expect((await browser.call('pair.state', {})).state).toBe('paired')
})

it('after a reset the phone keeps its data; its old passwords and browsers are out at once', async () => {
  const portal = await startPortal()
  const before = await pairPhone(portal)
  const old = await before.browser.call('setup.show', {})
  const card = `${old.carddav}a.vcf`
  const body = 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Ada\r\nN:Ada;;;;\r\nEND:VCARD\r\n'
  const authorization = basic(old.phone.user, old.password!)
  expect((await fetch(card, { method: 'PUT', body, headers: { authorization } })).status).toBe(201)

  const iphone = await pairPhone(portal, { name: 'iPhone' }, { platform: 'iphone', device: '' })
  const { pairing, browser } = await claimPairing(portal)
  const { candidates } = await portal.engine.call('pairing.show', { pairing })
  expect(candidates.map(({ name }) => name)).toEqual(['Ada’s Pixel', 'iPhone'])
  const as = { phone: candidates[0]!.id }
  const { phone } = await portal.engine.call('pairing.confirm', { pairing, as })
  expect(phone).toEqual({ ...before.phone, wasReset: true })
  expect(await browser.call('pair.state', {})).toMatchObject({ state: 'paired', wasReset: true })

  expect((await fetch(card, { headers: { authorization } })).status).toBe(401)
  await expect(before.browser.call('setup.show', {})).rejects.toThrow('401')
  const renewed = await browser.call('setup.show', {})
  const again = await fetch(card, {
    headers: { authorization: basic(renewed.phone.user, renewed.password!) },
  })
  expect(await again.text()).toBe(body)
  expect((await iphone.browser.call('setup.show', {})).phone.name).toBe('iPhone')
})

it('the browser of an earlier pairing gets no new session after a reset', async () => {
  const portal = await startPortal()
  const first = await claimPairing(portal)
  const as = { name: 'Pixel' }
  const { phone } = await portal.engine.call('pairing.confirm', { pairing: first.pairing, as })
  await pairPhone(portal, { phone: phone!.id })
  await first.browser.call('pair.state', {})
  await expect(first.browser.call('setup.show', {})).rejects.toThrow('401')
})

it('a browser has ten minutes to fetch its session, and may ask more than once', async () => {
  const world = worldAt(NOON)
  const portal = await startPortal(world)
  const { browser, pairing } = await claimPairing(portal)
  await portal.engine.call('pairing.confirm', { pairing, as: { name: 'Pixel' } })
  const cookies = async () => {
    await browser.call('pair.state', {})
    return browser.cookies.get('sidekeep')
  }
  expect(await cookies()).toBe(await cookies())
  browser.cookies.delete('sidekeep')
  world.set(NOON + 10 * MINUTE)
  expect(await cookies()).toBeUndefined()
})

it('what a device calls itself cannot play tricks on the computer’s screen', async () => {
  const portal = await startPortal()
  const { pairing } = await claimPairing(portal, { device: '\u001b[2J\u202ePixel\n../8: "x"' })
  const { device, suggestedName } = await portal.engine.call('pairing.show', { pairing })
  expect(device?.name).toBe('[2J Pixel ../8: "x"')
  await portal.engine.call('pairing.confirm', { pairing, as: { name: suggestedName } })
})
