/** What this computer is called in its networks, and which of its addresses a phone is likely to reach. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { networkInterfaces } from 'node:os'

export type Interfaces = ReturnType<typeof networkInterfaces>

export interface Network {
  /** The name that stays when the address changes, such as `pc.local`. */
  name: string
  /** What a phone may be told, the likeliest first. Neither loopback, nor link-local IPv6: it means nothing without an interface. */
  addresses: string[]
  /** All that a certificate is made for. */
  names: string[]
  /** The networks to be found in. */
  links: Link[]
}

/** One interface and what it has. */
export interface Link {
  interface: string
  /** Its IPv4 address. */
  address: string
  /** Tells whether an IPv4 address is in the same network. */
  holds: (address: string) => boolean
}

// Of containers and virtual machines on this computer: no phone is behind them.
const VIRTUAL =
  /^(docker|br-[0-9a-f]{12}|veth|virbr|vmnet|vboxnet|lxc|lxd|cni|flannel|podman)|^vEthernet|VirtualBox|VMware/i

const PRIVATE = new BlockList()
PRIVATE.addSubnet('10.0.0.0', 8)
PRIVATE.addSubnet('172.16.0.0', 12)
PRIVATE.addSubnet('192.168.0.0', 16)

// An IPv4 address that a computer gives itself when there is no router (RFC 3927).
const SELF_GIVEN = new BlockList()
SELF_GIVEN.addSubnet('169.254.0.0', 16)

/** @param hostname as the system says it, with or without a domain. */
export function readNetwork(hostname: string, interfaces: Interfaces): Network {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  const name = `${host.split('.')[0]}.local`
  const all = Object.entries(interfaces)
    .flatMap(([label, held = []]) => held.map((one) => ({ ...one, label })))
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
  const real = all.filter(({ label }) => !VIRTUAL.test(label))
  const reachable = real.length > 0 ? real : all
  const addresses = reachable.map(({ address }) => address).sort((a, b) => rank(a) - rank(b))
  return {
    name,
    addresses: [...new Set(addresses)],
    names: [...new Set([name, host, 'localhost', '127.0.0.1', '::1', ...addresses])],
    links: reachable.filter(({ address }) => isIPv4(address)).map(toLink),
  }
}

function rank(address: string): number {
  if (isIPv6(address)) return 2
  if (PRIVATE.check(address)) return 0
  return SELF_GIVEN.check(address) ? 3 : 1
}

function toLink({ label, address, cidr }: { label: string; address: string; cidr: string | null }): Link {
  const subnet = new BlockList()
  subnet.addSubnet(address, Number(cidr?.split('/')[1] ?? 32))
  return { interface: label, address, holds: (other) => isIPv4(other) && subnet.check(other) }
}
