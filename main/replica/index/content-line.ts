/**
 * Content lines, of which cards and calendars are made (RFC 5545, 3.1; RFC 6350, 3.2; vCard 2.1 and vCalendar 1.0), read
 * as they come and however badly they are written. Nothing here throws for any bytes, and the work grows with their length only.
 */
import { TextDecoder } from 'node:util'

/**
 * Text in which each character stands for one byte. Lines are taken apart in this form, since folding may cut a character in
 * two and since every property of an old card may have a charset of its own; `decodedValue` makes real text of it.
 */
type Octets = string

export interface ContentLine {
  /** `item1` of `item1.TEL`, upper case; '' when there is none. */
  group: string
  /** Upper case, without its group. */
  name: string
  /** Everything between name and colon, as written, unfolded. */
  parameters: Octets
  /** Everything behind the colon, as written, still folded: an embedded photo costs nothing unless someone asks for it. */
  value: Octets
  /** The whole line as written, without its last line break. */
  raw: Octets
}

const RETURN = 13
const SPACE = 32
const TAB = 9
const EQUALS = 61

/** The lines of a card or calendar in order. What has no name and no colon is passed over. */
export function* readContentLines(bytes: Uint8Array): Generator<ContentLine> {
  const text = octetsOf(bytes)
  // Known ahead, so that lines without a colon do not make each search run to the end of the text.
  let colon = text.indexOf(':')
  for (let at = 0; at < text.length && colon >= 0; ) {
    const end = endOfLine(text, at, colon)
    if (colon < end) {
      const line = takeApart(text, at, end, colon)
      if (line) yield line
    }
    at = end + 1
    if (colon < at) colon = text.indexOf(':', at)
  }
}

/** Where the line that begins at `at` ends, with all that is folded into it: the place of its last line feed. */
function endOfLine(text: Octets, at: number, colon: number): number {
  let quotedPrintable: boolean | undefined
  for (let from = at; ; ) {
    const feed = text.indexOf('\n', from)
    if (feed < 0) return text.length
    from = feed + 1
    const next = text.charCodeAt(from)
    if (next === SPACE || next === TAB) continue
    if (colon > feed || !endsWithEquals(text, feed)) return feed
    // `=` at the end continues a quoted-printable value (RFC 2045, 6.7); in base64 it is only padding.
    quotedPrintable ??= isQuotedPrintable(text.slice(at, colon))
    if (!quotedPrintable) return feed
  }
}

function endsWithEquals(text: Octets, feed: number): boolean {
  return text.charCodeAt(text.charCodeAt(feed - 1) === RETURN ? feed - 2 : feed - 1) === EQUALS
}

function isQuotedPrintable(parameters: Octets): boolean {
  return parameters.includes(';') && /quoted-printable/i.test(parameters)
}

const NAME = /^\s*(?:([\w-]+)\.)?([\w-]+)\s*(?=;|$)/

function takeApart(text: Octets, at: number, end: number, firstColon: number): ContentLine | undefined {
  const raw = text.slice(at, text.charCodeAt(end - 1) === RETURN ? end - 1 : end)
  const colon = colonOf(raw, firstColon - at)
  const head = unfold(raw.slice(0, colon))
  const [whole, group = '', name = ''] = NAME.exec(head) ?? []
  if (whole === undefined) return undefined
  return {
    group: group.toUpperCase(),
    name: name.toUpperCase(),
    parameters: head.slice(whole.length),
    value: raw.slice(colon + 1),
    raw,
  }
}

// A colon between quotes belongs to a parameter. If a quote is never closed, the first colon has to do.
function colonOf(raw: Octets, firstColon: number): number {
  const quote = raw.indexOf('"')
  if (quote < 0 || quote > firstColon) return firstColon
  let quoted = false
  for (let at = quote; at < raw.length; at++) {
    if (raw[at] === '"') quoted = !quoted
    else if (raw[at] === ':' && !quoted) return at
  }
  return firstColon
}

function unfold(text: Octets): Octets {
  return text.includes('\n') ? text.replace(/\r?\n[ \t]/g, '') : text
}

export interface Parameter {
  /** Upper case. */
  name: string
  values: string[]
}

// Parameters of vCard 2.1 may stand without their name.
const BARE_ENCODINGS = new Set(['QUOTED-PRINTABLE', 'BASE64', '8BIT', '7BIT', 'B', 'Q'])

/** The parameters of a line, with the names that vCard 2.1 leaves out (`TEL;HOME` is `TEL;TYPE=HOME`). */
export function parametersOf(line: ContentLine): Parameter[] {
  if (line.parameters === '') return []
  return splitOutsideQuotes(line.parameters.slice(1), ';').flatMap((written) => {
    if (written.trim() === '') return []
    const equals = written.indexOf('=')
    const values = splitOutsideQuotes(written.slice(equals + 1), ',').map(parameterValue)
    if (equals >= 0) return [{ name: written.slice(0, equals).trim().toUpperCase(), values }]
    const isEncoding = BARE_ENCODINGS.has(values[0]!.toUpperCase())
    return [{ name: isEncoding ? 'ENCODING' : 'TYPE', values }]
  })
}

/** All values of one parameter; empty when the line has none of that name. */
export function parameterOf(line: ContentLine, name: string): string[] {
  if (line.parameters === '') return []
  return parametersOf(line).flatMap((parameter) => (parameter.name === name ? parameter.values : []))
}

function splitOutsideQuotes(text: Octets, separator: ';' | ','): Octets[] {
  if (!text.includes('"')) return text.split(separator)
  const parts: Octets[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === separator && !quoted) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

const CARET_ESCAPES: Record<string, string> = { '^n': '\n', '^^': '^', "^'": '"' }

// Escapes of RFC 6868. Blanks of other kinds are parts of characters here: the last byte of `à` is one.
function parameterValue(written: Octets): string {
  const text = textOf(written.replace(/^[ \t]+|[ \t]+$/g, '').replace(/^"(.*)"$/s, '$1'))
  return text.includes('^') ? text.replace(/\^[n^']/g, (found) => CARET_ESCAPES[found]!) : text
}

/** The value as text: unfolded, decoded from quoted-printable and from its charset, but with its backslashes. */
export function decodedValue(line: ContentLine): string {
  let octets = line.value
  if (isQuotedPrintable(line.parameters)) octets = fromQuotedPrintable(octets)
  const charset = /CHARSET/i.test(line.parameters) ? parameterOf(line, 'CHARSET')[0] : undefined
  return textOf(unfold(octets), charset)
}

function fromQuotedPrintable(text: Octets): Octets {
  return text
    .replace(/=\r?\n/g, '')
    .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

const ESCAPES: Record<string, string> = { n: '\n', N: '\n' }

/** Text without the backslashes that protect commas, semicolons, colons and line breaks in it. */
export function unescapeText(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\\;,:nN"])/g, (_, at: string) => ESCAPES[at] ?? at) : text
}

/** The parts of a structured value such as N or ORG, or of a list; a separator behind a backslash does not count. */
export function splitValue(text: string, separator: ';' | ','): string[] {
  if (!text.includes('\\')) return text.split(separator)
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === separator) {
      parts.push(unescapeText(text.slice(from, at)))
      from = at + 1
    }
  }
  parts.push(unescapeText(text.slice(from)))
  return parts
}

const decoders = new Map<string, TextDecoder>([['utf-8', new TextDecoder('utf-8', { fatal: true })]])

/** Without a charset, or with one that is wrong or unknown, it is UTF-8, or else the charset of old Windows. */
function textOf(octets: Octets, charset?: string): string {
  const isPlain = !/[^\0-\x7f]/.test(octets)
  // ISO-2022-JP hides its text in plain characters.
  if (isPlain && (charset === undefined || !octets.includes('\x1b'))) return octets
  const bytes = Buffer.from(octets, 'latin1')
  for (const label of charset === undefined ? ['utf-8'] : [charset.toLowerCase(), 'utf-8']) {
    try {
      return decoderOf(label).decode(bytes)
    } catch {
      // Not the charset it claims to have, or one that nobody knows: on to the next guess.
    }
  }
  return isDamagedUtf8(bytes) ? bytes.toString('utf8') : decoderOf('windows-1252').decode(bytes)
}

// UTF-8 in which a few bytes were lost still has far more characters than faults; other charsets look like faults only.
function isDamagedUtf8(bytes: Buffer): boolean {
  const text = bytes.toString('utf8')
  const faults = text.split('\ufffd').length - 1
  return (text.match(/[^\0-\x7f]/g)?.length ?? 0) > 2 * faults
}

/** @throws RangeError for a label that names no charset. */
function decoderOf(label: string): TextDecoder {
  let decoder = decoders.get(label)
  if (!decoder) {
    decoder = new TextDecoder(label, { fatal: true })
    // A copy: a label cut out of a text would keep the whole text in memory.
    decoders.set(Buffer.from(label).toString(), decoder)
  }
  return decoder
}

/** One character per byte; UTF-16 becomes UTF-8 first, byte order marks go, and line breaks of old Macs become ours. */
function octetsOf(bytes: Uint8Array): Octets {
  const utf16 = utf16Of(bytes)
  const source = utf16 ? Buffer.from(new TextDecoder(utf16).decode(bytes)) : asBuffer(bytes)
  const mark = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf ? 3 : 0
  const text = source.toString('latin1', mark)
  return text.includes('\r') && !text.includes('\n') ? text.replaceAll('\r', '\n') : text
}

/** UTF-16 is known by its mark, or by the zero beside the first letter of BEGIN; undefined for all else. */
export function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined)) {
    return 'utf-16be'
  }
  return undefined
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes of a line or of a whole object put together from lines, just as they were read. */
export function bytesOf(octets: Octets): Buffer {
  return Buffer.from(octets, 'latin1')
}
