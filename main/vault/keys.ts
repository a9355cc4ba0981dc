/** Key files: each wraps the vault's one master key with a password of its own. */
import { scrypt } from 'node:crypto'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import { z } from 'zod'
import { Problem } from '../problem.ts'
import type { World } from '../world.ts'
import { type BoxKey, createSealer, idOf } from './crypto.ts'
import { makeRecoveryCode, readRecoveryCode } from './recovery-code.ts'
import type { Storage } from './storage.ts'
import type { Vault } from './vault.ts'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

/** What scrypt costs: about half a second and 32 MiB at the usual values. */
export interface ScryptCost {
  N: number
  r: number
  p: number
}

const USUAL_COST: ScryptCost = { N: 32_768, r: 8, p: 5 }
// What a key file may ask for at most: a gigabyte, and some twenty times the usual time.
const MOST_MEMORY = 1024 * 1024 * 1024
const MOST_WORK = 32_768 * 8 * 100
const SALT_LENGTH = 64
// restic tries no more key files than this.
const MOST_KEYS = 20

const base64 = (length: number) =>
  z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.length === length && bytes.some((byte) => byte !== 0))

const KeyFile = z.object({
  created: z.string(),
  username: z.string().default(''),
  hostname: z.string().default(''),
  kdf: z.literal('scrypt'),
  N: z.int().min(2),
  r: z.int().min(1),
  p: z.int().min(1),
  salt: base64(SALT_LENGTH),
  data: z.base64(),
})

const WrappedKey = z.object({
  mac: z.object({ k: base64(16), r: base64(16) }),
  encrypt: base64(32),
})

/** One way to open the vault. */
export interface VaultKey {
  id: string
  /** RFC 3339. */
  created: string
  /** Who or what it is for, such as a user's name or `recovery code`. */
  label: string
  hostname: string
}

/** A master key for a new vault. */
export function makeMasterKey(world: World): BoxKey {
  return { encrypt: world.random(32), k: world.random(16), r: world.random(16) }
}

/**
 * Stores the master key wrapped with a password; resolves with the key file's id once it is durable.
 * @throws Problem `bad-input` when the password is empty or the vault has as many keys as restic can try.
 */
export async function addKey(
  storage: Storage,
  world: World,
  masterKey: BoxKey,
  password: string,
  label: string,
  cost: ScryptCost = USUAL_COST,
): Promise<string> {
  if (password === '') throw new Problem('bad-input', 'The password is empty.', 'Choose one that is not.')
  if ((await storage.list('key')).length >= MOST_KEYS) {
    throw new Problem('bad-input', `The vault has ${MOST_KEYS} keys already.`, 'Remove one first.')
  }
  const salt = world.random(SALT_LENGTH)
  const sealer = createSealer(await passwordKey(password, salt, cost), world.random)
  const wrapped = {
    mac: { k: toBase64(masterKey.k), r: toBase64(masterKey.r) },
    encrypt: toBase64(masterKey.encrypt),
  }
  const file = Buffer.from(
    JSON.stringify({
      created: new Date(world.now()).toISOString(),
      username: label,
      hostname: hostname(),
      kdf: 'scrypt',
      ...cost,
      salt: toBase64(salt),
      data: toBase64(sealer.seal(Buffer.from(JSON.stringify(wrapped)))),
    }),
  )
  const id = idOf(file)
  await storage.write('key', id, file)
  return id
}

/**
 * The master key, from whichever key file the password opens; a recovery code may be typed in any shape.
 * @throws Problem `no-vault`, `wrong-password`, `vault-damaged` when every key file is unreadable.
 */
export async function openMasterKey(storage: Storage, world: World, password: string): Promise<BoxKey> {
  const files = await storage.list('key')
  const code = readRecoveryCode(password)
  const passwords = code === undefined || code === password ? [password] : [code, password]
  let unreadable = 0
  for (const { id } of files) {
    const file = await readKeyFile(storage, id)
    if (!file) unreadable++
    for (const tried of file ? passwords : []) {
      const masterKey = await unwrap(world, file!, tried)
      if (masterKey) return masterKey
    }
  }
  if (files.length === 0 && (await storage.list('config')).length === 0) throw noVault(storage)
  if (unreadable === files.length) {
    throw new Problem(
      'vault-damaged',
      `No key file in ${storage.location} can be read.`,
      'Bring back the folder "keys" from a copy of the vault.',
    )
  }
  throw new Problem('wrong-password', 'The password does not open this vault.', 'Type it again.')
}

/** The vault's keys, as their files tell; files that cannot be read are left out. */
export async function listKeys(storage: Storage): Promise<VaultKey[]> {
  const keys: VaultKey[] = []
  for (const { id } of await storage.list('key')) {
    const file = await readKeyFile(storage, id)
    if (file) keys.push({ id, created: file.created, label: file.username, hostname: file.hostname })
  }
  return keys.sort((a, b) => (a.created < b.created ? -1 : 1))
}

/** Removes a key. @throws Problem `not-found`, and `bad-input` when it is the last. */
export async function removeKey(storage: Storage, id: string): Promise<void> {
  const keys = await listKeys(storage)
  if (!keys.some((key) => key.id === id)) {
    throw new Problem('not-found', 'The vault has no such key.', 'List its keys to see which there are.')
  }
  if (keys.length === 1) {
    throw new Problem(
      'bad-input',
      'This is the last key; without it no one could open the vault.',
      'Add another first.',
    )
  }
  await storage.remove('key', id)
}

function noVault(storage: Storage): Problem {
  return new Problem(
    'no-vault',
    `There is no vault in ${storage.location}.`,
    'Choose another place, or make a vault there.',
  )
}

/** Who opens the vault with a recovery code, as listed. */
const RECOVERY_LABEL = 'recovery code'

/**
 * Makes a recovery code, shown only now; it is a password of its own, and the code before it opens the vault no more.
 * @returns the code as it is printed.
 */
export async function replaceRecoveryCode(vault: Vault, cost?: ScryptCost): Promise<string> {
  const { storage, world, masterKey } = vault
  const before = (await listKeys(storage)).filter(({ label }) => label === RECOVERY_LABEL)
  const code = makeRecoveryCode(world.random)
  await addKey(storage, world, masterKey, code, RECOVERY_LABEL, cost)
  for (const { id } of before) await removeKey(storage, id)
  return code
}

type KeyFile = z.infer<typeof KeyFile>

async function readKeyFile(storage: Storage, id: string): Promise<KeyFile | undefined> {
  const bytes = await storage.read('key', id)
  const parsed = KeyFile.safeParse(parseJson(bytes))
  if (!parsed.success) return undefined
  const { N, r, p } = parsed.data
  return 128 * N * r <= MOST_MEMORY && N * r * p <= MOST_WORK ? parsed.data : undefined
}

async function unwrap(world: World, file: KeyFile, password: string): Promise<BoxKey | undefined> {
  const sealer = createSealer(await passwordKey(password, file.salt, file), world.random)
  let plaintext: Buffer
  try {
    plaintext = sealer.open(Buffer.from(file.data, 'base64'))
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
  const wrapped = WrappedKey.safeParse(parseJson(plaintext))
  if (!wrapped.success) {
    throw new Problem(
      'vault-damaged',
      'A key of the vault has no valid content.',
      'Open it with another key.',
    )
  }
  const { mac, encrypt } = wrapped.data
  return { encrypt, k: mac.k, r: mac.r }
}

async function passwordKey(password: string, salt: Buffer, cost: ScryptCost): Promise<BoxKey> {
  const { N, r, p } = cost
  const bytes = await derive(password, salt, 64, { N, r, p, maxmem: 128 * N * r + 128 * r * p + 1024 * 1024 })
  return { encrypt: bytes.subarray(0, 32), k: bytes.subarray(32, 48), r: bytes.subarray(48, 64) }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
