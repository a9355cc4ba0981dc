/** Where a phone's apps are told to go. */
import type { IncomingMessage } from 'node:http'
import type { Reach } from '../../reach.ts'

/** Where the DAV link has a phone's data. */
export interface Addresses {
  /** Where apps that look for the rest by themselves begin. */
  root: string
  principal: string
  carddav: string
  caldav: string
  files: string
}

/** @param server scheme, host and port. */
export type AddressesOf = (server: string, user: string) => Addresses

/**
 * The address to set apps up with: the one by which this phone came to us, for that works on it; a name may not, on an older Android.
 */
export function serverFor({ url, urlsByAddress }: Reach, request: IncomingMessage): string {
  const { host } = request.headers
  return [url, ...urlsByAddress].find((known) => new URL(known).host === host) ?? url
}
