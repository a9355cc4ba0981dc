/** Servers that lead astray, stall or flood get nothing, least of all the password. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { createTransport, type TransportOptions } from '../../../../main/links/cloud/transport.ts'
import { checkTrusted, isInner } from '../../../../main/links/cloud/trust.ts'
import { realWorld } from '../../../../main/world.ts'

let asked: IncomingMessage[] = []
afterEach(() => {
  asked = []
})

async function serve(answer: RequestListener): Promise<URL> {
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

function open(server: URL, options: Partial<TransportOptions> = {}) {
  const transport = createTransport({
    servers: [server],
    domains: [],
    credentials: { user: 'ada', password: 'pass' },
    random: realWorld.random,
    ...options,
  })
  onTestFinished(() => transport.close())
  return transport
}

const redirect =
  (to: (request: IncomingMessage) => string): RequestListener =>
  (request, response) =>
    response.writeHead(302, { location: to(request) }).end()

test('a redirect on the same server is followed with method and body', async () => {
  const bodies: string[] = []
  const url = await serve(async (request, response) => {
    if (request.url === '/') return void response.writeHead(301, { location: '/dav/' }).end()
    for await (const chunk of request) bodies.push(String(chunk))
    response.end('there')
  })
  const answer = await open(url).send('PROPFIND', url, { body: '<x/>' })
  expect(answer.url.pathname).toBe('/dav/')
  expect(asked.at(-1)).toMatchObject({ method: 'PROPFIND', url: '/dav/' })
  expect(bodies.join('')).toBe('<x/>')
})

test('no other server on this computer is asked, whoever sends us there', async () => {
  const other = await serve((_, response) => response.end('secret'))
  const url = await serve(redirect(() => other.href))
  await expect(open(url).send('GET', url)).rejects.toMatchObject({ code: 'not-allowed' })
  expect(asked).toHaveLength(1)
})

test.each([
  'https://elsewhere.example/',
  'https://169.254.169.254/',
  'http://elsewhere.example/',
  'file:///etc/passwd',
])('a redirect to %s is not followed', async (target) => {
  const url = await serve(redirect(() => target))
  await expect(open(url).send('GET', url)).rejects.toMatchObject({
    code: expect.stringMatching(/^(not-allowed|bad-input)$/),
  })
})

test('a service’s own name that leads into this computer is not asked', async () => {
  const url = await serve(redirect(() => 'https://localhost/'))
  await expect(open(url, { domains: ['localhost'] }).send('GET', url)).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('private network'),
  })
})

test('a ring of redirects ends', async () => {
  const url = await serve(redirect(({ url = '' }) => `${url}x`))
  await expect(open(url).send('GET', url)).rejects.toMatchObject({ code: 'unreachable' })
  expect(asked.length).toBeLessThan(10)
})

test('an endless answer is cut off', async () => {
  const url = await serve((_, response) => {
    const more = () => response.write(Buffer.alloc(65_536)) && setImmediate(more)
    response.on('drain', more)
    response.on('error', () => undefined)
    more()
  })
  const transport = open(url, { limits: { body: 1_000_000 } })
  await expect(transport.send('GET', url)).rejects.toThrow('too large')
})

test.each([
  ['does not answer', () => undefined],
  [
    'stops in the middle',
    (_: IncomingMessage, response: { write(text: string): void }) => response.write('half'),
  ],
])('a server that %s is given up', async (_, answer) => {
  const url = await serve(answer as RequestListener)
  const transport = open(url, { limits: { total: 200 } })
  await expect(transport.send('GET', url)).rejects.toMatchObject({ code: 'unreachable' })
})

test('a wrong password is said at once', async () => {
  const url = await serve((_, response) => response.writeHead(401).end())
  await expect(open(url).send('GET', url)).rejects.toMatchObject({ code: 'wrong-password' })
})

test('a cancelled request ends as cancelled', async () => {
  const url = await serve(() => undefined)
  const stop = new AbortController()
  const asking = open(url, { signal: stop.signal }).send('GET', url)
  stop.abort()
  await expect(asking).rejects.toMatchObject({ code: 'cancelled' })
})

test.each([
  ['https://p01-caldav.icloud.com/', true],
  ['https://icloud.com/', true],
  ['https://p01-caldav.icloud.com:8443/', false],
  ['https://evilicloud.com/', false],
  ['https://icloud.com.evil.example/', false],
  ['http://p01-caldav.icloud.com/', false],
])('the password of iCloud goes to %s: %s', (url, trusted) => {
  const trust = { servers: [new URL('https://caldav.icloud.com/')], domains: ['icloud.com'] }
  const check = () => checkTrusted(new URL(url), trust)
  if (trusted) expect(check).not.toThrow()
  else expect(check).toThrow()
})

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '192.168.0.1',
  '169.254.169.254',
  '::1',
  '::ffff:10.0.0.1',
  'fd00::1',
  'fe80::1',
])('%s is no address of the internet', (address) => expect(isInner(address)).toBe(true))

test.each(['93.184.215.14', '2606:2800:21f::1'])('%s is one', (address) =>
  expect(isInner(address)).toBe(false),
)
