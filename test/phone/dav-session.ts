/** A phone's HTTP connection to a DAV server: Basic auth, kept alive, counted, and breakable at any request. */
import http from 'node:http'
import https from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { namesPrecondition } from './dav-xml.ts'

/** Where the connection breaks: nothing was sent, half the body was sent, or all was sent and the answer is lost. */
export type Fault = 'before-sending' | 'while-sending' | 'before-answer'

export interface DavRequest {
  method: string
  url: URL
  headers: Record<string, string>
  body: Buffer | null
}

export interface DavAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
  /** Where it came from, after redirects. */
  url: URL
}

export interface SessionOptions {
  user: string
  password: string
  /** PEM of a certificate authority to trust, for https. */
  ca?: string
  /** Called before each request goes out; it may edit the phone, wait, or break the connection. */
  beforeRequest?: (request: DavRequest) => Fault | undefined | Promise<Fault | undefined>
}

export interface Traffic {
  requests: number
  bytesSent: number
  bytesReceived: number
}

export interface DavSession {
  readonly traffic: Traffic
  /**
   * Sends a request and follows redirects as DAVx5 does, within the same host.
   * @throws ConnectionLost when no answer came, HttpError for any status not in `accept` (by default 2xx).
   */
  request(method: string, url: URL, options?: RequestOptions): Promise<DavAnswer>
  /** Breaks what is under way and refuses all further requests. */
  close(): void
}

export interface RequestOptions {
  headers?: Record<string, string>
  body?: Buffer | string
  /** Further statuses that are an answer, not an error. */
  accept?: number[]
  /** DAVx5 does not follow a redirect of the OPTIONS on a principal. */
  followRedirects?: boolean
}

/** The network failed: a soft error, tried again at the next sync. Nothing is removed on the phone. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
}

export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  readonly body: Buffer
  /** Seconds the server asked to wait, with 503. */
  readonly retryAfter: number | null

  constructor(request: string, answer: DavAnswer) {
    super(`${request} was answered with ${answer.status}: ${answer.body.toString('utf8', 0, 300)}`)
    this.status = answer.status
    this.body = answer.body
    const seconds = Number(answer.headers['retry-after'])
    this.retryAfter = Number.isFinite(seconds) ? seconds : null
  }

  names(namespace: string, precondition: string): boolean {
    return namesPrecondition(this.body, namespace, precondition)
  }
}

const USER_AGENT = 'Simulated phone (as DAVx5)'
const MOST_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 307, 308])
const ANSWER_TIMEOUT_MS = 120_000
const inflate = promisify(gunzip)

export function openSession(options: SessionOptions): DavSession {
  const traffic: Traffic = { requests: 0, bytesSent: 0, bytesReceived: 0 }
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 4 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 4, ...(options.ca && { ca: options.ca }) }),
  }
  const authorization = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`
  let closed = false

  function refuseIfClosed(): void {
    if (closed) throw new ConnectionLost('The session is closed.')
  }

  async function send(request: DavRequest): Promise<DavAnswer> {
    refuseIfClosed()
    const fault = await options.beforeRequest?.(request)
    refuseIfClosed()
    if (fault === 'before-sending') throw new ConnectionLost('The connection broke before sending.')
    traffic.requests++
    const answer = await exchange(request, fault === 'while-sending')
    traffic.bytesSent += request.body?.length ?? 0
    traffic.bytesReceived += answer.body.length
    refuseIfClosed()
    if (fault === 'before-answer') throw new ConnectionLost('The connection broke before the answer.')
    const body = answer.headers['content-encoding'] === 'gzip' ? await inflate(answer.body) : answer.body
    return { ...answer, body }
  }

  function exchange(request: DavRequest, breakHalfway: boolean): Promise<DavAnswer> {
    const { method, url, headers, body } = request
    const module = url.protocol === 'https:' ? https : http
    const agent = agents[url.protocol as keyof typeof agents]
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(new ConnectionLost(error.message, { cause: error }))
      const outgoing = module.request(
        url,
        { method, headers, agent, timeout: ANSWER_TIMEOUT_MS },
        (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('error', fail)
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(chunks),
              url,
            }),
          )
        },
      )
      outgoing.on('error', fail)
      outgoing.on('timeout', () => outgoing.destroy(new Error('No answer in time.')))
      if (!breakHalfway) {
        outgoing.end(body ?? undefined)
        return
      }
      const broken = (): void => {
        outgoing.destroy(new Error('The connection broke while sending.'))
      }
      if (body && body.length > 1) outgoing.write(body.subarray(0, body.length / 2), broken)
      else outgoing.end(broken)
    })
  }

  async function request(method: string, url: URL, extra: RequestOptions = {}): Promise<DavAnswer> {
    const body = extra.body === undefined ? null : Buffer.from(extra.body)
    const headers: Record<string, string> = {
      Authorization: authorization,
      'User-Agent': USER_AGENT,
      ...extra.headers,
    }
    if (body) headers['Content-Length'] = String(body.length)
    // As DAVx5: no compression for OPTIONS and GET.
    if (method !== 'OPTIONS' && method !== 'GET') headers['Accept-Encoding'] = 'gzip'
    let target = url
    for (let hop = 0; ; hop++) {
      const answer = await send({ method, url: target, headers, body })
      if (REDIRECTS.has(answer.status) && extra.followRedirects !== false) {
        if (hop === MOST_REDIRECTS) throw new HttpError(`${method} ${url.pathname}`, answer)
        target = redirectTarget(answer)
        continue
      }
      const fine = (answer.status >= 200 && answer.status < 300) || extra.accept?.includes(answer.status)
      if (!fine) throw new HttpError(`${method} ${target.pathname}`, answer)
      return answer
    }
  }

  return {
    traffic,
    request,
    close() {
      closed = true
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

function redirectTarget(answer: DavAnswer): URL {
  const location = answer.headers.location
  if (!location) throw new HttpError('A redirect without Location', answer)
  const target = new URL(location, answer.url)
  // The password goes nowhere but to the host it was given for.
  if (target.host !== answer.url.host) throw new HttpError(`A redirect to ${target.host}`, answer)
  return target
}
