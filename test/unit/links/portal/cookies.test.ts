/** Cookies over TLS: bound to this host, unreadable for scripts, and never sent from elsewhere or in clear. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { startLan } from '../../lan/fixture.ts'
import { startPortal } from './fixture.ts'

it('a phone pairs over TLS with cookies that only our own pages carry', async () => {
  const { engine } = await startPortal()
  const { port, root } = await startLan(engine.phones)
  const { id, words } = await engine.call('pairing.start', {})

  async function call(method: string, input: unknown, cookie = ''): Promise<IncomingMessage> {
    const host = `ada-pc.local:${port}`
    const sent = request({
      ...{ host: '127.0.0.1', port, servername: 'ada-pc.local', ca: root, agent: false },
      ...{ method: 'POST', path: `/portal/api/${method}` },
      headers: { host, origin: `https://${host}`, 'content-type': 'application/json', cookie },
    })
    sent.end(JSON.stringify(input))
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return answer
  }

  const claim = await call('pair.claim', { secret: words, platform: 'android', device: '' })
  const [pairingCookie = ''] = claim.headers['set-cookie'] ?? []
  expect(pairingCookie).toMatch(
    /^__Host-sidekeep-pairing=[\w-]{43}; Path=\/; Max-Age=1800; HttpOnly; SameSite=Strict; Secure$/,
  )
  await engine.call('pairing.confirm', { pairing: id, as: { name: 'Pixel' } })
  const state = await call('pair.state', {}, pairingCookie.split(';')[0])
  expect(await json(state)).toMatchObject({ state: 'paired' })
  const [session = ''] = state.headers['set-cookie'] ?? []
  expect(session).toMatch(/^__Host-sidekeep=[\w-]{43}; .*HttpOnly; SameSite=Strict; Secure$/)
  expect((await call('setup.show', {}, session.split(';')[0])).statusCode).toBe(200)
  // A service in clear on the same host could set a cookie without the prefix.
  expect((await call('setup.show', {}, session.split(';')[0]!.replace('__Host-', ''))).statusCode).toBe(401)
})
