/** Remembers which phones turned our certificate down, so that their owners can be told why an app gets nowhere. */
import { LRUCache } from 'lru-cache'

export interface Distrust {
  note(address: string): void
  /** When something at this address last did, milliseconds since 1970; null when that is not known. */
  at(address: string): number | null
}

// More than a home network has.
const MOST_ADDRESSES = 1000

export function createDistrust(now: () => number): Distrust {
  const last = new LRUCache<string, number>({ max: MOST_ADDRESSES })
  return {
    note: (address) => void last.set(address, now()),
    at: (address) => last.get(address) ?? null,
  }
}

// The alerts of TLS that are about the server's certificate (RFC 8446, 6.2), as OpenSSL names them.
const CERTIFICATE_ALERT =
  /_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA)$/

/** Whether a connection failed because the other side does not trust our certificate. @param code of Node's error */
export function isDistrust(code: string): boolean {
  return CERTIFICATE_ALERT.test(code)
}
