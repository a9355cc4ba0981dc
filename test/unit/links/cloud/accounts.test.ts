/** Accounts as their owners describe them. */
import { expect, test } from 'vitest'
import { describeAccount, nameOf } from '../../../../main/links/cloud/accounts.ts'
import { PRESET_NAMES, PRESETS } from '../../../../main/links/cloud/presets.ts'

test.each(PRESET_NAMES)('%s needs its user, and its url only where no one knows it', (preset) => {
  const { servers, steps } = PRESETS[preset]
  const url = servers ? {} : { url: 'https://cloud.example/dav' }
  const account = describeAccount({ preset, user: 'ada@example.org', ...url })
  expect(account).toMatchObject(servers ?? { contacts: 'https://cloud.example/dav' })
  expect(steps.length).toBeGreaterThan(0)
  expect(describeAccount({ preset, user: 'ada@example.org', ...url }).id).toBe(account.id)
  expect(describeAccount({ preset, user: 'bob@example.org', ...url }).id).not.toBe(account.id)
  expect(() =>
    describeAccount({ preset, user: 'ada', ...(servers ? { url: 'https://x.example' } : {}) }),
  ).toThrow()
})

test('an own server may be named without https://', () => {
  const account = describeAccount({ url: 'nas.example:8443/dav/', user: 'ada' })
  expect(account.contacts).toBe('https://nas.example:8443/dav/')
  expect(nameOf(account)).toBe('ada at nas.example:8443')
})

test.each([
  { user: 'ada' },
  { url: 'https://cloud.example' },
  { url: 'http://cloud.example', user: 'ada' },
  { url: 'http://192.168.1.2/', user: 'ada' },
  { url: 'http://127.0.0.1.example/', user: 'ada' },
  { url: 'ftp://cloud.example', user: 'ada' },
  { url: 'https://ada:secret@cloud.example', user: 'ada' },
  { url: 'https://', user: 'ada' },
  { preset: 'nowhere', user: 'ada' },
  { url: 'https://cloud.example', user: 'ada', colour: 'green' },
])('%j is refused', (options: Record<string, string>) => {
  expect(() => describeAccount(options)).toThrow(expect.objectContaining({ code: 'bad-input' }))
})

test.each(['http://127.0.0.1:5232', 'http://localhost:5232', 'http://[::1]:5232'])(
  '%s needs no encryption, since no one is in between',
  (url) => {
    expect(describeAccount({ url, user: 'ada' }).contacts).toBe(`${url}/`)
  },
)
