/** The checksum that a client sends along with a file, as `OC-Checksum: SHA1:…`, and how it is worked out. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CHECKSUM_KINDS, type Checksum, type ChecksumKind } from '../../replica/checksums.ts'

/** The checksum announced; undefined for none, and for one of a kind that we do not know. */
export function announcedChecksum({ headers }: IncomingMessage): Checksum | undefined {
  const [name, value] = String(headers['oc-checksum'] ?? '').split(':')
  const kind = checksumKind(name ?? '')
  return kind && value ? { kind, value: value.trim().toLowerCase() } : undefined
}

export function checksumKind(name: string): ChecksumKind | undefined {
  return CHECKSUM_KINDS.find((kind) => kind === name.trim().toUpperCase())
}

export interface Digest {
  update(bytes: Uint8Array): void
  /** Lower-case hex. */
  value(): string
}

export function createDigest(kind: ChecksumKind): Digest {
  if (kind === 'ADLER32') return createAdler32()
  const hash = createHash(kind.toLowerCase())
  return { update: (bytes) => void hash.update(bytes), value: () => hash.digest('hex') }
}

// RFC 1950, 8.2. So many bytes can be added before the sums would no longer be exact in 32 bits.
const ADLER_PRIME = 65_521
const ADLER_RUN = 5_552

function createAdler32(): Digest {
  let [low, high] = [1, 0]
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; at += ADLER_RUN) {
        const end = Math.min(bytes.length, at + ADLER_RUN)
        for (let n = at; n < end; n++) {
          low += bytes[n]!
          high += low
        }
        low %= ADLER_PRIME
        high %= ADLER_PRIME
      }
    },
    value: () => (((high << 16) | low) >>> 0).toString(16).padStart(8, '0'),
  }
}
