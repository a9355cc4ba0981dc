/** Writes content lines as vCard (RFC 2426) and iCalendar (RFC 5545) share them: escaped, folded at 75 octets, ended by CRLF. */

/** A text value, with what would end or split it escaped. */
export function escapeText(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\n/g, '\\n')
}

/** Folds each line at 75 octets, never within a character. */
export function joinLines(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${fold(line)}\r\n`).join(''))
}

function fold(line: string): string {
  if (Buffer.byteLength(line) <= 75) return line
  let folded = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > 75) {
      folded += '\r\n '
      octets = 1
    }
    folded += character
    octets += size
  }
  return folded
}
