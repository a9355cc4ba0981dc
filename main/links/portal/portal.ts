/** The portal, put together: what each of its parts answers, as one request handler. */
import type { RequestListener } from 'node:http'
import type { Reach } from '../../reach.ts'
import { closeSession } from '../../replica/browser-sessions.ts'
import type { Replica } from '../../replica/replica.ts'
import { SESSION_COOKIE, setCookie } from './cookies.ts'
import { openPages } from './pages.ts'
import { createPortalHandler } from './server.ts'
import type { PortalMethods } from './visit.ts'

export interface PortalParts {
  replica: Replica
  /** Folder of the pages that `npm run build` made. */
  pagesFolder: string
  /** Where phones reach us at this moment. */
  reach: () => Reach
  /** While this is false every request is answered 503. */
  ready: () => boolean
  /** Told of every error that is not the browser's. */
  log: (message: string, error: unknown) => void
}

export function createPortal({ replica, pagesFolder, ready, log }: PortalParts): RequestListener {
  return createPortalHandler({
    ...{ replica, ready, log },
    pages: openPages(pagesFolder),
    methods: {
      // uploads.methods, downloads.methods
      leave: leaveMethod(replica),
    },
    routes: {
      // uploads.routes, downloads.routes
    },
    openRoutes: {},
  })
}

function leaveMethod(replica: Replica): PortalMethods['leave'] {
  return async (_, visit) => {
    await replica.write((tx) => closeSession(tx, visit.session))
    setCookie(visit, SESSION_COOKIE, '', 0)
    return {}
  }
}
