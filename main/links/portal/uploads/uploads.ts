/** Photos from the phone's browser: resumable uploads by tus 1.0, what need not be sent, and the proof that all is there. */
import type { IncomingMessage } from 'node:http'
import { Server } from '@tus/server'
import { portalPaths } from '../../../../preload/portal.ts'
import { discardRest } from '../../../http/body.ts'
import { doubtsOf } from '../../../photos/doubts.ts'
import { Problem } from '../../../problem.ts'
import { findPhone } from '../../../replica/phones.ts'
import { findPhotosByHash, isFilmHere, type StoredPhoto } from '../../../replica/photo-listing.ts'
import type { Replica } from '../../../replica/replica.ts'
import { isIntact, isThere } from '../../../replica/stored-bytes.ts'
import { Refusal, statusOf } from '../refusal.ts'
import { createSend } from '../send/send.ts'
import type { PhoneVisit, PortalMethods, Route } from '../visit.ts'
import { createLocker } from './locker.ts'
import type { Told } from './metadata.ts'
import { UploadRefusal, UploadStore } from './upload-store.ts'
import { sendWebResponse, webRequest } from './web-exchange.ts'

export interface UploadSettings {
  replica: Replica
  /** Told of every error that is not the browser's. */
  log: (message: string, error: unknown) => void
}

export interface Uploads {
  methods: Pick<PortalMethods, 'photos.known' | 'photos.verify'>
  routes: { uploads: Route; send: Route }
}

const LARGEST_FILE = 1024 ** 4
const LONGEST_METADATA = 4096
// How long a request waits for another of the same upload, and how soon that one is asked to end, in milliseconds.
const PATIENCE = 10_000
const GRACE = 500

export function createUploads({ replica, log }: UploadSettings): Uploads {
  const rooms = new Map<string, Room>()

  function roomOf(phoneId: string): Room {
    const room = rooms.get(phoneId) ?? openRoom(replica, phoneId, log)
    rooms.set(phoneId, room)
    return room
  }

  async function verify(hash: string, { phone }: PhoneVisit) {
    const [photo] = findPhotosByHash(replica, phone.id, hash)
    if (!photo) return { hash, stored: false, doubts: [] }
    const { contentId } = photo
    const doubts = doubtsOf(
      { ...photo, name: nameOf(photo) },
      {
        platform: phone.platform,
        picked: roomOf(phone.id).picked.get(hash) ?? null,
        filmIsHere: contentId !== null && isFilmHere(replica, phone.id, contentId),
      },
    )
    return { hash, stored: await isIntact(replica, photo), doubts }
  }

  return {
    methods: {
      async 'photos.known'({ hashes }, { phone }) {
        const known: string[] = []
        for (const hash of new Set(hashes)) {
          const [photo] = findPhotosByHash(replica, phone.id, hash)
          if (photo && (await isThere(replica, photo.fileId))) known.push(hash)
        }
        return { known }
      },
      async 'photos.verify'({ hashes }, visit) {
        const files: Awaited<ReturnType<typeof verify>>[] = []
        for (const hash of hashes) files.push(await verify(hash, visit))
        return { files }
      },
    },
    routes: {
      async uploads({ request, response, phone }, rest) {
        checkTarget(request, rest)
        await sendWebResponse(response, await roomOf(phone.id).server.handleWeb(webRequest(request)))
        // What was refused may still be coming in.
        if (!request.complete && !request.destroyed) discardRest(request)
      },
      send: createSend(replica),
    },
  }
}

/** One phone's side of the uploads: nothing in it can reach another's. */
interface Room {
  server: Server
  /** How the page said that files were picked, by hash; for those of this run of the engine. */
  picked: Map<string, NonNullable<Told['picked']>>
}

const MOST_PICKED = 20_000

function openRoom(replica: Replica, phoneId: string, log: UploadSettings['log']): Room {
  const picked: Room['picked'] = new Map()
  const store = new UploadStore(
    replica,
    phoneId,
    () => findPhone(replica, phoneId)!,
    (told) => {
      if (told.picked && picked.size < MOST_PICKED) picked.set(told.sha256, told.picked)
    },
  )
  const server = new Server({
    path: portalPaths.uploads.replace(/\/$/, ''),
    relativeLocation: true,
    datastore: store,
    locker: createLocker(PATIENCE),
    lockDrainTimeout: GRACE,
    maxSize: LARGEST_FILE,
    // Our own pages need no leave, and no others get it.
    allowedOrigins: () => false,
    namingFunction: () => replica.world.random(16).toString('hex'),
    getFileIdFromRequest: (_, id) => (id !== undefined && /^[0-9a-f]{32}$/.test(id) ? id : undefined),
    async onUploadFinish(_, { id }) {
      const added = store.added(id)
      // What is not told by tus: whether the file was new.
      return { headers: added ? { 'Sidekeep-Outcome': added.outcome } : {} }
    },
    onResponseError: (_, error) => refusalOf(error, log),
  })
  return { server, picked }
}

/** The status and words for an error; what is ours to mend is logged, and told to nobody else. */
function refusalOf(
  error: Error | { status_code: number; body: string },
  log: UploadSettings['log'],
): { status_code: number; body: string } {
  if (error instanceof Problem) return new UploadRefusal(statusOf(error), error)
  if ('status_code' in error) return error
  log('An upload failed', error)
  return { status_code: 500, body: '' }
}

/** @throws Refusal for what is no request of tus, or too much of one. */
function checkTarget({ method = '', headers }: IncomingMessage, rest: string[]): void {
  const allowed = rest.length === 0 ? ['POST', 'OPTIONS'] : ['HEAD', 'PATCH', 'DELETE', 'OPTIONS']
  if (rest.length > 1) throw new Refusal(404)
  if (!allowed.includes(method)) throw new Refusal(405, { Allow: allowed.join(', ') })
  if (String(headers['upload-metadata'] ?? '').length > LONGEST_METADATA) throw new Refusal(400)
}

function nameOf({ name }: StoredPhoto): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
