/** The DNS records by which services are found (RFC 6763, RFC 6764). */
import type { Announcement } from './announce.ts'

interface RecordHead {
  name: string
  /** Seconds that others may remember it. */
  ttl: number
  /** Nobody else speaks for this name: what was known of it before is to be forgotten (RFC 6762, 10.2). */
  flush?: boolean
}

export type ServiceRecord = RecordHead &
  (
    | { type: 'PTR' | 'A'; data: string }
    | { type: 'SRV'; data: { target: string; port: number } }
    | { type: 'TXT'; data: string[] }
  )

// As RFC 6762 (10) says: short for what has the host's name in it, which moves.
const HOST_TTL = 120
const OTHER_TTL = 4500

/** All records of the services, for the network in which this computer has this IPv4 address. */
export function serviceRecords(announcement: Announcement, address: string): ServiceRecord[] {
  const { host, instance, port, services } = announcement
  return [
    ...services.flatMap(({ type, txt }): ServiceRecord[] => {
      const domain = `${type}.local`
      const name = `${instance}.${domain}`
      const pairs = Object.entries(txt).map(([key, value]) => `${key}=${value}`)
      return [
        { name: '_services._dns-sd._udp.local', type: 'PTR', ttl: OTHER_TTL, data: domain },
        { name: domain, type: 'PTR', ttl: OTHER_TTL, data: name },
        { name, type: 'SRV', ttl: HOST_TTL, flush: true, data: { target: host, port } },
        { name, type: 'TXT', ttl: OTHER_TTL, flush: true, data: pairs },
      ]
    }),
    // The system's own responder speaks for the computer's name as well, so that nothing is to be forgotten here.
    { name: host, type: 'A', ttl: HOST_TTL, data: address },
  ]
}
