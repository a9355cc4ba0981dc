/** The simulated phone: a store, a pairing and a sync that behaves as DAVx5 and a photo uploader do. */
import { type DavRequest, type DavSession, type Fault, openSession } from './dav-session.ts'
import { findHomes, type Homes, listRemoteCollections } from './discovery.ts'
import { emptyStore, type PhoneStore } from './phone-store.ts'
import { syncPhotos } from './photos.ts'
import { syncCollection } from './sync.ts'
import { newTally, type Tally } from './tally.ts'

export interface Pairing {
  /** The server's base URL, as its owner would type it or scan it. */
  url: string
  user: string
  password: string
  /** URL of the photo folder; without it photos stay on the phone. */
  files?: string
  /** PEM of a certificate authority to trust, for https. */
  ca?: string
}

export interface PhoneOptions {
  store?: PhoneStore
  /** How old an event may be to be on the phone, in days; null for all. DAVx5's default is 90. */
  pastEventDays?: number | null
  /** Most changes in one answer to sync-collection; null, as in DAVx5, sets no limit. */
  changesPerAnswer?: number | null
  now?: () => Date
  /** Called before each request; it may edit the phone, wait, or break the connection. */
  beforeRequest?: (request: DavRequest) => Fault | undefined | Promise<Fault | undefined>
}

export interface Phone {
  store: PhoneStore
  readonly pairing: Pairing
  readonly tally: Tally
  readonly session: DavSession
  /** No request gets out while it is set. */
  offline: boolean
  /**
   * One sync of everything. Running it again after an error goes on from where it was.
   * @throws ConnectionLost or HttpError.
   */
  sync(): Promise<void>
  /** Stops a running sync at once and leaves the phone as new, still paired: as when its battery is pulled and all is lost. */
  wipe(): void
  /** Sets the account up anew: after a reset, or with another password. What the phone holds stays. */
  pair(pairing: Pairing): void
  /** Stops a running sync and closes the connections. What the phone holds stays. */
  close(): void
}

export function createPhone(firstPairing: Pairing, options: PhoneOptions = {}): Phone {
  const now = options.now ?? (() => new Date())
  const { pastEventDays = 90, changesPerAnswer = null } = options
  let pairing = firstPairing
  let homes: Homes | null = null
  let session = connect()

  function connect(): DavSession {
    return openSession({
      user: pairing.user,
      password: pairing.password,
      ...(pairing.ca !== undefined && { ca: pairing.ca }),
      beforeRequest: (request) => (phone.offline ? 'before-sending' : options.beforeRequest?.(request)),
    })
  }

  function reconnect(): void {
    session.close()
    session = connect()
    homes = null
  }

  const phone: Phone = {
    store: options.store ?? emptyStore(),
    tally: newTally(),
    offline: false,
    get pairing() {
      return pairing
    },
    get session() {
      return session
    },
    async sync() {
      // A wipe gives the phone another store and session; this run keeps to its own.
      const run = { store: phone.store, session, tally: phone.tally }
      const found = homes ?? (await findHomes(run.session, new URL(pairing.url)))
      if (run.session === session) homes = found
      await refreshCollections(run.session, found, run.store, run.tally)
      for (const collection of run.store.collections.values()) {
        await syncCollection(run.session, collection, run.tally, { pastEventDays, changesPerAnswer, now })
      }
      if (pairing.files) await syncPhotos(run.session, new URL(pairing.files), run.store, run.tally)
    },
    wipe() {
      reconnect()
      phone.store = emptyStore()
    },
    pair(next) {
      pairing = next
      reconnect()
    },
    close() {
      session.close()
    },
  }
  return phone
}

/** Takes over which collections there are; one that is gone from the server goes from the phone with its items. */
async function refreshCollections(
  session: DavSession,
  homes: Homes,
  store: PhoneStore,
  tally: Tally,
): Promise<void> {
  const remote = await listRemoteCollections(session, homes)
  const urls = new Set(remote.map(({ url }) => url))
  for (const [url, { items }] of store.collections) {
    if (urls.has(url)) continue
    tally.deletedHere += items.size
    store.collections.delete(url)
  }
  for (const { url, kind, displayName } of remote) {
    const known = store.collections.get(url)
    if (known) known.displayName = displayName
    else store.collections.set(url, { url, kind, displayName, state: null, items: new Map() })
  }
}
