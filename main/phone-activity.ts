/** Notes when phones' apps were here: for the live check while they are set up, and to tell later whether they still sync. */
import { noteUse } from './replica/credentials.ts'
import { noteService, type Service } from './replica/phone-services.ts'
import type { Replica } from './replica/replica.ts'

/** A request that an app made with its phone's password. */
export interface AppRequest {
  phoneId: string
  credential: number
  /** Null where the request does not tell yet what it comes for. */
  service: Service | null
  userAgent: string | undefined
}

// The first request is written down at once; of a sync with thousands, one each minute.
const WRITE_EVERY = 60_000
const MOST_REMEMBERED = 10_000

/** @returns what a link calls for every request that it let in. @param log hears when it could not be written down. */
export function createActivity(
  replica: Replica,
  log: (message: string, error: unknown) => void,
): (request: AppRequest) => void {
  const writtenAt = new Map<string, number>()

  return ({ phoneId, credential, service, userAgent }) => {
    const now = replica.world.now()
    const client = clientName(userAgent)
    const key = `${credential} ${service} ${client}`
    if (Math.abs(now - (writtenAt.get(key) ?? Number.NEGATIVE_INFINITY)) < WRITE_EVERY) return
    if (writtenAt.size >= MOST_REMEMBERED) writtenAt.clear()
    writtenAt.set(key, now)
    replica
      .write((tx) => {
        noteUse(tx, credential, now)
        if (service !== null) noteService(tx, phoneId, service, now, client)
      })
      .catch((error: unknown) => log('That an app was here could not be written down', error))
  }
}

/** How people know the programs that phones come with, by what their `User-Agent` has in it. */
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/nextcloud/i, 'Nextcloud'],
  [/davx5/i, 'DAVx⁵'],
  [/photosync/i, 'PhotoSync'],
  [/foldersync/i, 'FolderSync'],
  [/\b(dataaccessd|accountsd|iOS)\b/, 'iPhone'],
]

/** The name of the program behind a `User-Agent`, fit to be shown; null when it says nothing. */
export function clientName(userAgent = ''): string | null {
  const known = CLIENTS.find(([pattern]) => pattern.test(userAgent))
  if (known) return known[1]
  return /^[\w.+ -]{1,40}/.exec(userAgent)?.[0].trim() || null
}
