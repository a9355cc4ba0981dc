/** Digest authentication (RFC 7616), for servers that take no other password: it is proved, and never sent. */
import { hash } from 'node:crypto'

export interface Challenge {
  /** As `hash` calls it. */
  algorithm: string
  /** As the server calls it; undefined when it names none. */
  named: string | undefined
  /** Each session has a secret of its own, made of the password. */
  isSession: boolean
  realm: string
  nonce: string
  opaque: string | undefined
  /** With `auth`, answers are counted, so that none can be replayed; servers of the last century know nothing of it. */
  qop: 'auth' | undefined
}

/** The best first. */
const ALGORITHMS: [string, string][] = [
  ['SHA-512-256', 'sha512-256'],
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
]

/**
 * What the server asks for, of all that its header offers.
 * @returns undefined when it offers no digest that we know, or when it takes the password itself.
 */
export function readChallenge(header: string | null): Challenge | undefined {
  const offers = readOffers(header ?? '')
  if (offers.some(({ scheme }) => scheme === 'basic')) return undefined
  const challenges = offers
    .filter(({ scheme }) => scheme === 'digest')
    .map(({ values }) => challengeOf(values))
  const rank = (one: Challenge) => ALGORITHMS.findIndex(([, algorithm]) => algorithm === one.algorithm)
  return challenges.filter((one) => one !== undefined).sort((a, b) => rank(a) - rank(b))[0]
}

interface Offer {
  /** Lower case. */
  scheme: string
  values: Map<string, string>
}

// A word alone begins an offer, one with a value belongs to it (RFC 9110, 11.6.1).
const PART = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g

function readOffers(header: string): Offer[] {
  const offers: Offer[] = []
  for (const [whole, name = '', quoted, plain] of header.matchAll(PART)) {
    if (!whole.includes('=')) offers.push({ scheme: name.toLowerCase(), values: new Map() })
    else offers.at(-1)?.values.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  return offers
}

function challengeOf(values: ReadonlyMap<string, string>): Challenge | undefined {
  const nonce = values.get('nonce')
  const named = values.get('algorithm')
  const [, wanted = '', session] = /^(.*?)(-sess)?$/i.exec(named ?? 'MD5') ?? []
  const algorithm = ALGORITHMS.find(([name]) => name === wanted.toUpperCase())?.[1]
  const qop = values.get('qop')?.split(/[\s,]+/)
  const takesAuth = qop === undefined || qop.includes('auth')
  if (nonce === undefined || algorithm === undefined || !takesAuth) return undefined
  return {
    ...{ algorithm, named, isSession: session !== undefined, nonce },
    ...{ realm: values.get('realm') ?? '', opaque: values.get('opaque'), qop: qop && 'auth' },
  }
}

export interface Proof {
  user: string
  password: string
  method: string
  /** Path and query, as in the request. */
  uri: string
  /** How many answers were given to this challenge, with this one. */
  count: number
  /** Of our own, and never the same twice. */
  cnonce: string
}

/** The header `Authorization` for one request. */
export function answerTo(
  challenge: Challenge,
  { user, password, method, uri, count, cnonce }: Proof,
): string {
  const { algorithm, named, isSession, realm, nonce, opaque, qop } = challenge
  const digest = (...parts: string[]) => hash(algorithm, parts.join(':'))
  const secret = digest(user, realm, password)
  const a1 = isSession ? digest(secret, nonce, cnonce) : secret
  const a2 = digest(method, uri)
  const nc = count.toString(16).padStart(8, '0')
  const response = qop ? digest(a1, nonce, nc, cnonce, qop, a2) : digest(a1, nonce, a2)
  const fields = [
    nameField(user),
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(named === undefined ? [] : [`algorithm=${named}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(qop ? [`qop=${qop}`, `nc=${nc}`] : []),
    ...(qop || isSession ? [`cnonce="${cnonce}"`] : []),
  ]
  return `Digest ${fields.join(', ')}`
}

// Headers hold no more than ASCII; all other names are written as RFC 8187 has it.
function nameField(user: string): string {
  if (/^[ -~]*$/.test(user)) return `username=${quoted(user)}`
  return `username*=UTF-8''${encodeURIComponent(user).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
