/** Programs that look for services in the network find this computer; on loopback, and apart from the system's own responder. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Bonjour, type Service } from 'bonjour-service'
import multicastDns, { type MulticastDNS } from 'multicast-dns'
import { describe, expect, onTestFinished, test } from 'vitest'
import { announce } from '../../main/lan/announce.ts'
import type { Link } from '../../main/lan/network.ts'
import { ourServices } from '../../main/lan/services.ts'
import { makeRoot } from '../../main/tls/authority.ts'
import { realWorld } from '../../main/world.ts'

const HOST = 'ada-pc.local'
const LOOPBACK: Link = {
  interface: 'lo',
  address: '127.0.0.1',
  holds: (address) => address.startsWith('127.'),
}
const { certificate: root } = await makeRoot(realWorld, 'ada-pc')

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

const onLoopback = (port: number) => ({ port, interface: '127.0.0.1', bind: '0.0.0.0' })

function listener(options: Parameters<typeof multicastDns>[0]): MulticastDNS {
  const mdns = multicastDns(options)
  onTestFinished(() => mdns.destroy())
  return mdns
}

async function canMulticast(): Promise<boolean> {
  const port = await freeUdpPort()
  const [one, other] = [multicastDns(onLoopback(port)), multicastDns(onLoopback(port))]
  for (const mdns of [one, other]) mdns.on('error', () => undefined)
  const heard = once(one, 'query', { signal: AbortSignal.timeout(1000) })
  other.on('ready', () => other.query('probe.local', 'A'))
  const can = await heard.then(
    () => true,
    () => false,
  )
  one.destroy()
  other.destroy()
  return can
}

function startAnnouncing(mdnsPort: number, links: Link[] = [LOOPBACK]) {
  const logged: string[] = []
  const close = announce(ourServices(HOST, 8553, root), links, {
    now: realWorld.now,
    log: (line) => logged.push(line),
    mdnsPort,
  })
  let closing: Promise<void> | undefined
  const stop = () => {
    closing ??= close()
    return closing
  }
  onTestFinished(stop)
  return { logged, stop }
}

/** Those found so far, by type; none is forgotten unless it is taken back. */
function browse(port: number): Map<string, Service> {
  const bonjour = new Bonjour(onLoopback(port) as object)
  onTestFinished(() => bonjour.destroy())
  const found = new Map<string, Service>()
  for (const type of ['carddavs', 'caldavs', 'sidekeep']) {
    const browser = bonjour.find({ type })
    browser.on('up', (service: Service) => found.set(type, service))
    browser.on('down', () => found.delete(type))
  }
  return found
}

// No set-up can bring it where a machine has none.
describe.skipIf(!(await canMulticast()))('services in the network, by multicast on loopback', () => {
  test('a browser that asks finds all of them, where they are and what they say', async () => {
    const port = await freeUdpPort()
    const { logged } = startAnnouncing(port)
    const found = browse(port)
    await expect.poll(() => [...found.keys()].sort()).toEqual(['caldavs', 'carddavs', 'sidekeep'])
    for (const service of found.values()) {
      expect(service).toMatchObject({ name: 'Sidekeep on ada-pc', host: HOST, port: 8553 })
      expect(service.addresses).toEqual(['127.0.0.1'])
    }
    expect(found.get('carddavs')!.txt).toEqual({ path: '/dav/' })
    expect(found.get('caldavs')!.txt).toEqual({ path: '/dav/' })
    expect(found.get('sidekeep')!.txt).toEqual({
      version: '1',
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(logged).toEqual([])
  })

  test('one that listened before hears of them unasked, and of their end', async () => {
    const port = await freeUdpPort()
    const found = browse(port)
    const { stop } = startAnnouncing(port)
    await expect.poll(() => found.size).toBe(3)
    await stop()
    await expect.poll(() => found.size).toBe(0)
  })

  test('a simple resolver gets its answer at the port it asked from', async () => {
    const port = await freeUdpPort()
    startAnnouncing(port)
    const resolver = listener({ port, interface: '127.0.0.1', bind: false })
    const answer = once(resolver, 'response')
    resolver.query(HOST.toUpperCase(), 'A')
    const [{ answers, questions }] = await answer
    expect(answers).toMatchObject([{ name: HOST, type: 'A', data: '127.0.0.1', flush: false, ttl: 10 }])
    expect(questions).toHaveLength(1)
  })

  test('questions from other networks and about other names are not answered; a flood is answered once', async () => {
    const port = await freeUdpPort()
    const away: Link = { ...LOOPBACK, holds: () => false }
    const { stop } = startAnnouncing(port, [away])
    const resolver = listener(onLoopback(port))
    const heard: string[] = []
    resolver.on('response', ({ answers = [] }) => heard.push(answers.map(({ name }) => name).join()))
    // What is said unasked.
    await expect.poll(() => heard.length, { timeout: 3000 }).toBe(2)
    resolver.query(HOST, 'A')
    await stop()
    await expect.poll(() => heard.length).toBe(3)

    startAnnouncing(port)
    await expect.poll(() => heard.length, { timeout: 3000 }).toBe(5)
    for (let n = 0; n < 20; n++) resolver.query('_sidekeep._tcp.local', 'PTR')
    resolver.query('someone-else.local', 'A')
    resolver.query(HOST, 'SRV')
    await expect.poll(() => heard.length).toBe(6)
    expect(heard.at(-1)).toBe('_sidekeep._tcp.local')
  })

  test('another computer with the same name is told of, once', async () => {
    const port = await freeUdpPort()
    const here = { ...LOOPBACK, address: '127.0.0.2' }
    const { logged } = startAnnouncing(port, [LOOPBACK, here])
    const other = listener(onLoopback(port))
    // This computer may well be in a network twice, by cable and by Wi-Fi.
    other.respond([{ name: HOST, type: 'A', ttl: 120, data: '127.0.0.2' }])
    for (let n = 0; n < 3; n++) other.respond([{ name: HOST, type: 'A', ttl: 120, data: '127.9.9.9' }])
    await expect.poll(() => logged.length).toBe(1)
    expect(logged[0]).toContain('127.9.9.9')
  })
})

test('where the port cannot be shared it is told once, and nothing else happens', async () => {
  const taken = createSocket('udp4').bind(0)
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const { logged, stop } = startAnnouncing(taken.address().port, [LOOPBACK, LOOPBACK])
  await expect.poll(() => logged).toEqual([expect.stringContaining('EADDRINUSE')])
  await stop()
})

test('an address that is gone by now is told once, and nothing else happens', async () => {
  const gone: Link = { interface: 'eth9', address: '192.0.2.99', holds: () => true }
  const { logged, stop } = startAnnouncing(await freeUdpPort(), [gone])
  await expect.poll(() => logged.length).toBeGreaterThan(0)
  await stop()
  expect(new Set(logged).size).toBe(logged.length)
})
