/** Requests to an account's servers: encrypted, within limits, with the password for those servers alone, wherever they send us. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../problem.ts'
import { answerTo, type Challenge, readChallenge } from './digest.ts'
import { checkTrusted, isInner, isNamed, type Trust } from './trust.ts'

export interface Answer<Body = Buffer> {
  /** Where it came from, after redirects. */
  url: URL
  status: number
  headers: Headers
  body: Body
}

export interface Asked {
  headers?: Record<string, string>
  /** One that is long is opened when it is sent, and again if it has to be sent again. */
  body?: string | Uint8Array | (() => Readable | Promise<Readable>)
  /** Hand redirects back as they are. */
  manual?: boolean
}

export interface Transport {
  /** @throws Problem `unreachable`, `wrong-password`, `not-allowed`, or `cancelled`. */
  send(method: string, url: URL, asked?: Asked): Promise<Answer>
  /** GET, for what may be long: the answer as it comes; nothing is to be read of one that is not 200. @throws Problem as `send` does. */
  open(url: URL): Promise<Answer<Readable>>
  close(): void
}

/** Which servers may be asked, and for how much at once. */
export interface Reach extends Trust {
  limits?: Partial<Limits>
}

export interface TransportOptions extends Reach {
  /** Left out, no server is told who we are. */
  credentials?: Credentials | undefined
  /** Bytes no one can guess. */
  random: (length: number) => Buffer
  signal?: AbortSignal | undefined
}

export interface Credentials {
  user: string
  password: string
}

interface Limits {
  /** Bytes of an answer. */
  body: number
  /** Milliseconds without a byte. */
  idle: number
  /** Milliseconds from the request to the last byte; not for long bodies. */
  total: number
}

const LIMITS: Limits = { body: 128 * 1024 ** 2, idle: 60_000, total: 10 * 60_000 }
const MOST_REDIRECTS = 5

export function createTransport(options: TransportOptions): Transport {
  const limits = { ...LIMITS, ...options.limits }
  const agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  }
  const { credentials } = options
  /** By origin, what a server asks for instead of the password, and how often it was answered. */
  const challenges = new Map<string, { challenge: Challenge; count: number }>()

  function authorize(method: string, { origin, pathname, search }: URL): { authorization?: string } {
    if (!credentials) return {}
    const { user, password } = credentials
    const asked = challenges.get(origin)
    if (!asked) return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
    const cnonce = options.random(16).toString('hex')
    const proof = { user, password, method, uri: pathname + search, count: ++asked.count, cnonce }
    return { authorization: answerTo(asked.challenge, proof) }
  }

  /** Asks again where the server wants a digest; twice in a row only when its challenge had grown old. */
  async function askIn<T>(method: string, url: URL, asked: Asked, receive: Receive<T>): Promise<Answer<T>> {
    const answer = await ask(method, url, asked, receive)
    if (answer.status !== 401) return answer
    const challenge = credentials && readChallenge(answer.headers.get('www-authenticate'))
    if (!challenge || challenge.nonce === challenges.get(url.origin)?.challenge.nonce) throw refused(url)
    challenges.set(url.origin, { challenge, count: 0 })
    const again = await ask(method, url, asked, receive)
    if (again.status === 401) throw refused(url)
    return again
  }

  async function ask<T>(
    method: string,
    url: URL,
    { headers, body }: Asked,
    { isLong, read }: Receive<T>,
  ): Promise<Answer<T>> {
    checkTrusted(url, options)
    const stops = options.signal ? [options.signal] : []
    if (!isLong && typeof body !== 'function') stops.push(AbortSignal.timeout(limits.total))
    const settings = {
      method,
      agent: url.protocol === 'https:' ? agents['https:'] : agents['http:'],
      headers: { 'user-agent': 'Sidekeep', ...authorize(method, url), ...headers },
      timeout: limits.idle,
      signal: AbortSignal.any(stops),
      ...(isNamed(url, options.servers) ? {} : { lookup: lookupOutside }),
    }
    try {
      const content = typeof body === 'function' ? await body() : body
      return await new Promise<Answer<T>>((resolve, reject) => {
        const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(
          url,
          settings,
          (response) => {
            const { statusCode: status = 0 } = response
            const answer = { url, status, headers: headersOf(response) }
            read(response, limits.body).then((bytes) => resolve({ ...answer, body: bytes }), reject)
          },
        )
        request.on('timeout', () => request.destroy(new Error('it did not answer in time')))
        request.on('error', reject)
        if (content instanceof Readable) pipeline(content, request).catch(reject)
        else request.end(content)
      })
    } catch (error) {
      throw troubleOf(error, url, options.signal)
    }
  }

  async function follow<T>(method: string, url: URL, asked: Asked, receive: Receive<T>): Promise<Answer<T>> {
    let at = url
    for (let n = 0; n <= MOST_REDIRECTS; n++) {
      const answer = await askIn(method, at, asked, receive)
      const location = answer.headers.get('location')
      const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== null
      if (!isRedirect || asked.manual) return answer
      const next = URL.parse(location, at.href)
      if (!next) throw unreachable(at, 'it sent us on to nowhere')
      at = next
    }
    throw unreachable(at, 'it sent us on too often')
  }

  return {
    send: (method, url, asked = {}) => follow(method, url, asked, WHOLE),
    open: (url) => follow('GET', url, {}, AS_IT_COMES),
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

interface Receive<T> {
  isLong: boolean
  read(response: IncomingMessage, limit: number): Promise<T>
}

const WHOLE: Receive<Buffer> = { isLong: false, read: readAll }

const AS_IT_COMES: Receive<Readable> = {
  isLong: true,
  async read(response) {
    if (response.statusCode !== 200) response.resume()
    return response
  },
}

/** The cause of a Problem `unreachable`: the same may be had in smaller parts. */
export class TooLarge extends Error {
  constructor() {
    super('its answer is too large')
    this.name = 'TooLarge'
  }
}

type LookedUp = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/** Looks a name up as ever, but takes no address of this computer or its network, whoever says that it is there. */
function lookupOutside(hostname: string, options: LookupOptions, done: LookedUp): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, [])
    if (addresses.some(({ address }) => isInner(address))) {
      return done(new Error('its name leads into a private network'), [])
    }
    if (options.all) return done(null, addresses)
    done(null, addresses[0]!.address, addresses[0]!.family)
  })
}

async function readAll(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) {
      response.destroy()
      throw new TooLarge()
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let n = 0; n + 1 < rawHeaders.length; n += 2) headers.append(rawHeaders[n]!, rawHeaders[n + 1]!)
  return headers
}

function troubleOf(error: unknown, url: URL, signal: AbortSignal | undefined): Problem {
  if (error instanceof Problem) return error
  if (signal?.aborted) return new Problem('cancelled', 'Stopped, as asked.', 'Start it again at any time.')
  return unreachable(url, error instanceof Error ? error.message : String(error), error)
}

function unreachable(url: URL, reason: string, cause?: unknown): Problem {
  return new Problem(
    'unreachable',
    `${url.host} could not be asked: ${reason}.`,
    'Nothing of what is kept here was changed. It will be tried again; see whether the service or your connection is down.',
    { cause },
  )
}

function refused(url: URL): Problem {
  return new Problem(
    'wrong-password',
    `${url.host} does not take the user and password.`,
    'Nothing of what is kept here was changed. Make a new app password at the service, and enter it here.',
  )
}
