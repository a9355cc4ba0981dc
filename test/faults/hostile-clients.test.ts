/** Clients that are slow, stuck or out to harm get a clear answer or a closed line, and hold up nobody else. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LanLimits } from '../../main/lan/lan.ts'
import { startDav } from '../peers/dav-fixture.ts'
import { askOverTls, startLan, type TestLan } from '../unit/lan/fixture.ts'

const SHORT: Partial<LanLimits> = {
  ...{ firstByteTimeout: 150, handshakeTimeout: 200, headersTimeout: 200, stallTimeout: 300 },
  ...{ connections: 40, connectionsPerAddress: 20 },
}
const LATE = 3000

/** Reads the whole body before it answers. */
const readAll: RequestListener = async (request, response) => {
  try {
    await finished(request.pipe(new Writable({ write: (_chunk, _encoding, done) => done() })))
    response.end('stored')
  } catch {
    response.destroy()
  }
}

const start = (limits: Partial<LanLimits> = {}) => startLan(readAll, { limits: { ...SHORT, ...limits } })

function tcp({ port }: TestLan, address = '127.0.0.1'): Socket {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress: address })
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

async function tls({ port, root }: TestLan): Promise<Socket> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'ada-pc.local', ca: root })
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** What came until the line was closed, and after how many milliseconds that was. */
async function untilClosed(socket: Socket): Promise<{ said: string; after: number }> {
  const from = performance.now()
  let said = ''
  socket.on('data', (chunk) => {
    said += chunk
  })
  if (!socket.closed) await once(socket, 'close')
  return { said, after: performance.now() - from }
}

/** Others are served as if nothing were. */
async function isWell(started: TestLan): Promise<void> {
  expect(await askOverTls(started, 'ada-pc.local')).toMatchObject({ status: 200, text: 'stored' })
}

/** The same, once the flood has run off. */
async function getsWell(started: TestLan): Promise<void> {
  await expect.poll(() => askOverTls(started, 'ada-pc.local').catch(String)).toMatchObject({ status: 200 })
}

test('who says nothing is cut off', async () => {
  const started = await start()
  const { said, after } = await untilClosed(tcp(started))
  expect(said).toBe('')
  expect(after).toBeLessThan(LATE)
})

test('who begins TLS and does not go on is cut off', async () => {
  const started = await start()
  const socket = tcp(started)
  socket.write(Buffer.from([0x16, 3, 1, 2, 0]))
  expect((await untilClosed(socket)).after).toBeLessThan(LATE)
  await isWell(started)
})

test('what is neither TLS nor HTTP is answered 400, and what is no TLS after all is cut off', async () => {
  const started = await start()
  const garbage = tcp(started)
  garbage.write('\0\x01\x02 nonsense\r\n\r\n')
  expect((await untilClosed(garbage)).said).toMatch(/^HTTP\/1.1 400 /)
  const record = tcp(started)
  record.write(Buffer.concat([Buffer.from([0x16]), Buffer.alloc(1000, 0xff)]))
  await untilClosed(record)
  await isWell(started)
})

describe.each([
  ['TLS', tls],
  ['plain HTTP', async (started: TestLan) => tcp(started)],
] as const)('over %s', (_, connect) => {
  test('headers that trickle in are answered 408', async () => {
    const started = await start()
    const socket = await connect(started)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    const trickle = setInterval(() => socket.write('X-A: b\r\n'), 20)
    onTestFinished(() => clearInterval(trickle))
    const { said, after } = await untilClosed(socket)
    clearInterval(trickle)
    expect(said).toMatch(/^HTTP\/1.1 408 /)
    expect(after).toBeLessThan(LATE)
    await isWell(started)
  })

  test('a second request that trickles in on the same connection is answered 408, too', async () => {
    const started = await start()
    const socket = await connect(started)
    socket.write('GET /root.pem HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    socket.write('GET /')
    expect((await untilClosed(socket)).said).toMatch(/^HTTP\/1.1 408 |\r\nHTTP\/1.1 408 /)
  })

  test.each([
    ['one that is too long', `X-A: ${'a'.repeat(20_000)}\r\n`],
    ['too many long ones', `X-A: ${'a'.repeat(900)}\r\n`.repeat(30)],
    ['too many short ones', 'a:b\r\n'.repeat(150)],
  ])('headers without end are answered 431: %s', async (_name, headers) => {
    const started = await start()
    const socket = await connect(started)
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
    expect((await untilClosed(socket)).said).toMatch(/^HTTP\/1.1 431 /)
    await isWell(started)
  })

  test('as many headers as a browser sends are fine', async () => {
    const started = await start()
    const socket = await connect(started)
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${'a:b\r\n'.repeat(90)}\r\n`)
    expect((await untilClosed(socket)).said).toMatch(/^HTTP\/1.1 200 /)
  })

  test('an idle connection is closed after a while', async () => {
    const started = await start({ keepAliveTimeout: 200 })
    const socket = await connect(started)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const { said, after } = await untilClosed(socket)
    expect(said).toMatch(/^HTTP\/1.1 200 /)
    expect(after).toBeLessThan(LATE)
  })
})

test('a body that stalls is answered 408', async () => {
  const started = await start()
  const socket = await tls(started)
  socket.write('PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc')
  const { said, after } = await untilClosed(socket)
  expect(said).toMatch(/^HTTP\/1.1 408 /)
  expect(after).toBeLessThan(LATE)
  await isWell(started)
})

test('an upload that stalls leaves nothing behind', async () => {
  await using dav = await startDav()
  const started = await startLan(dav.handler, { limits: SHORT })
  const path = `${dav.phone.files}IMG_1.jpg`
  const socket = await tls(started)
  socket.write(`PUT ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${dav.phone.authorization}\r\n`)
  socket.write('Content-Length: 1000000\r\n\r\nabc')
  expect((await untilClosed(socket)).said).toMatch(/^HTTP\/1.1 408 /)
  expect((await dav.send('GET', path)).status).toBe(404)
  await expect.poll(() => readdirSync(join(dav.folder, 'Photos', '.incoming'))).toEqual([])
  expect(dav.logged).toEqual([])
})

test('a body that breaks the rules is answered 400', async () => {
  const started = await start()
  const socket = await tls(started)
  socket.write('PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n')
  expect((await untilClosed(socket)).said).toMatch(/^HTTP\/1.1 400 /)
  await isWell(started)
})

test('a body that comes slowly but steadily is taken', async () => {
  const started = await start()
  const socket = await tls(started)
  socket.write('PUT /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 12\r\n\r\n')
  let left = 12
  const drip = setInterval(() => left-- > 0 && socket.write('x'), 100)
  onTestFinished(() => clearInterval(drip))
  const { said, after } = await untilClosed(socket)
  clearInterval(drip)
  expect(said).toMatch(/^HTTP\/1.1 200 /)
  expect(after).toBeGreaterThan(SHORT.stallTimeout! * 2)
})

test('an answer that nobody takes is cut off', async () => {
  const gone = Promise.withResolvers<void>()
  const started = await startLan(
    (_request, response) => {
      response.once('close', gone.resolve)
      response.end(Buffer.alloc(64 * 1024 ** 2))
    },
    { limits: SHORT },
  )
  const socket = await tls(started)
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await gone.promise
})

test('one address gets only so many connections, and others go on', async () => {
  const started = await start({ firstByteTimeout: 2000 })
  const flood = Array.from({ length: 30 }, () => tcp(started))
  await expect.poll(() => flood.filter(({ closed }) => closed).length).toBe(10)
  const other = tcp(started, '127.0.0.2')
  other.write('GET /root.pem HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  expect((await untilClosed(other)).said).toMatch(/^HTTP\/1.1 200 /)
  for (const socket of flood) socket.destroy()
  await getsWell(started)
})

test('all addresses together get only so many connections, and those that end make room', async () => {
  const started = await start({ firstByteTimeout: 2000 })
  const flood = [1, 2, 3].flatMap((last) => Array.from({ length: 18 }, () => tcp(started, `127.0.0.${last}`)))
  await expect.poll(() => flood.filter(({ closed }) => closed).length).toBe(14)
  for (const socket of flood) socket.destroy()
  await getsWell(started)
})

test('a flood of connections that are dropped at once does no harm', async () => {
  const started = await start()
  for (let round = 0; round < 20; round++) {
    const flood = Array.from({ length: 15 }, () => tcp(started))
    await Promise.all(flood.map((socket) => once(socket, 'connect')))
    flood.forEach((socket, n) => {
      if (n % 3 === 0) socket.resetAndDestroy()
      else if (n % 3 === 1) socket.end(Buffer.from([0x16]))
      else socket.destroy()
    })
  }
  await getsWell(started)
})
