/** The portal as one request handler: pages, calls, uploads and downloads; who may ask for what, and how errors are answered. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type PortalMethod, portalContract, portalPaths } from '../../../preload/portal.ts'
import { answerJson } from '../../http/answer-json.ts'
import { discardRest, welcomeBody } from '../../http/body.ts'
import { setSafetyHeaders } from '../../http/safety-headers.ts'
import { hasLeft, troubleOf } from '../../http/trouble.ts'
import { Problem } from '../../problem.ts'
import { findSession } from '../../replica/browser-sessions.ts'
import { findPairedPhone } from '../../replica/phones.ts'
import type { Replica } from '../../replica/replica.ts'
import { readJson } from './body.ts'
import { readCookie, SESSION_COOKIE } from './cookies.ts'
import { isFromOurPages, isRead } from './origin.ts'
import type { Pages } from './pages.ts'
import { answerProblem, Refusal } from './refusal.ts'
import { answerTrusted, readTarget } from './target.ts'
import type { OpenRoute, PhoneVisit, PortalMethods, Route, Visit } from './visit.ts'

export interface PortalSettings {
  replica: Replica
  /** While this is false every request is answered 503. */
  ready: () => boolean
  pages: Pages
  /** A call that is not here is answered 404. */
  methods: Partial<PortalMethods>
  /** What answers below `/portal/<name>/`, for phones with a session. */
  routes: Readonly<Record<string, Route>>
  /** What answers at its first segment outside `/portal/`, for anyone. */
  openRoutes: Readonly<Record<string, OpenRoute>>
  /** Told of every error that is not the browser's. */
  log: (message: string, error: unknown) => void
}

// A phone may choose 50,000 photos; who is no phone yet has little to say.
const LARGEST_CALL = { phone: 4 * 1024 ** 2, anyone: 16 * 1024 }

/** Makes the handler for a node:http or node:https server, for its `checkContinue` event as well. */
export function createPortalHandler(settings: PortalSettings): RequestListener {
  const { replica, ready, pages, methods, routes, openRoutes, log } = settings

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSafetyHeaders(response)
    const visit: Visit = { request, response, address: request.socket.remoteAddress ?? '' }
    const target = readTarget(request)
    const { path, segments } = target
    if (path === portalPaths.trusted) return answerTrusted(response)
    if (!ready()) throw new Refusal(503, { 'Retry-After': '30' })
    const [first = '', room = '', ...rest] = segments
    const openRoute = ownValue(openRoutes, first)
    if (openRoute) return openRoute(visit, target)
    if (path.startsWith(portalPaths.api)) return call(rest.join('/'), visit)
    const route = ownValue(routes, room)
    if (!route) return pages.answer(visit, path)
    if (!isRead(request) && !isFromOurPages(request)) throw new Refusal(403)
    const asking = phoneVisit(visit)
    welcomeBody(request, response)
    await route(asking, rest)
  }

  async function call(name: string, visit: Visit): Promise<void> {
    if (visit.request.method !== 'POST') throw new Refusal(405, { Allow: 'POST' })
    if (!isFromOurPages(visit.request)) throw new Refusal(403)
    if (!Object.hasOwn(portalContract, name)) throw new Refusal(404)
    const method = name as PortalMethod
    const answering = methods[method]
    if (!answering) throw new Refusal(404)
    const { who, input, output } = portalContract[method]
    const asking = who === 'phone' ? phoneVisit(visit) : visit
    const checked = input.safeParse(await readJson(visit, LARGEST_CALL[who]))
    if (!checked.success)
      throw new Problem('bad-input', 'The page and the computer do not fit.', 'Load the page anew.')
    answerJson(visit.response, 200, output.parse(await answering(checked.data as never, asking as never)))
  }

  function phoneVisit(visit: Visit): PhoneVisit {
    const secret = readCookie(visit.request, SESSION_COOKIE)
    const phoneId = secret && findSession(replica, replica.world, secret)
    const phone = phoneId && findPairedPhone(replica, phoneId)
    if (!secret || !phone) throw new Refusal(401)
    return { ...visit, phone, session: secret }
  }

  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const refusal = refusalFor(error)
      if (refusal !== error && !hasLeft(request, error))
        log(`${request.method} ${loggedPath(request)} failed`, error)
      // Half an answer must not look like a whole one.
      if (response.headersSent) return response.destroy()
      if (!request.complete) discardRest(request)
      if (refusal instanceof Problem) return answerProblem(response, refusal)
      response.writeHead(refusal.status, { ...refusal.headers, 'Content-Length': '0' }).end()
    })
  }
}

/** What is answered to an error: itself when it is an answer, a full disk in words, other trouble with the disk 503. */
function refusalFor(error: unknown): Problem | Refusal {
  if (error instanceof Problem || error instanceof Refusal) return error
  const trouble = troubleOf(error)
  if (trouble === 'disk-full')
    return new Problem('disk-full', 'The disk of the computer is full.', 'Make room there, then try again.')
  return trouble === 'passing' ? new Refusal(503, { 'Retry-After': '30' }) : new Refusal(500)
}

function ownValue<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

// What follows the second segment may be a secret.
function loggedPath({ url = '/' }: IncomingMessage): string {
  return /^\/[^/?]*(\/[^/?]*)?/.exec(url)?.[0] ?? '/'
}
