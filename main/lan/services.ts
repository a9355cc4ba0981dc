/** What this computer offers phones in the network. Everyone there can read it: no secret belongs in it. */
import { X509Certificate } from 'node:crypto'
import type { Announcement } from './announce.ts'

/** @param root the root certificate in PEM form; null when phones need none of ours. */
export function ourServices(host: string, port: number, root: string | null): Announcement {
  // Accounts are found by it (RFC 6764, 4).
  const dav = { path: '/dav/' }
  const id = root === null ? {} : { id: idOf(root) }
  return {
    host,
    port,
    instance: `Sidekeep on ${host.replace(/\.local$/, '')}`,
    services: [
      { type: '_carddavs._tcp', txt: dav },
      { type: '_caldavs._tcp', txt: dav },
      { type: '_sidekeep._tcp', txt: { version: '1', ...id } },
    ],
  }
}

// SHA-256 of the root: a phone that knows it finds the same computer again, whatever its name and address are by then.
function idOf(root: string): string {
  return new X509Certificate(root).fingerprint256.replaceAll(':', '').toLowerCase()
}
