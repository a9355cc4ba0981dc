/** The passwords of phones' apps: one for each app, kept as hashes, taken away one by one or all at once. */
import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Problem } from '../problem.ts'
import type { World } from '../world.ts'
import type { Reader, Transaction } from './replica.ts'

export interface Credential {
  id: number
  /** What it was made for, such as `pairing` or an app's name. */
  label: string
  madeAt: number
  /** First and last request with it; null while there was none. */
  firstUsedAt: number | null
  lastUsedAt: number | null
}

/** A password that is not stored yet. */
export interface NewPassword {
  password: string
  salt: Buffer
  hash: Buffer
  cost: number
}

const SCRYPT_COST = 15
const derive = promisify<string, Buffer, number, { cost: number; maxmem: number }, Buffer>(scrypt)

// A wrong password is compared with all of a phone's; their number is what a guess may cost us.
const MOST_PER_PHONE = 20

/** Makes a password and its hash, which takes about 50 ms; do it before the transaction that stores it. */
export async function makePassword(world: World): Promise<NewPassword> {
  // 20 of 32 signs are 100 bits.
  const password = Array.from(world.random(20), (byte) => PASSWORD_SIGNS[byte % 32]).join('')
  const salt = world.random(16)
  return { password, salt, hash: await deriveHash(password, salt, SCRYPT_COST), cost: SCRYPT_COST }
}

// Letters and digits only: some apps take `:` or `%` in a password apart. No look-alikes.
const PASSWORD_SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789'

/** Lets the phone in with the password. @returns the credential's id. @throws Problem `not-allowed` when it has too many. */
export function addCredential(
  tx: Transaction,
  phoneId: string,
  label: string,
  { salt, hash, cost }: NewPassword,
): number {
  if (listCredentials(tx, phoneId).length >= MOST_PER_PHONE) {
    throw new Problem(
      'not-allowed',
      `This phone has ${MOST_PER_PHONE} passwords already.`,
      'Take away those that are no longer used, on the computer: sidekeep phones apps.',
    )
  }
  const { lastInsertRowid } = tx
    .statement(
      'INSERT INTO credentials (phone_id, label, salt, hash, cost, made_at) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(phoneId, label, salt, hash, cost, tx.at)
  return Number(lastInsertRowid)
}

/**
 * Like `addCredential`, for one that its owner asked for anew: one with the same label that no app has used yet is taken away, for it
 * was missed.
 */
export function replaceUnused(tx: Transaction, phoneId: string, label: string, made: NewPassword): number {
  tx.statement(
    `UPDATE credentials SET revoked_at = ?
     WHERE phone_id = ? AND label = ? AND first_used_at IS NULL AND revoked_at IS NULL`,
  ).run(tx.at, phoneId, label)
  return addCredential(tx, phoneId, label, made)
}

/** Those that let the phone in, oldest first. */
export function listCredentials(reader: Reader, phoneId: string): Credential[] {
  return reader
    .statement(
      `SELECT id, label, made_at, first_used_at, last_used_at FROM credentials
       WHERE phone_id = ? AND revoked_at IS NULL ORDER BY id`,
    )
    .all(phoneId)
    .map((row) => ({
      id: Number(row.id),
      label: String(row.label),
      madeAt: Number(row.made_at),
      firstUsedAt: row.first_used_at === null ? null : Number(row.first_used_at),
      lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
    }))
}

/** Takes one credential away. @returns whether the phone had it. */
export function revokeCredential(tx: Transaction, phoneId: string, id: number): boolean {
  const { changes } = tx
    .statement('UPDATE credentials SET revoked_at = ? WHERE phone_id = ? AND id = ? AND revoked_at IS NULL')
    .run(tx.at, phoneId, id)
  return changes > 0
}

/** Takes all of the phone's credentials away. */
export function revokeCredentials(tx: Transaction, phoneId: string): void {
  tx.statement('UPDATE credentials SET revoked_at = ? WHERE phone_id = ? AND revoked_at IS NULL').run(
    tx.at,
    phoneId,
  )
}

/** Remembers that a request came with the credential. */
export function noteUse(tx: Transaction, id: number, at: number): void {
  tx.statement(
    'UPDATE credentials SET first_used_at = coalesce(first_used_at, ?1), last_used_at = ?1 WHERE id = ?2',
  ).run(at, id)
}

/**
 * Gives the id of the phone's credential with this password; undefined when none has it. Takes about 50 ms on purpose, for a phone
 * that does not exist (null) too; callers remember a yes for as long as `credentialStamp` stays the same.
 */
export async function checkPassword(
  reader: Reader,
  phoneId: string | null,
  password: string,
): Promise<number | undefined> {
  const rows = reader
    .statement('SELECT id, salt, hash, cost FROM credentials WHERE phone_id = ? AND revoked_at IS NULL')
    .all(phoneId)
  if (rows.length === 0) await deriveHash(password, Buffer.alloc(16), SCRYPT_COST)
  for (const row of rows) {
    const expected = Buffer.from(row.hash as Uint8Array)
    const actual = await deriveHash(password, Buffer.from(row.salt as Uint8Array), Number(row.cost))
    if (timingSafeEqual(expected, actual)) return Number(row.id)
  }
  return undefined
}

/** Names the phone's valid credentials; it changes when one is added or revoked. */
export function credentialStamp(reader: Reader, phoneId: string): string {
  const row = reader
    .statement('SELECT group_concat(id) AS stamp FROM credentials WHERE phone_id = ? AND revoked_at IS NULL')
    .get(phoneId)
  return String(row?.stamp ?? '')
}

function deriveHash(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  return derive(password, salt, 32, { cost: 2 ** cost, maxmem: 256 * 2 ** cost * 8 })
}
