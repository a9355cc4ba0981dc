/** A phones' side of the network on loopback, whose interfaces and clock the test owns. */
import { EventEmitter, once } from 'node:events'
import type { RequestListener } from 'node:http'
import { type Agent, type RequestOptions, request } from 'node:https'
import { isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { ownCertificates } from '../../../main/lan/certificates.ts'
import { type Lan, type LanSettings, openLan } from '../../../main/lan/lan.ts'
import type { Interfaces } from '../../../main/lan/network.ts'
import type { Reach } from '../../../main/reach.ts'
import type { Timers } from '../../../main/timers.ts'
import { openAuthority } from '../../../main/tls/own-certificate.ts'
import { realWorld } from '../../../main/world.ts'
import { temporaryFolder } from '../replica/fixture.ts'

export interface TestLan {
  lan: Lan
  close(): Promise<void>
  port: number
  /** In PEM form. */
  root: string
  tlsFolder: string
  reaches: Reach[]
  logged: string[]
  /** Lets this much time pass, gives the computer these interfaces, and looks at the network once. */
  pass(milliseconds: number, interfaces?: Interfaces): Promise<void>
}

/** An interface with these addresses. */
export function interfaceWith(...cidrs: string[]): NetworkInterfaceInfo[] {
  return cidrs.map((cidr) => {
    const address = cidr.split('/')[0]!
    const common = { address, netmask: '', mac: '02:00:00:00:00:01', internal: false, cidr }
    return address.includes(':')
      ? { ...common, family: 'IPv6' as const, scopeid: 0 }
      : { ...common, family: 'IPv4' as const }
  })
}

export async function startLan(
  phones: RequestListener,
  settings: Partial<LanSettings> = {},
): Promise<TestLan> {
  const tlsFolder = join(await temporaryFolder(), 'tls')
  let held: Interfaces = { eth0: interfaceWith('192.168.7.9/24') }
  let late = 0
  const world = { ...realWorld, now: () => realWorld.now() + late }
  const told = new EventEmitter()
  const looks = new Set<() => void>()
  const timers: Timers = {
    every(_, look) {
      looks.add(look)
      return () => looks.delete(look)
    },
  }
  const authority = await openAuthority(world, tlsFolder, 'ada-pc')
  const reaches: Reach[] = []
  const logged: string[] = []
  const lan = await openLan({
    ...{ world, timers, phones, host: '127.0.0.1', port: 0, announce: null },
    certificates: ownCertificates(authority),
    hostname: () => 'ada-pc',
    interfaces: () => held,
    setReach: async (reach) => {
      reaches.push(reach)
      told.emit('told')
    },
    log: (line) => {
      logged.push(line)
      told.emit('told')
    },
    ...settings,
  })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= lan.close())
  onTestFinished(close)
  return {
    ...{ lan, close, tlsFolder, reaches, logged, root: authority.root },
    port: Number(new URL(lan.reach.url).port),
    async pass(milliseconds, interfaces = held) {
      late += milliseconds
      held = interfaces
      const heard = once(told, 'told')
      for (const look of looks) look()
      await heard
    },
  }
}

export interface TlsAnswer {
  status: number
  text: string
  /** The client's port: the same for the same connection. */
  localPort: number
  /** Serial number of the certificate; empty for a connection that was used before. */
  serial: string
}

/** Asks over TLS as a client that trusts this root only. @param name name or address that it believes to talk to. */
export function askOverTls(
  { port, root }: Pick<TestLan, 'port' | 'root'>,
  name: string,
  options: RequestOptions & { agent?: Agent | false } = {},
): Promise<TlsAnswer> {
  const asked = {
    ...{ host: '127.0.0.1', port, path: '/', ca: root, agent: false as const },
    ...(isIP(name) ? { checkServerIdentity: believing(name) } : { servername: name }),
    ...options,
  }
  return new Promise((resolve, reject) => {
    const sent = request(asked, async (response) => {
      const socket = response.socket as TLSSocket
      const { localPort = 0 } = socket
      const serial = socket.getPeerX509Certificate()?.serialNumber ?? ''
      resolve({ status: response.statusCode!, text: await text(response), localPort, serial })
    })
    sent.on('error', reject).end()
  })
}

// An address is no server name in TLS (RFC 6066, 3).
function believing(address: string) {
  return (_: string, certificate: PeerCertificate) => checkServerIdentity(address, certificate)
}
