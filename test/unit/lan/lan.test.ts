import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { Agent } from 'node:https'
import { connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { LanSettings } from '../../../main/lan/lan.ts'
import { rootFile } from '../../../main/tls/own-certificate.ts'
import { askOverTls, interfaceWith, startLan } from './fixture.ts'

const DAY = 86_400_000
const hello: Parameters<typeof startLan>[0] = (_request, response) => void response.end('hello')

test('TLS and plain HTTP are answered on one port', async () => {
  const started = await startLan(hello)
  expect(await askOverTls(started, 'ada-pc.local')).toMatchObject({ status: 200, text: 'hello' })
  const plain = await fetch(`http://127.0.0.1:${started.port}/dav/`, { redirect: 'manual' })
  expect(plain.status).toBe(308)
  expect(plain.headers.get('location')).toBe(`https://127.0.0.1:${started.port}/dav/`)
})

test('both are known by their first byte, also when it comes alone', async () => {
  const started = await startLan(hello)
  const trickle = createServer(async (client) => {
    const server = connectTcp(started.port, '127.0.0.1')
    server.pipe(client)
    const [first] = (await once(client, 'data')) as [Buffer]
    client.pause()
    for (const piece of [first.subarray(0, 1), first.subarray(1, 3), first.subarray(3)]) {
      server.write(piece)
      await pause(20)
    }
    client.pipe(server)
  })
  await once(trickle.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void trickle.close())
  const { port } = trickle.address() as import('node:net').AddressInfo
  expect(await askOverTls({ ...started, port }, 'ada-pc.local')).toMatchObject({ text: 'hello' })
  const welcome = await fetch(`http://127.0.0.1:${port}/root.pem`)
  expect(await welcome.text()).toBe(started.root)
})

test('a long body over TLS arrives whole', async () => {
  const body = Buffer.alloc(5_000_000, 'sidekeep')
  const started = await startLan(async (asked, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of asked) chunks.push(chunk as Buffer)
    response.end(String(Buffer.concat(chunks).equals(body)))
  })
  const socket = connectTls({
    ...{ port: started.port, host: '127.0.0.1', servername: 'ada-pc.local', ca: started.root },
  })
  socket.write(`PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`)
  socket.write(body)
  const answer: Buffer[] = []
  for await (const chunk of socket) answer.push(chunk as Buffer)
  expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*true/)
})

test('a changed address gets a new certificate under the same root, while a client goes on', async () => {
  const started = await startLan(hello)
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const before = await askOverTls(started, 'ada-pc.local', { agent })
  await expect(askOverTls(started, '10.1.2.3')).rejects.toThrow(/altname/i)

  await started.pass(15_000, { wlan0: interfaceWith('10.1.2.3/16') })
  const after = await askOverTls(started, '10.1.2.3')
  expect(after.serial).not.toBe(before.serial)
  expect(await readFile(rootFile(started.tlsFolder), 'utf8')).toBe(started.root)
  const goesOn = await askOverTls(started, 'ada-pc.local', { agent })
  expect(goesOn).toMatchObject({ status: 200, localPort: before.localPort })
  expect(started.lan.reach.root).toBe(started.root)
  expect(started.reaches).toHaveLength(2)
  expect(started.logged).toEqual([])
})

test('services are announced in the networks of now, and taken back from those of before', async () => {
  const events: string[] = []
  const announce: LanSettings['announce'] = ({ host }, links) => {
    const where = `${host} at ${links.map(({ address }) => address).join(' and ')}`
    events.push(`announced ${where}`)
    return async () => void events.push(`took back ${where}`)
  }
  const started = await startLan(hello, { announce, host: '0.0.0.0' })
  const wifi = { wlan0: interfaceWith('10.1.2.3/16'), eth0: interfaceWith('192.168.7.9/24', 'fd00::9/64') }
  const told = started.lan.reach.url
  await started.pass(15_000, wifi)
  await expect.poll(() => events.length).toBe(3)
  // What accounts on phones were set up with.
  expect(started.lan.reach.url).toBe(told)
  await started.close()
  expect(events).toEqual([
    'announced ada-pc.local at 192.168.7.9',
    'took back ada-pc.local at 192.168.7.9',
    'announced ada-pc.local at 10.1.2.3 and 192.168.7.9',
    'took back ada-pc.local at 10.1.2.3 and 192.168.7.9',
  ])
  await startLan(hello, { announce, host: '127.0.0.1' })
  expect(events).toHaveLength(4)
})

test('a certificate is renewed before it ends', async () => {
  const started = await startLan(hello)
  const before = await askOverTls(started, 'ada-pc.local')
  await started.pass(300 * DAY)
  expect((await askOverTls(started, 'ada-pc.local')).serial).toBe(before.serial)
  await started.pass(50 * DAY)
  // Renewed for a clock that is ahead of the client's, so that only the certificate itself is looked at.
  const leaf = new X509Certificate(await readFile(join(started.tlsFolder, 'leaf.pem')))
  expect(leaf.serialNumber).not.toBe(before.serial)
  expect(leaf.verify(new X509Certificate(started.root).publicKey)).toBe(true)
})

test('what could not be told of a change is told at the next look', async () => {
  let broken = false
  const reached: string[] = []
  const started = await startLan(hello, {
    host: undefined,
    setReach: async ({ urlsByAddress }) => {
      if (broken) throw new Error('the disk is full')
      reached.push(...urlsByAddress.map((url) => new URL(url).hostname))
    },
  })
  broken = true
  await started.pass(15_000, { eth0: interfaceWith('10.0.0.1/8') })
  expect(started.logged.join()).toContain('the disk is full')
  broken = false
  void started.pass(15_000)
  await expect.poll(() => reached).toEqual(['192.168.7.9', '10.0.0.1'])
})

test('phones are told the page by name and by address', async () => {
  const { lan, port } = await startLan(hello, { host: '0.0.0.0' })
  expect(lan.reach.url).toBe(`https://ada-pc.local:${port}`)
  expect(lan.reach.welcomeUrls).toEqual([`http://ada-pc.local:${port}/`, `http://192.168.7.9:${port}/`])
})

test('a request that is on may end; silent and idle connections do not hold up the end', async () => {
  const { promise: asked, resolve: hear } = Promise.withResolvers<ServerResponse>()
  const started = await startLan((_request, response) => hear(response))
  const silent = connectTcp(started.port, '127.0.0.1')
  const busy = askOverTls(started, 'ada-pc.local', { agent: new Agent({ keepAlive: true }) })
  const answer = await asked
  const before = performance.now()
  const closed = started.close()
  await once(silent, 'close')
  answer.end('late')
  expect((await busy).text).toBe('late')
  await closed
  expect(performance.now() - before).toBeLessThan(2000)
})

test('a port that is taken and an address that is not ours are told in words', async () => {
  const started = await startLan(hello)
  await expect(startLan(hello, { port: started.port })).rejects.toMatchObject({ code: 'busy' })
  await expect(startLan(hello, { host: '192.0.2.77' })).rejects.toMatchObject({ code: 'bad-input' })
})

test('plain HTTP alone is for loopback only, and has no page of its own', async () => {
  await expect(startLan(hello, { certificates: null, host: '0.0.0.0' })).rejects.toThrow(/in clear/)
  const { port } = await startLan(hello, { certificates: null })
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello')
})
