/** Writes content lines as cards and calendars share them (RFC 2426, 2.6; RFC 5545, 3.1): escaped, quoted, folded, ended by CRLF. */

export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * A line, not yet folded. @param value as it has to stand there; a text goes through `escapeText` first.
 * A parameter without a value is left out.
 */
export function contentLine(name: string, value: string, parameters: Parameters = {}): string {
  let head = name
  for (const [parameter, given] of Object.entries(parameters)) {
    if (given === undefined || given.length === 0) continue
    const values = typeof given === 'string' ? [given] : given
    head += `;${parameter}=${values.map(parameterValue).join(',')}`
  }
  return `${head}:${oneLine(value)}`
}

/** A text value: what would end or split it is escaped, and characters that no reader takes are left out. */
export function escapeText(text: string): string {
  return withoutControls(text.replace(/\r\n?|\u2028|\u2029/g, '\n'))
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n')
}

const CARETS: Record<string, string> = { '^': '^^', '\n': '^n', '"': "^'" }

// Quotes cannot be escaped by RFC 5545; RFC 6868 adds a way that old readers show as it is.
function parameterValue(text: string): string {
  const value = withoutControls(text.replace(/\r\n?/g, '\n')).replace(/[\^\n"]/g, (found) => CARETS[found]!)
  return /[:;,]/.test(value) ? `"${value}"` : value
}

// Nothing that a caller passes on may begin a line of its own.
function oneLine(value: string): string {
  return /[\r\n]/.test(value) ? value.replace(/\s*[\r\n]+\s*/g, ' ') : value
}

// Tabs and line feeds may stand in texts; half a surrogate pair has no UTF-8.
function withoutControls(text: string): string {
  return text.toWellFormed().replace(/[^\P{Cc}\t\n]/gu, '')
}

/** The bytes of lines, each folded at 75 octets and never within a character. */
export function joinLines(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${fold(line)}\r\n`).join(''))
}

const MOST_OCTETS = 75

function fold(line: string): string {
  if (Buffer.byteLength(line) <= MOST_OCTETS) return line
  const bytes = Buffer.from(line)
  const pieces: string[] = []
  // The blank in front of each further piece counts too.
  for (let at = 0, room = MOST_OCTETS; at < bytes.length; room = MOST_OCTETS - 1) {
    let end = Math.min(at + room, bytes.length)
    while (isWithinCharacter(bytes[end])) end--
    pieces.push(bytes.toString('utf8', at, end))
    at = end
  }
  return pieces.join('\r\n ')
}

function isWithinCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
