/** A phone pairs: the whole way by the portal and the contract, a second browser, a reset, and everything that must not work. */
import { expect, it } from 'vitest'
import { type Browser, openBrowser, startPortal } from './fixture.ts'

const PIXEL = { platform: 'android', device: 'Pixel 8' } as const

const secretOf = (link: string) => /#pair=(.+)$/.exec(link)![1]!

async function claimed() {
  const portal = await startPortal()
  const pairing = await portal.engine.call('pairing.start', {})
  const browser = openBrowser(portal.base)
  const claim = await browser.call('pair.claim', { ...PIXEL, secret: secretOf(pairing.links[0]!) })
  return { ...portal, pairing: pairing.id, secret: secretOf(pairing.links[0]!), browser, claim }
}

const inbox = async (browser: Browser) => (await browser.call('setup.show', {})).carddav

it('pairs a phone: link, check code on both sides, the owner’s word, session and password', async () => {
  const { engine, browser, claim, pairing } = await claimed()
  const shown = await engine.call('pairing.show', { pairing })
  expect(claim.code).toMatch(/^\d{6}$/)
  expect(shown).toMatchObject({
    state: 'claimed',
    device: { platform: 'android', name: 'Pixel 8', code: claim.code },
    suggestedName: 'Pixel 8',
    links: [],
    words: null,
  })
  expect(await browser.call('pair.state', {})).toEqual({
    state: 'waiting',
    code: claim.code,
    wasReset: false,
  })
  await expect(inbox(browser)).rejects.toThrow('401')

  const confirmed = await engine.call('pairing.confirm', { pairing, as: { name: 'Ada’s Pixel' } })
  expect(confirmed).toMatchObject({ state: 'paired', phone: { name: 'Ada’s Pixel', wasReset: false } })
  expect(await browser.call('pair.state', {})).toMatchObject({ state: 'paired', wasReset: false })
  const setup = await browser.call('setup.show', {})
  expect(setup).toMatchObject({ phone: { name: 'Ada’s Pixel' }, platform: 'android' })
  const authorization = `Basic ${btoa(`${setup.phone.user}:${setup.password}`)}`
  expect((await fetch(setup.carddav, { method: 'PROPFIND', headers: { authorization } })).status).toBe(207)
})
