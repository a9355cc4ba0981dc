/** Paired phones. A phone keeps its name and data through resets; what lets it in can change. */
import { Problem } from '../problem.ts'
import type { World } from '../world.ts'
import { closeSessionsOf } from './browser-sessions.ts'
import { createCollection } from './collections.ts'
import { addCredential, makePassword, revokeCredentials } from './credentials.ts'
import { forgetServices } from './phone-services.ts'
import type { Reader, Replica, Transaction } from './replica.ts'

/** What it runs, as far as we were told. */
export type Platform = 'iphone' | 'android' | 'other'

export interface Phone {
  id: string
  /** What its owner calls it; also its folder's name in the vault. Unique, case aside. */
  name: string
  /** User name for its links: lower-case ASCII letters, digits and `-`. */
  user: string
  platform: Platform
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

function fromRow(row: Record<string, unknown>): Phone {
  return {
    id: String(row.id),
    name: String(row.name),
    user: String(row.user),
    platform: row.platform as Platform,
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

/** The paired phone with exactly this id. */
export function findPairedPhone(reader: Reader, id: string): Phone | undefined {
  const row = reader.statement('SELECT * FROM phones WHERE id = ? AND removed_at IS NULL').get(id)
  return row && fromRow(row)
}

/** The paired phone with exactly this user name. */
export function findPhoneByUser(reader: Reader, user: string): Phone | undefined {
  const row = reader.statement('SELECT * FROM phones WHERE user = ? AND removed_at IS NULL').get(user)
  return row && fromRow(row)
}

/** What a phone is paired with. */
export interface Pairing {
  platform: Platform
  /** What the password is for. */
  label: string
}

/** A phone with its new password, which is nowhere kept in clear. */
export interface PairedPhone {
  phone: Phone
  password: string
  /** The id of the password's credential. */
  credential: number
  /** Whether it was here before; its data is then still there. */
  wasKnown: boolean
}

const BY_HAND: Pairing = { platform: 'other', label: 'by hand' }

/**
 * Pairs a phone and makes its first collections. A name that was removed comes back with all its data and a new password.
 * @throws Problem `bad-input` for a name that cannot be used, `already-exists` when a paired phone has it.
 */
export async function addPhone(
  replica: Replica,
  wantedName: string,
  { platform, label }: Pairing = BY_HAND,
): Promise<PairedPhone> {
  const name = checkedName(wantedName)
  const made = await makePassword(replica.world)
  return replica.write((tx) => {
    const known = findPhone(tx, name)
    if (known?.removedAt === null) throw nameTaken(known)
    const phone = known ? takeBack(tx, known, platform) : insertPhone(tx, replica.world, name, platform)
    const credential = addCredential(tx, phone.id, label, made)
    return { phone, password: made.password, credential, wasKnown: known !== undefined }
  })
}

/**
 * Makes a phone that is only read from where its data lies, or takes one back that was removed: nothing lets it in until it is paired.
 * @throws Problem as `addPhone` does.
 */
export function addCapturedPhone(
  tx: Transaction,
  world: World,
  wantedName: string,
  platform: Platform,
): Phone {
  const name = checkedName(wantedName)
  const known = findPhone(tx, name)
  if (known?.removedAt === null) throw nameTaken(known)
  return known ? takeBack(tx, known, platform) : insertPhone(tx, world, name, platform)
}

/**
 * Pairs a phone that is known already, after a reset or on a new device: it keeps its name, user and data and gets a new password;
 * every older password and every browser's session ends.
 * @throws Problem `not-found` when there is no such phone.
 */
export async function pairAgain(
  replica: Replica,
  phoneId: string,
  { platform, label }: Pairing,
): Promise<PairedPhone> {
  const made = await makePassword(replica.world)
  return replica.write((tx) => {
    const known = findPhone(tx, phoneId)
    if (!known) throw new Problem('not-found', 'There is no such phone.', 'Choose one from the list.')
    const phone = takeBack(tx, known, platform)
    const credential = addCredential(tx, phone.id, label, made)
    return { phone, password: made.password, credential, wasKnown: true }
  })
}

/** Gives the phone a new password, after a reset say; every older one stops working. */
export async function renewPassword(replica: Replica, phoneId: string): Promise<string> {
  const made = await makePassword(replica.world)
  await replica.write((tx) => {
    lockOut(tx, phoneId)
    addCredential(tx, phoneId, BY_HAND.label, made)
  })
  return made.password
}

/** Takes the phone's credentials away. All its data stays, and adding the same name brings it back. */
export function removePhone(tx: Transaction, phoneId: string): void {
  lockOut(tx, phoneId)
  tx.statement('UPDATE phones SET removed_at = ? WHERE id = ?').run(tx.at, phoneId)
}

/** Ends whatever lets the phone in: its passwords, and the sessions of its browsers, which could make new ones. */
function lockOut(tx: Transaction, phoneId: string): void {
  revokeCredentials(tx, phoneId)
  closeSessionsOf(tx, phoneId)
}

function takeBack(tx: Transaction, phone: Phone, platform: Platform): Phone {
  lockOut(tx, phone.id)
  forgetServices(tx, phone.id)
  const known = platform === 'other' ? phone.platform : platform
  tx.statement('UPDATE phones SET removed_at = NULL, platform = ? WHERE id = ?').run(known, phone.id)
  return { ...phone, platform: known, removedAt: null }
}

function insertPhone(tx: Transaction, world: World, name: string, platform: Platform): Phone {
  const id = world.random(8).toString('hex')
  const phone: Phone = { id, name, user: freeUser(tx, name), platform, addedAt: tx.at, removedAt: null }
  tx.statement('INSERT INTO phones (id, name, user, platform, added_at) VALUES (?, ?, ?, ?, ?)').run(
    id,
    name,
    phone.user,
    platform,
    tx.at,
  )
  for (const { components, ...first } of FIRST_COLLECTIONS) {
    createCollection(tx, { ...first, components: [...components], phoneId: id, origin: 'ours' })
  }
  return phone
}

function nameTaken({ name }: Phone): Problem {
  return new Problem('already-exists', `There is a phone called “${name}” already.`, 'Choose another name.')
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

/** A name that a phone can have, made from what its device is called; `fallback` where that is nothing. */
export function usableName(device: string, fallback: string): string {
  const clean = device.normalize('NFC').replace(/[\p{C}/\\:*?"<>|\s]+/gu, ' ')
  return (
    [...clean]
      .slice(0, 40)
      .join('')
      .replace(/^[. ]+|[. ]+$/g, '') || fallback
  )
}

/** The same, and no other phone has it. */
export function freeName(reader: Reader, device: string, fallback: string): string {
  const base = usableName(device, fallback)
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base} ${n}`
    if (!findPhone(reader, name)) return name
  }
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
