/** Which servers may be asked, and told the password: those that the owner named, and the service's own. */
import { BlockList, isIP, isIPv6 } from 'node:net'
import { Problem } from '../../problem.ts'

export interface Trust {
  /** Where the account begins, as its owner named it. */
  servers: readonly URL[]
  /** The service's other servers are below these names. */
  domains: readonly string[]
  /** So may any server of the internet, for no password is told. */
  anywhere?: boolean
}

/** @throws Problem `bad-input` for an address that would show the password to the network. */
export function checkScheme(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname))) return
  throw new Problem(
    'bad-input',
    `${url.origin} is not encrypted; anyone in between could read the password and the data.`,
    'Use an address that begins with https://.',
  )
}

/** @throws Problem `not-allowed` when the server that we know sends us on to another one. */
export function checkTrusted(url: URL, { servers, domains, anywhere = false }: Trust): void {
  checkScheme(url)
  if (isNamed(url, servers)) return
  if (anywhere && url.protocol === 'https:' && !isInnerName(url.hostname)) return
  const isService = domains.some((domain) => url.hostname.endsWith(`.${domain}`) || url.hostname === domain)
  if (isService && url.protocol === 'https:' && url.port === '') return
  throw new Problem(
    'not-allowed',
    `The server sends us on to ${url.host}, which is not the one of this account.`,
    'If that is right, connect the account with that address.',
  )
}

/** Tells whether the owner named this very server; only such a one may lie in a private network. */
export function isNamed(url: URL, servers: readonly URL[]): boolean {
  return servers.some((server) => server.origin === url.origin)
}

function isLoopbackName(hostname: string): boolean {
  const name = withoutBrackets(hostname)
  return name === 'localhost' || (isIP(name) > 0 && isInside(LOOPBACK, name))
}

/** An address is not looked up, so it is judged as it is written. */
function isInnerName(hostname: string): boolean {
  const name = withoutBrackets(hostname)
  return isIP(name) > 0 && isInner(name)
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

// Special-purpose addresses that no public service has (RFC 6890 and its registries).
const INNER = new BlockList()
const INNER_IPV4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
]
for (const [net, prefix] of INNER_IPV4) INNER.addSubnet(net, prefix)
// Loopback and embedded IPv4 first, then what networks translate for themselves; `::ffff:…` is judged as the IPv4 it is.
const INNER_IPV6: [string, number][] = [
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]
for (const [net, prefix] of INNER_IPV6) INNER.addSubnet(net, prefix, 'ipv6')

/** Tells whether the address is this computer's, its network's, or otherwise not of the internet. */
export function isInner(address: string): boolean {
  return isInside(INNER, address)
}

function isInside(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
