/** Makes vCards 3.0 (RFC 2426) of contacts that the browser's picker hands over. */

/** As the Contact Picker API gives them; a browser leaves out what it does not offer. */
export interface PickedContact {
  name?: readonly string[]
  email?: readonly string[]
  tel?: readonly string[]
  address?: readonly PickedAddress[]
}

export interface PickedAddress {
  addressLine: readonly string[]
  city: string
  region: string
  postalCode: string
  country: string
}

/** One file for all of them. @returns an empty string for no contacts. */
export function writeCards(contacts: readonly PickedContact[]): string {
  return contacts.map(writeCard).join('')
}

function writeCard({ name = [], email = [], tel = [], address = [] }: PickedContact): string {
  const fullName = first(name) ?? first(tel) ?? first(email) ?? ''
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `FN:${escapeText(fullName)}`,
    `N:${nameParts(first(name) ?? '')}`,
    ...filled(tel).map((number) => `TEL:${escapeText(number)}`),
    ...filled(email).map((mail) => `EMAIL;TYPE=INTERNET:${escapeText(mail)}`),
    ...address.map((place) => `ADR:${addressParts(place)}`),
    'END:VCARD',
  ]
  return lines.map((line) => `${fold(line)}\r\n`).join('')
}

// The picker gives whole names. The last word as family name is what phones themselves guess; the whole name stays in FN.
function nameParts(name: string): string {
  const parts = name.trim().split(/\s+/)
  const family = parts.length > 1 ? parts.pop()! : ''
  return [family, parts.join(' '), '', '', ''].map(escapeText).join(';')
}

function addressParts({ addressLine, city, region, postalCode, country }: PickedAddress): string {
  return ['', '', addressLine.join('\n'), city, region, postalCode, country].map(escapeText).join(';')
}

const first = (values: readonly string[]) => filled(values)[0]
const filled = (values: readonly string[]) => values.map((value) => value.trim()).filter(Boolean)

function escapeText(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n?|\n/g, '\\n')
}

const LINE_BYTES = 75

/** Folds a line so that none has more than 75 bytes (RFC 2426, 2.6), and never within a character. */
function fold(line: string): string {
  const encoder = new TextEncoder()
  let [folded, length] = ['', 0]
  for (const character of line) {
    const bytes = encoder.encode(character).length
    if (length + bytes > LINE_BYTES) {
      folded += '\r\n '
      length = 1
    }
    folded += character
    length += bytes
  }
  return folded
}
