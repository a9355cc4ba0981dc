/** Paired phones and their passwords. A phone keeps its name and data through resets; its password can change. */
import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Problem } from '../problem.ts'
import type { World } from '../world.ts'
import { createCollection } from './collections.ts'
import type { Reader, Replica, Transaction } from './replica.ts'

export interface Phone {
  id: string
  /** What its owner calls it; also its folder's name in the vault. Unique, case aside. */
  name: string
  /** User name for its links: lower-case ASCII letters, digits and `-`. */
  user: string
  addedAt: number
  /** When its credentials were taken away; its data stays. Null while it is paired. */
  removedAt: number | null
}

// Every phone begins with one book, one calendar for events, one for tasks (Apple wants them apart) and its photo library.
const FIRST_COLLECTIONS = [
  { kind: 'contacts', name: 'contacts', displayName: 'Contacts', components: [] },
  { kind: 'calendar', name: 'calendar', displayName: 'Calendar', components: ['VEVENT'] },
  { kind: 'calendar', name: 'tasks', displayName: 'Tasks', components: ['VTODO'] },
  { kind: 'files', name: 'photos', displayName: 'Photos', components: [] },
] as const

const SCRYPT_COST = 15
const derive = promisify<string, Buffer, number, { cost: number; maxmem: number }, Buffer>(scrypt)

function fromRow(row: Record<string, unknown>): Phone {
  return {
    id: String(row.id),
    name: String(row.name),
    user: String(row.user),
    addedAt: Number(row.added_at),
    removedAt: row.removed_at === null ? null : Number(row.removed_at),
  }
}

/** Phones by name; those that were removed only when asked for. */
export function listPhones(reader: Reader, removedToo = false): Phone[] {
  return reader
    .statement('SELECT * FROM phones WHERE ? OR removed_at IS NULL ORDER BY name')
    .all(removedToo ? 1 : 0)
    .map(fromRow)
}

/** Finds a phone by name (case aside), user name or id, a removed one too. */
export function findPhone(reader: Reader, nameOrId: string): Phone | undefined {
  const row = reader.statement('SELECT * FROM phones WHERE id = ?1 OR user = ?1 OR name = ?1').get(nameOrId)
  return row && fromRow(row)
}

/** The paired phone with exactly this user name. */
export function findPhoneByUser(reader: Reader, user: string): Phone | undefined {
  const row = reader.statement('SELECT * FROM phones WHERE user = ? AND removed_at IS NULL').get(user)
  return row && fromRow(row)
}

/**
 * Pairs a phone and makes its first collections. A name that was removed comes back with all its data and a new password.
 * @returns the phone and its password, which is nowhere kept in clear.
 * @throws Problem `bad-input` for a name that cannot be used, `already-exists` when a paired phone has it.
 */
export async function addPhone(
  replica: Replica,
  wantedName: string,
): Promise<{ phone: Phone; password: string }> {
  const name = checkedName(wantedName)
  const password = makePassword(replica.world)
  const hashed = await hashPassword(replica.world, password)
  const phone = await replica.write((tx) => {
    const known = findPhone(tx, name)
    if (known && known.removedAt === null) {
      throw new Problem(
        'already-exists',
        `There is a phone called “${known.name}” already.`,
        'Choose another name.',
      )
    }
    const added = known ? takeBack(tx, known) : insertPhone(tx, replica.world, name)
    insertCredential(tx, added.id, hashed)
    return added
  })
  return { phone, password }
}

function takeBack(tx: Transaction, phone: Phone): Phone {
  tx.statement('UPDATE phones SET removed_at = NULL WHERE id = ?').run(phone.id)
  return { ...phone, removedAt: null }
}

function insertPhone(tx: Transaction, world: World, name: string): Phone {
  const id = world.random(8).toString('hex')
  const phone: Phone = { id, name, user: freeUser(tx, name), addedAt: tx.at, removedAt: null }
  tx.statement('INSERT INTO phones (id, name, user, added_at) VALUES (?, ?, ?, ?)').run(
    id,
    name,
    phone.user,
    tx.at,
  )
  for (const { components, ...first } of FIRST_COLLECTIONS) {
    createCollection(tx, { ...first, components: [...components], phoneId: id, origin: 'ours' })
  }
  return phone
}

/** Gives the phone a new password, after a reset say; every older one stops working. */
export async function renewPassword(replica: Replica, phoneId: string): Promise<string> {
  const password = makePassword(replica.world)
  const hashed = await hashPassword(replica.world, password)
  await replica.write((tx) => {
    revokeCredentials(tx, phoneId)
    insertCredential(tx, phoneId, hashed)
  })
  return password
}

/** Takes the phone's credentials away. All its data stays, and adding the same name brings it back. */
export function removePhone(tx: Transaction, phoneId: string): void {
  revokeCredentials(tx, phoneId)
  tx.statement('UPDATE phones SET removed_at = ? WHERE id = ?').run(tx.at, phoneId)
}

/**
 * Tells whether the password opens this phone's data. Takes about 50 ms on purpose, for a phone that does not exist (null) too;
 * callers remember a yes for as long as `credentialStamp` stays the same.
 */
export async function checkPassword(
  reader: Reader,
  phoneId: string | null,
  password: string,
): Promise<boolean> {
  const rows = reader
    .statement('SELECT salt, hash, cost FROM credentials WHERE phone_id = ? AND revoked_at IS NULL')
    .all(phoneId)
  if (rows.length === 0) await deriveHash(password, Buffer.alloc(16), SCRYPT_COST)
  for (const row of rows) {
    const expected = Buffer.from(row.hash as Uint8Array)
    const actual = await deriveHash(password, Buffer.from(row.salt as Uint8Array), Number(row.cost))
    if (timingSafeEqual(expected, actual)) return true
  }
  return false
}

/** Names the phone's valid credentials; it changes when one is added or revoked. */
export function credentialStamp(reader: Reader, phoneId: string): string {
  const row = reader
    .statement('SELECT group_concat(id) AS stamp FROM credentials WHERE phone_id = ? AND revoked_at IS NULL')
    .get(phoneId)
  return String(row?.stamp ?? '')
}

function revokeCredentials(tx: Transaction, phoneId: string): void {
  tx.statement('UPDATE credentials SET revoked_at = ? WHERE phone_id = ? AND revoked_at IS NULL').run(
    tx.at,
    phoneId,
  )
  tx.statement('DELETE FROM browser_sessions WHERE phone_id = ?').run(phoneId)
}

interface HashedPassword {
  salt: Buffer
  hash: Buffer
  cost: number
}

function insertCredential(tx: Transaction, phoneId: string, { salt, hash, cost }: HashedPassword): void {
  tx.statement('INSERT INTO credentials (phone_id, salt, hash, cost, made_at) VALUES (?, ?, ?, ?, ?)').run(
    phoneId,
    salt,
    hash,
    cost,
    tx.at,
  )
}

async function hashPassword(world: World, password: string): Promise<HashedPassword> {
  const salt = world.random(16)
  return { salt, hash: await deriveHash(password, salt, SCRYPT_COST), cost: SCRYPT_COST }
}

function deriveHash(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  return derive(password, salt, 32, { cost: 2 ** cost, maxmem: 256 * 2 ** cost * 8 })
}

// Letters and digits only: some apps take `:` or `%` in a password apart. No look-alikes; 20 of 32 signs are 100 bits.
const PASSWORD_SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789'

function makePassword(world: World): string {
  return Array.from(world.random(20), (byte) => PASSWORD_SIGNS[byte % 32]).join('')
}

function checkedName(wanted: string): string {
  const name = wanted.normalize('NFC').trim()
  // The name is a folder in the vault and on disk, on any system.
  const usable =
    name.length > 0 && name.length <= 64 && !/[\p{Cc}\p{Cf}/\\:*?"<>|]/u.test(name) && !/^\.|[. ]$/.test(name)
  if (!usable) {
    throw new Problem(
      'bad-input',
      `“${wanted}” cannot be a phone's name.`,
      'Use up to 64 letters, digits, spaces and dashes, such as “Ada’s Pixel”.',
    )
  }
  return name
}

function freeUser(reader: Reader, name: string): string {
  const ascii = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const base =
    ascii
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 32) || 'phone'
  for (let n = 1; ; n++) {
    const user = n === 1 ? base : `${base}-${n}`
    if (!findPhone(reader, user)) return user
  }
}
