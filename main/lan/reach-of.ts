/** Works out the URLs by which phones reach this computer. */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import type { Reach } from '../reach.ts'
import type { Certificates } from './certificates.ts'
import type { Network } from './network.ts'

/** @param host the address listened on; undefined for all. @param certificates null without TLS. */
export function reachOf(
  network: Network,
  host: string | undefined,
  port: number,
  certificates: Certificates | null,
): Reach {
  const scheme = certificates ? 'https' : 'http'
  const name = isEverywhere(host) ? (certificates?.name ?? network.name) : host
  const addresses = listenedOn(network, host)
  const root = certificates?.root ?? null
  const hosts = root === null ? [] : [...new Set([name, ...addresses])]
  return {
    url: urlOf(scheme, name, port),
    urlsByAddress: addresses.map((address) => urlOf(scheme, address, port)),
    welcomeUrls: hosts.map((one) => `${urlOf('http', one, port)}/`),
    root,
  }
}

/** Tells whether this address to listen on stands for all. */
export function isEverywhere(host: string | undefined): host is undefined | '0.0.0.0' | '::' {
  return host === undefined || host === '0.0.0.0' || host === '::'
}

/** Tells whether only programs on this computer reach it. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

function listenedOn({ addresses }: Network, host: string | undefined): string[] {
  if (host === '0.0.0.0') return addresses.filter(isIPv4)
  if (isEverywhere(host)) return addresses
  return isIP(host) ? [host] : []
}

function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
