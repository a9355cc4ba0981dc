/** The portal, put together: what each of its parts answers, as one request handler. */
import type { RequestListener } from 'node:http'
import type { Thumbnails } from '../../photos/thumbnails.ts'
import type { Reach } from '../../reach.ts'
import { closeSession } from '../../replica/browser-sessions.ts'
import type { Replica } from '../../replica/replica.ts'
import type { Points } from '../../restore/point.ts'
import type { AddressesOf } from './addresses.ts'
import { SESSION_COOKIE, setCookie } from './cookies.ts'
import { createDownloads } from './downloads/downloads.ts'
import type { FreshPasswords } from './fresh-passwords.ts'
import { createLoginFlow } from './login-flow.ts'
import { openPages } from './pages.ts'
import type { Pairings } from './pairing.ts'
import { pairingCalls } from './pairing-calls.ts'
import { createProfileDownloads } from './profile-downloads.ts'
import { createPortalHandler } from './server.ts'
import { setupMethods } from './setup.ts'
import { createUploads } from './uploads/uploads.ts'
import type { PortalMethods } from './visit.ts'

export interface PortalParts {
  replica: Replica
  /** Folder of the pages that `npm run build` made. */
  pagesFolder: string
  /** Where phones reach us at this moment. */
  reach: () => Reach
  /** Where the DAV link has a phone's data. */
  addressesOf: AddressesOf
  pairings: Pairings
  freshPasswords: FreshPasswords
  points: Points
  thumbnails: Thumbnails
  /** While this is false every request is answered 503. */
  ready: () => boolean
  /** Told of every error that is not the browser's. */
  log: (message: string, error: unknown) => void
}

export function createPortal(parts: PortalParts): RequestListener {
  const { replica, pagesFolder, ready, log, pairings, reach } = parts
  const profiles = createProfileDownloads(parts)
  const loginFlow = createLoginFlow(replica, reach)
  const uploads = createUploads({ replica, log })
  const downloads = createDownloads(parts)
  const methods: PortalMethods = {
    ...pairingCalls(pairings),
    ...setupMethods({ ...parts, profiles }),
    ...loginFlow.methods,
    ...uploads.methods,
    ...downloads.methods,
    leave: leaveMethod(replica),
  }
  return createPortalHandler({
    ...{ replica, ready, log, methods },
    pages: openPages(pagesFolder),
    routes: { profile: profiles.route, ...uploads.routes, ...downloads.routes },
    openRoutes: { 'index.php': loginFlow.route, login: loginFlow.route },
  })
}

function leaveMethod(replica: Replica): PortalMethods['leave'] {
  return async (_, visit) => {
    await replica.write((tx) => closeSession(tx, visit.session))
    setCookie(visit, SESSION_COOKIE, '', 0)
    return {}
  }
}
