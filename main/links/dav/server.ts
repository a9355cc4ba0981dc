/** The DAV server as one request handler: who asks, for what, by which method; and how errors are answered. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { XmlError } from '../../formats/xml.ts'
import { discardRest, welcomeBody } from '../../http/body.ts'
import { hasLeft, troubleOf } from '../../http/trouble.ts'
import type { AppRequest } from '../../phone-activity.ts'
import type { Phone } from '../../replica/phones.ts'
import type { Replica } from '../../replica/replica.ts'
import { answer, answerRefusal } from './answer.ts'
import { createAuthenticate } from './auth.ts'
import type { Limits, Method, Quota } from './exchange.ts'
import { createLocks } from './locks.ts'
import { allowedMethods } from './methods/allowed.ts'
import { copy, move } from './methods/copy-move.ts'
import { remove } from './methods/delete.ts'
import { get } from './methods/get.ts'
import { lock, unlock } from './methods/lock.ts'
import { mkcalendar, mkcol } from './methods/mkcol.ts'
import { options } from './methods/options.ts'
import { patch } from './methods/patch.ts'
import { propfind } from './methods/propfind.ts'
import { proppatch } from './methods/proppatch.ts'
import { put } from './methods/put.ts'
import { report } from './methods/report.ts'
import { answerOcs, isOcsPath } from './nextcloud/ocs.ts'
import { inward, outwardFor } from './nextcloud/paths.ts'
import { answerStatus, isStatusPath } from './nextcloud/status.ts'
import { isUploadPath } from './nextcloud/upload-path.ts'
import { createUploads, type UploadLimits } from './nextcloud/uploads.ts'
import { parseHref } from './path.ts'
import { diskQuota } from './quota.ts'
import { Refusal } from './refusal.ts'
import { resolve } from './resource.ts'
import { serviceOf } from './service.ts'

export interface DavSettings {
  replica: Replica
  /** While this is false every request is answered 503, for a client takes an empty answer for a deletion. */
  ready: () => boolean
  limits?: Partial<Limits>
  /** Of chunked uploads. */
  uploadLimits?: Partial<UploadLimits>
  /** What the phone may still store; by default what the disk of the photos has free. */
  quota?: Quota
  /** Told of every request that a phone's app made with its password. */
  seen?: (request: AppRequest) => void
  /** Told, in words without secrets, of what its owner may want to know: guessed passwords. */
  notice?: (line: string) => void
  /** Told of every error that is not the client's. */
  log?: (message: string, error: unknown) => void
}

const DEFAULT_LIMITS: Limits = {
  itemBytes: 20 * 1024 ** 2,
  fileBytes: 1024 ** 4,
  xmlBytes: 16 * 1024 ** 2,
  hrefs: 50_000,
  listed: 100_000,
}

const HANDLERS = new Map<string, Method>([
  ['OPTIONS', options],
  ['GET', get],
  ['HEAD', get],
  ['PUT', put],
  ['DELETE', remove],
  ['COPY', copy],
  ['MOVE', move],
  ['MKCOL', mkcol],
  ['MKCALENDAR', mkcalendar],
  ['PROPPATCH', proppatch],
  ['PATCH', patch],
  ['LOCK', lock],
  ['UNLOCK', unlock],
  ['PROPFIND', propfind],
  ['REPORT', report],
  // Nextcloud's apps look for photos by it, and go on without.
  ['SEARCH', notImplemented],
])

function notImplemented(): never {
  throw new Refusal(501)
}

/**
 * Makes the handler for a node:http or node:https server. Give it to the server's `checkContinue` event as well as to `request`:
 * then a body that would be refused is not even sent.
 */
export function createDavHandler(
  settings: DavSettings,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { replica, ready, seen = () => undefined, notice = () => undefined, log = () => undefined } = settings
  const limits = { ...DEFAULT_LIMITS, ...settings.limits }
  const quota = settings.quota ?? diskQuota(replica)
  const locks = createLocks(replica.world)
  const authenticate = createAuthenticate(replica, notice)
  const uploads = createUploads(settings.uploadLimits)

  async function letIn(request: IncomingMessage): Promise<{ phone: Phone; asked: string[] }> {
    const { phone, credential } = await authenticate(request)
    const target = request.url ?? '/'
    const asked = target === '*' ? [] : parseHref(target, request.headers.host)
    const userAgent = request.headers['user-agent']
    seen({ phoneId: phone.id, credential, service: serviceOf(asked), userAgent })
    return { phone, asked }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/'
    if (/^\/\.well-known\/(carddav|caldav)\/?(\?|$)/.test(target)) {
      return answer(response, 301, { Location: '/dav/' })
    }
    if (isStatusPath(target)) return answerStatus(response, ready())
    if (!ready()) throw notReady()
    if (isOcsPath(target)) {
      return answerOcs(request, response, async () => (await letIn(request)).phone, quota)
    }
    const { phone, asked } = await letIn(request)
    const path = inward(asked, phone.user)
    const method = isUploadPath(path) ? uploads : HANDLERS.get(request.method ?? '')
    if (!method) throw new Refusal(405, '', { Allow: allowedMethods(resolve(replica, phone, path)) })
    await method({
      replica,
      locks,
      limits,
      quota,
      request,
      response,
      outward: outwardFor(target),
      body: () => welcomeBody(request, response),
      phone,
      path,
      get resource() {
        return resolve(replica, phone, path)
      },
    })
  }

  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const refusal = refusalFor(error)
      const isOurs = refusal.status >= 500 && !(error instanceof Refusal)
      if (isOurs && !hasLeft(request, error)) log(`${request.method} ${request.url} failed`, error)
      // Half an answer must not look like a whole one.
      if (response.headersSent) return response.destroy()
      if (!request.complete) discardRest(request)
      answerRefusal({ response, outward: outwardFor(request.url ?? '/') }, refusal)
    })
  }
}

function notReady(): Refusal {
  return new Refusal(503, '', { 'Retry-After': '30' })
}

/** How an error is answered: a full disk 507, other trouble with the disk 503, for it may pass; a mistake of ours 500. */
function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof XmlError) return new Refusal(400)
  const trouble = troubleOf(error)
  if (trouble === 'disk-full') return full()
  return trouble === 'passing' ? notReady() : new Refusal(500)
}

function full(): Refusal {
  return new Refusal(507, '<d:sufficient-disk-space/>')
}
