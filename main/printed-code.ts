/** Secrets made to be printed, read aloud and typed: Crockford's Base32 in groups of four, the last signs a checksum. */
import { createHash } from 'node:crypto'

/** Lengths in signs of five bits; together a multiple of four. */
export interface CodeShape {
  secret: number
  check: number
}

// No I, L, O or U, which are mistaken for others.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const MISREAD: Record<string, string> = { O: '0', I: '1', L: '1', U: 'V' }

/** @param random source of bytes no one can guess. */
export function makePrintedCode(random: (length: number) => Uint8Array, shape: CodeShape): string {
  return printed(toBase32(random(Math.ceil((shape.secret * 5) / 8)), shape.secret), shape)
}

/**
 * The code as it was printed, from what someone typed: case, spaces, dashes and look-alikes do not matter. Undefined when it is no
 * code of this shape or the checksum says that it was mistyped.
 */
export function readPrintedCode(typed: string, shape: CodeShape): string | undefined {
  const signs = [...typed.toUpperCase()].filter((sign) => !/[\s\-‐‑–—_.]/u.test(sign))
  const code = signs.map((sign) => MISREAD[sign] ?? sign).join('')
  if (code.length !== shape.secret + shape.check) return undefined
  const right = printed(code.slice(0, shape.secret), shape)
  return right.replaceAll('-', '') === code ? right : undefined
}

function printed(secret: string, { check }: CodeShape): string {
  const sum = toBase32(createHash('sha256').update(secret).digest(), check)
  return (secret + sum).match(/.{4}/g)!.join('-')
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
