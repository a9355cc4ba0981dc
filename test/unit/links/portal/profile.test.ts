/** The iPhone's profile: only keys that Apple's schema has, the root as it is, stable identifiers, odd names, one download. */
import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { parse } from 'plist'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { phoneProfile } from '../../../../main/links/portal/profile.ts'
import { makeRoot } from '../../../../main/tls/authority.ts'
import { realWorld } from '../../../../main/world.ts'
import { openBrowser, pairPhone, startPortal } from './fixture.ts'

const UUID = /^[0-9A-F]{8}-[0-9A-F]{4}-[1-8][0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/

// From the reference's table of Apple's schema; strict, so that a key it does not know fails.
const head = {
  PayloadVersion: z.literal(1),
  PayloadIdentifier: z.string().regex(/^[A-Za-z0-9.-]+$/),
  PayloadUUID: z.string().regex(UUID),
  PayloadDisplayName: z.string().min(1),
  PayloadDescription: z.string().optional(),
}
const port = z.number().int().min(1).max(65_535)
const rootSchema = z.strictObject({
  ...head,
  PayloadType: z.literal('com.apple.security.root'),
  PayloadContent: z.instanceof(Uint8Array),
  PayloadCertificateFileName: z.string(),
})
const carddavSchema = z.strictObject({
  ...head,
  PayloadType: z.literal('com.apple.carddav.account'),
  CardDAVHostName: z.string().min(1),
  CardDAVPort: port,
  CardDAVUseSSL: z.boolean(),
  CardDAVPrincipalURL: z.string(),
  CardDAVUsername: z.string(),
  CardDAVPassword: z.string(),
  CardDAVAccountDescription: z.string(),
})
const caldavSchema = z.strictObject({
  ...head,
  PayloadType: z.literal('com.apple.caldav.account'),
  CalDAVHostName: z.string().min(1),
  CalDAVPort: port,
  CalDAVUseSSL: z.boolean(),
  CalDAVPrincipalURL: z.string(),
  CalDAVUsername: z.string(),
  CalDAVPassword: z.string(),
  CalDAVAccountDescription: z.string(),
})
const profileSchema = z.strictObject({
  ...head,
  PayloadType: z.literal('Configuration'),
  PayloadContent: z.tuple([rootSchema, carddavSchema, caldavSchema]),
})

const root = (await makeRoot(realWorld, 'pc')).certificate
const phone = { id: '0123456789abcdef', name: 'Ada’s iPhone', user: 'ada-s-iphone' }
const principal = new URL('https://pc.local:8553/dav/principals/ada-s-iphone/')
const password = 'abcdefghijkmnpqrstuv'

const profileOf = (facts: Partial<Parameters<typeof phoneProfile>[0]> = {}) =>
  profileSchema.parse(parse(phoneProfile({ ...{ root, phone, principal, password }, ...facts })))

describe('the profile', () => {
  it('has the root and both accounts, with no key that Apple does not know', () => {
    const [certificate, contacts, calendars] = profileOf().PayloadContent
    expect(Buffer.from(certificate.PayloadContent)).toEqual(new X509Certificate(root).raw)
    expect(contacts).toMatchObject({
      CardDAVHostName: 'pc.local',
      CardDAVPort: 8553,
      CardDAVUseSSL: true,
      CardDAVPrincipalURL: '/dav/principals/ada-s-iphone/',
      CardDAVUsername: 'ada-s-iphone',
      CardDAVPassword: password,
    })
    expect(calendars).toMatchObject({
      CalDAVHostName: 'pc.local',
      CalDAVPort: 8553,
      CalDAVPassword: password,
    })
  })

  it('replaces the earlier one of the same phone, and no other', () => {
    const names = (profile: ReturnType<typeof profileOf>) =>
      [profile, ...profile.PayloadContent].map(({ PayloadIdentifier, PayloadUUID }) => [
        PayloadIdentifier,
        PayloadUUID,
      ])
    const first = names(profileOf())
    expect(names(profileOf({ password: 'other', phone: { ...phone, name: 'Renamed' } }))).toEqual(first)
    expect(new Set(first.flat()).size).toBe(8)
    const other = names(profileOf({ phone: { ...phone, id: 'fedcba9876543210' } }))
    // The root is the same, and must stay when one of the two phones' profiles goes.
    expect(other.flat().filter((name) => first.flat().includes(name))).toEqual(first[1])
  })

  it('leaves the root out where phones trust the certificate already', () => {
    const text = phoneProfile({ root: null, phone, principal, password })
    const { PayloadContent } = z.object({ PayloadContent: z.array(z.unknown()) }).parse(parse(text))
    expect(z.tuple([carddavSchema, caldavSchema]).safeParse(PayloadContent).success).toBe(true)
  })

  it('takes any name a phone can have', () => {
    const names = fc.oneof(
      fc.constantFrom(
        '<b>&amp;',
        ']]>',
        '"Ada" & \'Bob\'',
        '日本',
        '👩‍👩‍👧',
        '</string><key>x</key>',
        '&#x0;',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }).filter((name) => !/\p{C}/u.test(name)),
    )
    fc.assert(
      fc.property(names, (name) => {
        const { PayloadDisplayName } = profileOf({ phone: { ...phone, name } })
        expect(PayloadDisplayName).toBe(`Sidekeep: ${name}`)
      }),
    )
  })
})

describe('its download', () => {
  it('works once, for the phone’s own browser, while the password is not in use yet', async () => {
    const portal = await startPortal()
    await portal.engine.setReach({ url: portal.base, urlsByAddress: [portal.base], welcomeUrls: [], root })
    const { browser } = await pairPhone(portal, { name: 'Ada & Bob’s iPhone' })
    const other = await pairPhone(portal, { name: 'Bob’s iPhone' })
    const setup = await browser.call('setup.show', {})
    expect((await browser.call('setup.show', {})).profile).toBe(setup.profile)

    expect((await openBrowser(portal.base).ask(setup.profile!)).status).toBe(401)
    expect((await browser.ask(setup.profile!, { method: 'HEAD' })).status).toBe(405)
    expect((await browser.ask(`${setup.profile}/x`)).status).toBe(404)
    const answer = await browser.ask(setup.profile!)
    expect(answer.headers.get('content-type')).toBe('application/x-apple-aspen-config')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.has('content-disposition')).toBe(false)
    const [, contacts] = profileSchema.parse(parse(await answer.text())).PayloadContent
    expect(contacts).toMatchObject({ CardDAVUsername: setup.phone.user, CardDAVPassword: setup.password })
    expect(setup.fingerprint).toBe(new X509Certificate(root).fingerprint256)

    expect((await browser.ask(setup.profile!)).status).toBe(404)
    const next = (await browser.call('setup.show', {})).profile!
    expect(next).not.toBe(setup.profile)
    expect((await other.browser.ask(next)).status).toBe(404)
  })
})
