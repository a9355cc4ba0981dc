/** The phones' side of the network: one port, its certificate and its names, kept right while the network changes. */
import type { RequestListener } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { Problem } from '../problem.ts'
import type { Reach } from '../reach.ts'
import type { Timers } from '../timers.ts'
import { takeTurns } from '../turns.ts'
import type { World } from '../world.ts'
import type { Announcement } from './announce.ts'
import type { Certificates } from './certificates.ts'
import { createDistrust } from './distrust.ts'
import { createFront, type FrontLimits } from './front.ts'
import { changeCertificate, type HttpLimits, httpServer, httpsServer } from './http-servers.ts'
import { type Interfaces, type Link, readNetwork } from './network.ts'
import { isEverywhere, isLoopback, reachOf } from './reach-of.ts'
import { ourServices } from './services.ts'
import { watchNetwork } from './watch.ts'
import { welcomeHandler } from './welcome.ts'

export interface LanSettings {
  world: World
  timers: Timers
  hostname: () => string
  interfaces: () => Interfaces
  /** The address to listen on; undefined for all. */
  host: string | undefined
  /** 0 takes any free one. */
  port: number
  /** Null speaks plain HTTP, on loopback only. */
  certificates: Certificates | null
  /**
   * Announces services in these networks until the function it returns is called; null lets no phone find us by itself. Not called when
   * bound to loopback, where nobody would look.
   */
  announce: ((services: Announcement, links: readonly Link[]) => () => Promise<void>) | null
  /** Answers phones. */
  phones: RequestListener
  /** Told where phones reach us, at the beginning and after each change. */
  setReach: (reach: Reach) => Promise<void>
  limits?: Partial<LanLimits>
  log: (line: string) => void
}

export type LanLimits = FrontLimits & HttpLimits

export interface Lan {
  /** As it is now. */
  readonly reach: Reach
  /** Lets what is being answered come to its end, for three seconds. */
  close(): Promise<void>
}

const LIMITS: LanLimits = {
  connections: 512,
  connectionsPerAddress: 96,
  firstByteTimeout: 10_000,
  handshakeTimeout: 15_000,
  headersTimeout: 20_000,
  headerBytes: 16 * 1024,
  headers: 100,
  stallTimeout: 120_000,
  keepAliveTimeout: 60_000,
}

// A phone that is in the middle of an upload may finish it.
const LAST_REQUESTS = 3000

/** @throws Problem `bad-input` for plain HTTP beyond loopback and for an address that is not ours, `busy` when the port is taken. */
export async function openLan(settings: LanSettings): Promise<Lan> {
  const { world, timers, hostname, interfaces, host, certificates, phones, setReach, log } = settings
  if (certificates === null && !isLoopback(host)) throw inClear()
  const limits = { ...LIMITS, ...settings.limits }
  const inTurn = takeTurns()
  let network = readNetwork(hostname(), interfaces())
  const names = () => [...network.names, ...(isEverywhere(host) ? [] : [host])]

  let certificate = certificates && (await certificates.current(names()))
  const distrust = createDistrust(world.now)
  const secure = certificate && httpsServer(limits, certificate, phones, distrust.note)
  const root = certificates?.root ?? null
  const welcome = () => welcomeHandler({ root, computer: hostname(), url: () => reach.url, hosts: names })
  const plain = httpServer(limits, certificates ? await welcome() : phones)
  const front = createFront(limits, plain, secure)
  await listen(front.server, host, settings.port)
  // A connection that could not be taken, for want of file handles, say, is no reason to end.
  front.server.on('error', (error) => log(`A phone could not connect: ${error.message}`))
  const { port } = front.server.address() as AddressInfo

  const reachNow = (): Reach => ({
    ...reachOf(network, host, port, certificates),
    ...(secure && { distrustedAt: distrust.at }),
  })
  let reach = reachNow()
  try {
    await setReach(reach)
  } catch (error) {
    await front.close(0)
    throw error
  }
  let silence = startAnnouncing()

  function startAnnouncing(): () => Promise<void> {
    if (settings.announce === null || isLoopback(host)) return async () => undefined
    const links = network.links.filter(({ address }) => isEverywhere(host) || address === host)
    return settings.announce(ourServices(network.name, port, root), links)
  }

  let trouble = ''
  async function followNetwork(): Promise<void> {
    network = readNetwork(hostname(), interfaces())
    const renewed = certificates && (await certificates.current(names()))
    if (secure && renewed && renewed.cert !== certificate?.cert) changeCertificate(secure, renewed)
    certificate = renewed
    reach = reachNow()
    await setReach(reach)
    await silence()
    silence = startAnnouncing()
    trouble = ''
  }

  let failures = 0
  const failed = (error: unknown) => {
    failures += 1
    const reason = error instanceof Error ? error.message : String(error)
    if (reason !== trouble) log(`The network changed, and phones cannot be told yet: ${reason}`)
    trouble = reason
  }
  const unwatch = watchNetwork({
    timers,
    now: world.now,
    // What failed is tried again at the next look.
    look: () => JSON.stringify([hostname(), interfaces(), failures]),
    changed: () => void inTurn(followNetwork).catch(failed),
  })
  return {
    get reach() {
      return reach
    },
    async close() {
      unwatch()
      await inTurn(() => silence())
      await front.close(LAST_REQUESTS)
    },
  }
}

async function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => reject(problemOf(error, host, port))
    server.once('error', failed)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function problemOf(error: NodeJS.ErrnoException, host: string | undefined, port: number): Error {
  const { code = '' } = error
  if (code === 'EADDRINUSE')
    return new Problem('busy', `Port ${port} is taken by another program.`, 'Choose another one with --port.')
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new Problem(
      'bad-input',
      `This computer has no address ${host}.`,
      'Leave --host out to listen on all.',
    )
  return error
}

function inClear(): Problem {
  return new Problem(
    'bad-input',
    'Without TLS, passwords and photos would cross the network in clear.',
    'Leave --no-tls out, or serve on 127.0.0.1 only.',
  )
}
