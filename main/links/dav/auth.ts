/** Who is asking: Basic credentials (RFC 7617), checked by scrypt once and from memory after that, with failures slowed down. */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createFailureLimit } from '../../http/failure-limit.ts'
import { checkPassword, credentialStamp } from '../../replica/credentials.ts'
import { findPhoneByUser, type Phone } from '../../replica/phones.ts'
import type { Replica } from '../../replica/replica.ts'
import { Refusal } from './refusal.ts'

export interface Visitor {
  phone: Phone
  /** The id of the credential that opened. */
  credential: number
}

export type Authenticate = (request: IncomingMessage) => Promise<Visitor>

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="Sidekeep", charset="UTF-8"' }

const MOST_FAILURES = 10
// For who tries many user names: each wrong password costs us a moment of a core.
const MOST_FAILURES_OF_AN_ADDRESS = 50
const FAILURE_WINDOW_MS = 5 * 60_000
// Each check takes 32 MB and a core for a moment; more at once would only be slower.
const CHECKS_AT_ONCE = 4
const MOST_WAITING = 64
const MOST_REMEMBERED = 10_000

/** @returns a function that gives the phone and its credential, or throws Refusal 401, 429 (too many failures) or 503 (too many checks at once). */
export function createAuthenticate(replica: Replica, notice: (line: string) => void): Authenticate {
  const key = replica.world.random(32).toString('hex')
  /** Digests of credentials that were right, with what was true of them at that time. */
  const known = new Map<string, Remembered>()
  const checks = new Map<string, Promise<Verified | undefined>>()
  const now = () => replica.world.now()
  const limit = createFailureLimit(now, MOST_FAILURES, FAILURE_WINDOW_MS)
  const addressLimit = createFailureLimit(now, MOST_FAILURES_OF_AN_ADDRESS, FAILURE_WINDOW_MS)
  const check = createGate(CHECKS_AT_ONCE, MOST_WAITING)

  return async (request) => {
    const credentials = readBasic(request.headers.authorization)
    if (!credentials) throw new Refusal(401, '', CHALLENGE)
    const { user, password } = credentials
    const digest = hash('sha256', `${key}${user}\0${password}`, 'base64')
    const remembered = known.get(digest)
    if (remembered !== undefined) {
      const phone = findPhoneByUser(replica, user)
      if (phone && credentialStamp(replica, phone.id) === remembered.stamp)
        return { phone, credential: remembered.credential }
      known.delete(digest)
    }

    const address = request.socket.remoteAddress ?? ''
    const source = `${user}\0${address}`
    const wait = Math.max(limit.secondsToWait(source), addressLimit.secondsToWait(address))
    if (wait > 0) throw new Refusal(429, '', { 'Retry-After': String(wait) })
    // An app opens several connections at once; they wait for one check.
    const checking = checks.get(digest) ?? check(() => verify(user, password))
    checks.set(digest, checking)
    const verified = await checking.finally(() => checks.delete(digest))
    if (!verified) {
      const [byName, byAddress] = [limit.failed(source), addressLimit.failed(address)]
      if (byName || byAddress) notice(guessed(byName ? user : null, address))
      throw new Refusal(401, '', CHALLENGE)
    }
    limit.succeeded(source)
    remember(known, digest, { credential: verified.credential, stamp: verified.stamp })
    return verified
  }

  async function verify(user: string, password: string): Promise<Verified | undefined> {
    const phone = findPhoneByUser(replica, user)
    // Taken first: credentials that change while we check must not be remembered.
    const stamp = phone ? credentialStamp(replica, phone.id) : ''
    // A user that does not exist costs the same time, so that names cannot be found out.
    const credential = await checkPassword(replica, phone?.id ?? null, password)
    return phone && credential !== undefined ? { phone, credential, stamp } : undefined
  }
}

// What was sent as a user name is quoted, so that it cannot pass for more than that.
function guessed(user: string | null, address: string): string {
  const whose = user === null ? 'many users' : `the user ${JSON.stringify(user.slice(0, 64))}`
  return `Too many wrong passwords for ${whose} came from ${address}; it must wait for five minutes.`
}

interface Remembered {
  credential: number
  /** Of the phone's credentials. */
  stamp: string
}

interface Verified extends Visitor, Remembered {}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= MOST_REMEMBERED) map.delete(map.keys().next().value!)
  map.set(key, value)
}

function readBasic(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^basic +([a-z0-9+/_=-]+) *$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  return { user: decodeUser(text.slice(0, colon)), password: text.slice(colon + 1) }
}

// Some versions of iOS percent-encode the user name.
function decodeUser(user: string): string {
  try {
    return decodeURIComponent(user)
  } catch {
    return user
  }
}

/** Lets so many tasks run at once and so many wait. */
function createGate(most: number, mostWaiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running >= most) {
      if (waiting.length >= mostWaiting) throw new Refusal(503, '', { 'Retry-After': '5' })
      await new Promise<void>((resume) => waiting.push(resume))
    } else running++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
