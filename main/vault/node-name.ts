/**
 * Names in trees: kept as Go's strconv.Quote writes them, ordered by their bytes, and never trusted as paths.
 * Bytes that are not UTF-8 stand as the lone surrogates U+DC80 to U+DCFF in our strings, as in Python (PEP 383).
 */
import { isUtf8 } from 'node:buffer'
import { Problem } from '../problem.ts'

const SHORT_ESCAPES: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}
const ESCAPED_BYTES: Record<string, number> = Object.fromEntries(
  Object.entries({ ...SHORT_ESCAPES, "'": "\\'" }).map(([sign, escaped]) => [
    escaped[1]!,
    sign.charCodeAt(0),
  ]),
)

// Go's IsPrint, without the double quote and the backslash.
const NOT_PLAIN = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.)|$)/gsu
const BAD_BYTE = /[\uDC80-\uDCFF]/u
const BAD_BYTE_BASE = 0xdc00

/** The name as a tree holds it, before JSON's own escapes. */
export function quoteName(name: string): string {
  return name.replace(NOT_PLAIN, (sign) => {
    const short = SHORT_ESCAPES[sign]
    if (short !== undefined) return short
    const code = sign.codePointAt(0)!
    if (BAD_BYTE.test(sign)) return `\\x${hex(code - BAD_BYTE_BASE, 2)}`
    if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
    return code < 0x1_0000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
  })
}

/** The name that a tree's text stands for. @throws Problem `vault-damaged` when it is not quoted as it should be. */
export function unquoteName(quoted: string): string {
  if (!quoted.includes('\\')) return quoted
  const parts: Uint8Array[] = []
  let end = 0
  for (const match of quoted.matchAll(ESCAPE)) {
    parts.push(Buffer.from(quoted.slice(end, match.index)), unescaped(quoted, match))
    end = match.index + match[0].length
  }
  parts.push(Buffer.from(quoted.slice(end)))
  return decodeName(Buffer.concat(parts))
}

function unescaped(quoted: string, match: RegExpExecArray): Uint8Array {
  const [, byte, short, long, octal, sign] = match
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16))
  if (octal !== undefined && Number.parseInt(octal, 8) < 256) return Uint8Array.of(Number.parseInt(octal, 8))
  const point = short ?? long
  const code = point === undefined ? -1 : Number.parseInt(point, 16)
  if (code >= 0 && code <= 0x10_ffff) return Buffer.from(String.fromCodePoint(code))
  const known = sign === undefined ? undefined : ESCAPED_BYTES[sign]
  if (known !== undefined) return Uint8Array.of(known)
  throw new Problem('vault-damaged', `A tree has a name that cannot be read: ${quoted}`, 'Check the vault.')
}

/** The name's bytes, as a file system that takes any bytes stores them. */
export function nameBytes(name: string): Buffer {
  if (!BAD_BYTE.test(name)) return Buffer.from(name)
  return Buffer.concat(
    [...name].map((sign) =>
      BAD_BYTE.test(sign) ? Buffer.of(sign.charCodeAt(0) - BAD_BYTE_BASE) : Buffer.from(sign),
    ),
  )
}

/** Whether the name has bytes that are not UTF-8. */
export function hasBadBytes(name: string): boolean {
  return BAD_BYTE.test(name)
}

/** The string for a name's bytes. */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let name = ''
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)))
    name +=
      length === undefined
        ? String.fromCharCode(BAD_BYTE_BASE + bytes[at]!)
        : bytes.toString('utf8', at, at + length)
    at += length ?? 1
  }
  return name
}

/** Whether a name is a single path element; a vault from elsewhere may hold what is not. */
export function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
