/** Sessions of phones' browsers: a cookie holds a secret, the database its hash. A session ends with its phone's credentials. */
import { hashSecret } from '../secret-hash.ts'
import type { World } from '../world.ts'
import type { Reader, Transaction } from './replica.ts'

/** How long a session lasts, in milliseconds. Browsers keep no cookie for longer. */
export const SESSION_LIFETIME = 400 * 86_400_000

/** Opens a session for the phone. @returns the secret for the cookie; it is kept nowhere in clear. */
export function openSession(tx: Transaction, world: World, phoneId: string): string {
  const secret = world.random(32).toString('base64url')
  tx.statement('DELETE FROM browser_sessions WHERE opened_at <= ?').run(tx.at - SESSION_LIFETIME)
  tx.statement('INSERT INTO browser_sessions (hash, phone_id, opened_at) VALUES (?, ?, ?)').run(
    hashSecret(secret),
    phoneId,
    tx.at,
  )
  return secret
}

/** The id of the phone whose session this is; undefined for none, and for one that is over. */
export function findSession(reader: Reader, world: World, secret: string): string | undefined {
  const row = reader
    .statement('SELECT phone_id FROM browser_sessions WHERE hash = ? AND opened_at > ?')
    .get(hashSecret(secret), world.now() - SESSION_LIFETIME)
  return row && String(row.phone_id)
}

/** When the session was opened, milliseconds since 1970; undefined for none. */
export function sessionOpenedAt(reader: Reader, secret: string): number | undefined {
  const row = reader
    .statement('SELECT opened_at FROM browser_sessions WHERE hash = ?')
    .get(hashSecret(secret))
  return row && Number(row.opened_at)
}

export function closeSession(tx: Transaction, secret: string): void {
  tx.statement('DELETE FROM browser_sessions WHERE hash = ?').run(hashSecret(secret))
}

/** Ends all sessions of a phone's browsers. */
export function closeSessionsOf(tx: Transaction, phoneId: string): void {
  tx.statement('DELETE FROM browser_sessions WHERE phone_id = ?').run(phoneId)
}
