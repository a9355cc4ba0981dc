/** New passwords in clear, for the pages that set apps up: in memory only, until an app was seen using them. */
import { listCredentials } from '../../replica/credentials.ts'
import type { Reader } from '../../replica/replica.ts'
import type { World } from '../../world.ts'

export interface FreshPassword {
  password: string
  /** The id of its credential. */
  credential: number
}

export interface FreshPasswords {
  keep(phoneId: string, fresh: FreshPassword): void
  /** Undefined when there is none, when it was seen working or taken away, or after half an hour. */
  find(phoneId: string): FreshPassword | undefined
}

/** The label of passwords that our pages show. */
export const PAGES_LABEL = 'pairing'

const LIFETIME = 30 * 60_000

export function createFreshPasswords(reader: Reader, world: World): FreshPasswords {
  const kept = new Map<string, FreshPassword & { until: number }>()

  function forgetOld(): void {
    for (const [phoneId, { credential, until }] of kept) {
      const unused = listCredentials(reader, phoneId).some(
        ({ id, firstUsedAt }) => id === credential && firstUsedAt === null,
      )
      if (!unused || until <= world.now()) kept.delete(phoneId)
    }
  }

  return {
    keep(phoneId, fresh) {
      forgetOld()
      kept.set(phoneId, { ...fresh, until: world.now() + LIFETIME })
    },
    find(phoneId) {
      forgetOld()
      return kept.get(phoneId)
    },
  }
}
