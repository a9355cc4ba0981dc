/** Recovery codes: a vault password made to be printed, read aloud and typed. */
import { createHash } from 'node:crypto'

// Crockford's Base32: no I, L, O or U, which are mistaken for others.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const MISREAD: Record<string, string> = { O: '0', I: '1', L: '1', U: 'V' }
const SECRET_LENGTH = 24 // 120 bits
const CHECK_LENGTH = 4
const GROUP_LENGTH = 4

/** @param random source of at least 15 bytes no one can guess. */
export function makeRecoveryCode(random: (length: number) => Uint8Array): string {
  return printed(toBase32(random((SECRET_LENGTH * 5) / 8), SECRET_LENGTH))
}

/**
 * The code as it was printed, and as it is the vault's password, from what someone typed: case, spaces, dashes and
 * look-alikes do not matter. Undefined when it is no code or the checksum says that it was mistyped.
 */
export function readRecoveryCode(typed: string): string | undefined {
  const signs = [...typed.toUpperCase()].filter((sign) => !/[\s\-‐‑–—_.]/u.test(sign))
  const code = signs.map((sign) => MISREAD[sign] ?? sign).join('')
  if (code.length !== SECRET_LENGTH + CHECK_LENGTH) return undefined
  const secret = code.slice(0, SECRET_LENGTH)
  return printed(secret).replaceAll('-', '') === code ? printed(secret) : undefined
}

function printed(secret: string): string {
  const check = toBase32(createHash('sha256').update(secret).digest(), CHECK_LENGTH)
  return (secret + check).match(new RegExp(`.{${GROUP_LENGTH}}`, 'g'))!.join('-')
}

/** The first `length` digits of the bytes, five bits each. */
function toBase32(bytes: Uint8Array, length: number): string {
  let digits = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    for (; bits >= 5 && digits.length < length; bits -= 5) digits += ALPHABET[(value >> (bits - 5)) & 31]
  }
  return digits
}
