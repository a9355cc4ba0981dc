/** Accounts as their owners describe them. */
import { expect, test } from 'vitest'
import { describeAccount as describeBy, nameOf } from '../../../../main/links/cloud/accounts.ts'
import type { Dns } from '../../../../main/links/cloud/locate.ts'
import { PRESET_NAMES, PRESETS } from '../../../../main/links/cloud/presets.ts'
import { NO_DNS } from '../../../peers/cloud-fixture.ts'

const describeAccount = (options: Record<string, string>) => describeBy(options, NO_DNS)

test.each(PRESET_NAMES)('%s needs its user, and its url only where no one knows it', async (preset) => {
  const { servers, steps } = PRESETS[preset]
  const url = servers ? {} : { url: 'https://cloud.example/dav' }
  const account = await describeAccount({ preset, user: 'ada@example.org', ...url })
  expect(account).toMatchObject(servers ?? { contacts: 'https://cloud.example/dav' })
  expect(steps.length).toBeGreaterThan(0)
  expect((await describeAccount({ preset, user: 'ada@example.org', ...url })).id).toBe(account.id)
  expect((await describeAccount({ preset, user: 'bob@example.org', ...url })).id).not.toBe(account.id)
  const wrong = servers ? { url: 'https://x.example' } : {}
  await expect(describeAccount({ preset, user: 'ada', ...wrong })).rejects.toMatchObject({
    code: 'bad-input',
  })
})

test('an own server may be named without https://', async () => {
  const account = await describeAccount({ url: 'nas.example:8443/dav/', user: 'ada' })
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
])('%j is refused', async (options: Record<string, string>) => {
  await expect(describeAccount(options)).rejects.toMatchObject({ code: 'bad-input' })
})

test.each(['http://127.0.0.1:5232', 'http://localhost:5232', 'http://[::1]:5232'])(
  '%s needs no encryption, since no one is in between',
  async (url) => {
    expect((await describeAccount({ url, user: 'ada' })).contacts).toBe(`${url}/`)
  },
)

const dnsOf = (srv: Record<string, [string, number]>, txt: Record<string, string[][]> = {}): Dns => ({
  resolveSrv: async (name) => {
    const record = srv[name]
    if (!record) throw Object.assign(new Error('none'), { code: 'ENOTFOUND' })
    const unwanted = { name: 'spare.example.org', port: 1, priority: 9, weight: 9 }
    return [unwanted, { name: record[0], port: record[1], priority: 1, weight: 0 }]
  },
  resolveTxt: async (name) => {
    const records = txt[name]
    if (!records) throw Object.assign(new Error('none'), { code: 'ENODATA' })
    return records
  },
})

test('an e-mail address alone leads to its servers by DNS', async () => {
  const dns = dnsOf(
    { '_carddavs._tcp.example.org': ['dav.example.org', 8443] },
    { '_carddavs._tcp.example.org': [['path=/d', 'av/']] },
  )
  const account = await describeBy({ user: 'ada@Example.org' }, dns)
  expect(account).toMatchObject({
    contacts: 'https://dav.example.org:8443/dav/',
    calendar: 'https://example.org/',
  })
})

test('DNS that leads out of the domain is not believed without its owner’s word', async () => {
  const dns = dnsOf({ '_carddavs._tcp.example.org': ['dav.evil.example', 443] })
  await expect(describeBy({ user: 'ada@example.org' }, dns)).rejects.toMatchObject({
    code: 'not-allowed',
    next: expect.stringContaining('url=https://dav.evil.example/'),
  })
})

test('a domain without the service, and DNS that is down, are said to be so', async () => {
  const none = dnsOf({ '_carddavs._tcp.example.org': ['.', 0] })
  await expect(describeBy({ user: 'ada@example.org' }, none)).rejects.toMatchObject({ code: 'not-found' })
  const down = {
    ...NO_DNS,
    resolveSrv: () => Promise.reject(Object.assign(new Error(), { code: 'ETIMEOUT' })),
  }
  await expect(describeBy({ user: 'ada@example.org' }, down)).rejects.toMatchObject({ code: 'unreachable' })
})
