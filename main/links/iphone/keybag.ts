/**
 * The keys of an encrypted backup. A password opens the keys of the protection classes in the keybag, and these the key of each
 * file (Apple Platform Security, "Keybags"; RFC 8018, 5.2; RFC 3394).
 */
import { createDecipheriv, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { Problem } from '../../problem.ts'
import { damagedBackup } from './problems.ts'

// Runs in a thread of libuv's: ten million rounds take a second or more.
const deriveKey = promisify(pbkdf2)

/** The opened keys of the protection classes. */
export interface ClassKeys {
  /**
   * The key of a file, or of the manifest. @param wrapped class as 4-byte little-endian number, and the key wrapped by it.
   * @throws Problem `data-damaged` when no class fits.
   */
  unwrap(wrapped: Uint8Array): Buffer
}

interface Keybag {
  header: Map<string, Buffer>
  classes: Map<string, Buffer>[]
}

/** @throws Problem `wrong-password`, or `data-damaged` for a keybag that cannot be. */
export async function openKeybag(bytes: Uint8Array, password: string): Promise<ClassKeys> {
  const { header, classes } = readKeybag(Buffer.from(bytes))
  const kek = await passwordKey(header, password)
  const byPassword = classes.filter((entry) => (numberOf(entry.get('WRAP')) & BY_PASSWORD) !== 0)
  if (byPassword.length === 0) throw damagedBackup('Its keys are missing.')
  const keys = new Map<number, Buffer>()
  for (const entry of byPassword) {
    const key = unwrapBy(kek, entry.get('WPKY') ?? Buffer.alloc(0))
    if (key) keys.set(numberOf(entry.get('CLAS')), key)
  }
  // Each wrapping checks itself: a single one that opens proves the password right, whatever became of the others.
  if (keys.size === 0) throw wrongPassword()
  return {
    unwrap(wrapped) {
      const classKey = wrapped.length > 4 ? keys.get(Buffer.from(wrapped).readUInt32LE()) : undefined
      const key = classKey && unwrapBy(classKey, wrapped.subarray(4))
      if (!key) throw damagedBackup('The key of a file in it does not fit.')
      return key
    },
  }
}

/** Bit of WRAP: the key is wrapped by what comes from the password. */
const BY_PASSWORD = 2

/** Tags in order; the second UUID begins the classes. @throws Problem `data-damaged`. */
function readKeybag(bytes: Buffer): Keybag {
  const header = new Map<string, Buffer>()
  const classes: Map<string, Buffer>[] = []
  let current = header
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw damagedBackup('Its keys are cut off.')
    const name = bytes.toString('latin1', at, at + 4)
    const end = at + 8 + bytes.readUInt32BE(at + 4)
    if (end > bytes.length) throw damagedBackup('Its keys are cut off.')
    if (name === 'UUID' && header.has('UUID')) {
      current = new Map()
      classes.push(current)
    }
    current.set(name, bytes.subarray(at + 8, end))
    at = end
  }
  return { header, classes }
}

// The phone takes ten million; a broken or hostile file may not keep a processor busy for hours.
const MOST_ROUNDS = 100_000_000

/** Since iOS 10.2 there is a first, long derivation in front of the old one. */
async function passwordKey(header: Map<string, Buffer>, password: string): Promise<Buffer> {
  const value = (name: string) => header.get(name) ?? missing()
  const rounds = (name: string) => {
    const count = numberOf(value(name))
    return count >= 1 && count <= MOST_ROUNDS ? count : missing()
  }
  const first = header.has('DPSL')
    ? await deriveKey(password, value('DPSL'), rounds('DPIC'), 32, 'sha256')
    : Buffer.from(password)
  return deriveKey(first, value('SALT'), rounds('ITER'), 32, 'sha1')
}

function missing(): never {
  throw damagedBackup('Its keys are not as they have to be.')
}

function wrongPassword(): Problem {
  return new Problem(
    'wrong-password',
    'This is not the password of this backup.',
    'Enter the password that was set when encryption of local backups was switched on. It may differ from the passcode and from the Apple account’s password.',
  )
}

function numberOf(bytes: Buffer | undefined): number {
  return bytes?.length === 4 ? bytes.readUInt32BE() : 0
}

/** Undefined when the key does not fit; the wrapping checks itself. */
function unwrapBy(key: Buffer, wrapped: Uint8Array): Buffer | undefined {
  try {
    const decipher = createDecipheriv('id-aes256-wrap', key, Buffer.alloc(8, 0xa6))
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch {
    return undefined
  }
}
