/** Requests to an account's servers: encrypted, within limits, with the password for those servers alone, wherever they send us. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { Problem } from '../../problem.ts'
import { answerTo, type Challenge, readChallenge } from './digest.ts'
import { checkTrusted, isInner, isNamed, type Trust } from './trust.ts'

export interface Answer {
  /** Where it came from, after redirects. */
  url: URL
  status: number
  headers: Headers
  body: Buffer
}

export interface Asked {
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** Hand redirects back as they are. */
  manual?: boolean
}

export interface Transport {
  /** @throws Problem `unreachable`, `wrong-password`, `not-allowed`, or `cancelled`. */
  send(method: string, url: URL, asked?: Asked): Promise<Answer>
  close(): void
}

export interface TransportOptions extends Trust {
  /** Left out, no server is told who we are. */
  credentials?: Credentials | undefined
  /** Bytes no one can guess. */
  random: (length: number) => Buffer
  signal?: AbortSignal | undefined
  limits?: Partial<Limits>
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
  /** Milliseconds from the request to the last byte. */
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
  async function askIn(method: string, url: URL, asked: Asked): Promise<Answer> {
    const answer = await ask(method, url, asked)
    if (answer.status !== 401) return answer
    const challenge = credentials && readChallenge(answer.headers.get('www-authenticate'))
    if (!challenge || challenge.nonce === challenges.get(url.origin)?.challenge.nonce) throw refused(url)
    challenges.set(url.origin, { challenge, count: 0 })
    const again = await ask(method, url, asked)
    if (again.status === 401) throw refused(url)
    return again
  }

  function ask(method: string, url: URL, { headers, body }: Asked): Promise<Answer> {
    checkTrusted(url, options)
    const total = AbortSignal.timeout(limits.total)
    const signal = options.signal ? AbortSignal.any([options.signal, total]) : total
    const settings = {
      method,
      agent: url.protocol === 'https:' ? agents['https:'] : agents['http:'],
      headers: { 'user-agent': 'Sidekeep', ...authorize(method, url), ...headers },
      timeout: limits.idle,
      signal,
      ...(isNamed(url, options.servers) ? {} : { lookup: lookupOutside }),
    }
    return new Promise<Answer>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, settings, (response) => {
        readAll(response, limits.body).then(
          (bytes) =>
            resolve({ url, status: response.statusCode ?? 0, headers: headersOf(response), body: bytes }),
          reject,
        )
      })
      request.on('timeout', () => request.destroy(new Error('it did not answer in time')))
      request.on('error', reject)
      request.end(body)
    }).catch((error: unknown) => {
      throw troubleOf(error, url, options.signal)
    })
  }

  return {
    async send(method, url, asked = {}) {
      let at = url
      for (let n = 0; n <= MOST_REDIRECTS; n++) {
        const answer = await askIn(method, at, asked)
        const location = answer.headers.get('location')
        const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== null
        if (!isRedirect || asked.manual) return answer
        const next = URL.parse(location, at.href)
        if (!next) throw unreachable(at, 'it sent us on to nowhere')
        at = next
      }
      throw unreachable(at, 'it sent us on too often')
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
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
