/** When each phone's apps were here last: for the live check while they are set up, and to tell later whether they still sync. */
import type { Service } from '../preload/portal.ts'
import { noteUse } from './replica/credentials.ts'
import type { Reader, Replica } from './replica/replica.ts'

/** A request that an app made with its phone's password. */
export interface AppRequest {
  phoneId: string
  credential: number
  /** Null where the request does not tell yet what it comes for. */
  service: Service | null
  userAgent: string | undefined
}

export interface SeenService {
  service: Service
  firstSeenAt: number
  /** To the minute. */
  lastSeenAt: number
  /** Name of the program, as far as it says. */
  client: string | null
}

const SERVICES: readonly Service[] = ['contacts', 'calendar', 'photos', 'nextcloud']

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
        if (service === null) return
        tx.statement(
          `INSERT INTO phone_services (phone_id, service, first_seen_at, last_seen_at, client) VALUES (?1, ?2, ?3, ?3, ?4)
           ON CONFLICT DO UPDATE SET last_seen_at = ?3, client = coalesce(?4, client)`,
        ).run(phoneId, service, now, client)
      })
      .catch((error: unknown) => log('That an app was here could not be written down', error))
  }
}

/** What the phone's apps came for since it was paired last, in a fixed order. */
export function listServices(reader: Reader, phoneId: string): SeenService[] {
  const rows = reader
    .statement('SELECT service, first_seen_at, last_seen_at, client FROM phone_services WHERE phone_id = ?')
    .all(phoneId)
    .map((row) => ({
      service: row.service as Service,
      firstSeenAt: Number(row.first_seen_at),
      lastSeenAt: Number(row.last_seen_at),
      client: row.client === null ? null : String(row.client),
    }))
  return SERVICES.flatMap((service) => rows.filter((row) => row.service === service))
}

/** How people know the programs that phones come with, by what their `User-Agent` has in it. */
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/nextcloud/i, 'Nextcloud'],
  [/davx5/i, 'DAVx⁵'],
  [/photosync/i, 'PhotoSync'],
  [/foldersync/i, 'FolderSync'],
  [/\b(dataaccessd|accountsd|iOS)\b/, 'iPhone'],
]

function clientName(userAgent = ''): string | null {
  const known = CLIENTS.find(([pattern]) => pattern.test(userAgent))
  if (known) return known[1]
  return /^[\w.+ -]{1,40}/.exec(userAgent)?.[0].trim() || null
}
