/** Sessions of phones' browsers: a cookie holds a secret, the replica its hash. A session ends with its phone's credentials. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { findPhone, type Phone } from '../../replica/phones.ts'
import type { Reader, Transaction } from '../../replica/replica.ts'
import type { World } from '../../world.ts'

// Browsers keep no cookie for longer.
const LIFETIME = 400 * 86_400_000

/** Opens a session for the phone. @returns the secret for the cookie; it is kept nowhere in clear. */
export function openSession(tx: Transaction, world: World, phoneId: string): string {
  const secret = world.random(32).toString('base64url')
  tx.statement('INSERT INTO browser_sessions (hash, phone_id, opened_at) VALUES (?, ?, ?)').run(
    hashOf(secret),
    phoneId,
    tx.at,
  )
  return secret
}

/** The paired phone whose session this is; undefined for none, and for one that is over. */
export function findSession(reader: Reader, world: World, secret: string): Phone | undefined {
  const row = reader
    .statement('SELECT phone_id FROM browser_sessions WHERE hash = ? AND opened_at > ?')
    .get(hashOf(secret), world.now() - LIFETIME)
  const phone = row && findPhone(reader, String(row.phone_id))
  return phone?.removedAt === null ? phone : undefined
}

export function closeSession(tx: Transaction, secret: string): void {
  tx.statement('DELETE FROM browser_sessions WHERE hash = ?').run(hashOf(secret))
}

/** Ends all of a phone's sessions, when its credentials are taken away or renewed. */
export function closeSessionsOf(tx: Transaction, phoneId: string): void {
  tx.statement('DELETE FROM browser_sessions WHERE phone_id = ?').run(phoneId)
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Reads one cookie. */
export function readCookie(request: IncomingMessage, name: string): string | undefined {
  const found = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='))
  return found.find(([key]) => key === name)?.[1]
}

/**
 * The value of `Set-Cookie` for a secret that only this site's own requests carry.
 * @param secure false only on loopback without TLS, where browsers would drop a secure one.
 * @param seconds how long it lasts; 0 takes it back.
 */
export function writeCookie(
  name: string,
  secret: string,
  secure: boolean,
  seconds = LIFETIME / 1000,
): string {
  return `${name}=${secret}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}

export const SESSION_COOKIE = 'sidekeep'
