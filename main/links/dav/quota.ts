/** What a phone uses and may still store (RFC 4331): by default, what the disk of the photos has free. */
import { statfs } from 'node:fs/promises'
import { usedBytes } from '../../replica/files.ts'
import type { Replica } from '../../replica/replica.ts'
import type { Quota } from './exchange.ts'

export function diskQuota(replica: Replica): Quota {
  return {
    used: (phone) => usedBytes(replica, phone.id),
    async available() {
      const { bavail, bsize } = await statfs(replica.photos)
      return bavail * bsize
    },
  }
}
