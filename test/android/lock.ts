/**
 * The lock of a phone that Debian's `adbd` leaves out: a computer proves itself by its key's signature, or hands in its key and waits
 * for the owner to tap Allow (system/core/adb, protocol.txt, "AUTH").
 */
import { constants, createPublicKey, type KeyObject, publicDecrypt, randomBytes } from 'node:crypto'
import type { Packet } from './adb-packet.ts'

const [TOKEN, SIGNATURE, KEY] = [1, 2, 3]
const TOKEN_LENGTH = 20
/** What a signature holds in front of a SHA-1 hash, for which the token passes (RFC 8017, section 9.2). */
const SHA1_PREFIX = Buffer.from('3021300906052b0e03021a05000414', 'hex')

export interface Lock {
  /** What is asked of each new connection. */
  challenge(): Packet
  /** @returns whether the connection is let in now, or what is asked next; null where the owner has to decide first. */
  answer(packet: Packet): 'open' | Packet | null
  /** The owner taps Allow: lets in whoever waits, and always from now on. */
  allow(): void
}

/** @param opened is called when a connection that waits is let in. */
export function createLock(opened: () => void): Lock {
  const allowed: KeyObject[] = []
  let token = randomBytes(TOKEN_LENGTH)
  let asking: KeyObject | undefined

  function challenge(): Packet {
    token = randomBytes(TOKEN_LENGTH)
    return { command: 'AUTH', arg0: TOKEN!, arg1: 0, payload: token }
  }

  return {
    challenge,
    answer({ arg0, payload }) {
      if (arg0 === SIGNATURE) {
        return allowed.some((key) => isSigned(key, token, payload)) ? 'open' : challenge()
      }
      if (arg0 === KEY) asking = readKey(payload)
      return null
    },
    allow() {
      if (!asking) throw new Error('no computer asks to be let in')
      allowed.push(asking)
      asking = undefined
      opened()
    },
  }
}

function isSigned(key: KeyObject, token: Buffer, signature: Buffer): boolean {
  try {
    const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
    return signed.equals(Buffer.concat([SHA1_PREFIX, token]))
  } catch {
    return false
  }
}

/** Android's own form of an RSA key, in base64 with a name behind it: its length in words, a number for Montgomery, the modulus. */
function readKey(payload: Buffer): KeyObject {
  const bytes = Buffer.from(payload.toString('latin1').split(' ', 1)[0]!, 'base64')
  const modulus = Buffer.from(bytes.subarray(8, 8 + 4 * bytes.readUInt32LE(0))).reverse()
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' },
  })
}
