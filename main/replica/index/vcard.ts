/** Reads a card of any version, whole or broken, for the index. */
import {
  type ContentLine,
  decodedValue,
  parameterOf,
  readContentLines,
  splitValue,
  unescapeText,
} from './content-line.ts'
import { type ContactFacts, clip, clipAll, clipUid } from './facts.ts'

/**
 * What the index keeps of a card (vCard 2.1, 3.0 and 4.0). In a file with several cards it is the first that counts, and cards
 * nested in it (AGENT) do not. Never throws and never changes the bytes: what cannot be read is left out.
 */
export function readContact(bytes: Uint8Array): ContactFacts {
  const card = collect(bytes)
  const text = (name: string) => firstText(card, name)
  const [family = '', given = '', additional = '', prefix = '', suffix = ''] = partsOf(card.N?.[0])
  const organisation = joined(partsOf(firstFilled(card.ORG)), ', ')
  const phones = all(card.TEL, phoneNumber)
  const mails = all(card.EMAIL, mailAddress)
  const fullName = joined([prefix, given, additional, family, suffix], ' ')
  const name = text('FN') || fullName || organisation || text('NICKNAME') || mails[0] || phones[0] || ''
  const sortName = sortKey(card) || joined([family, given, additional], ' ') || name
  return {
    kind: 'contact',
    uid: clipUid(text('UID')),
    name: clip(name),
    sortName: clip(sortName.toLowerCase()),
    organisation: organisation === '' ? null : clip(organisation),
    phones: clipAll(phones),
    mails: clipAll(mails),
    isGroup: [text('KIND'), text('X-ADDRESSBOOKSERVER-KIND')].some((kind) => kind.toLowerCase() === 'group'),
    readable: name !== '',
  }
}

const WANTED = [
  'UID',
  'FN',
  'N',
  'SORT-STRING',
  'X-PHONETIC-LAST-NAME',
  'X-PHONETIC-FIRST-NAME',
  'NICKNAME',
  'ORG',
  'TEL',
  'EMAIL',
  'KIND',
  'X-ADDRESSBOOKSERVER-KIND',
] as const

type Card = Partial<Record<string, ContentLine[]>>

// More lines of one kind than anyone has; the rest of a card that is all telephone numbers is not worth memory.
const MOST_OF_A_KIND = 200

/** The lines of the first card that matter, by name. */
function collect(bytes: Uint8Array): Card {
  const card: Card = Object.fromEntries(WANTED.map((name) => [name, []]))
  for (const line of readCardLines(bytes)) {
    const lines = card[line.name]
    if (lines && lines.length < MOST_OF_A_KIND) lines.push(line)
  }
  return card
}

/** The lines of the first card of a file, without those of cards nested in it and without begin and end. */
export function* readCardLines(bytes: Uint8Array): Generator<ContentLine> {
  let depth = 0
  for (const line of readContentLines(bytes)) {
    const marksCard = (line.name === 'BEGIN' || line.name === 'END') && /^\s*vcard\s*$/i.test(line.value)
    if (marksCard) {
      depth += line.name === 'BEGIN' ? 1 : -1
      if (depth <= 0) return
    } else if (depth <= 1) {
      yield line
    }
  }
}

function firstText(card: Card, name: string): string {
  for (const line of card[name] ?? []) {
    const text = unescapeText(decodedValue(line)).trim()
    if (text !== '') return text
  }
  return ''
}

function firstFilled(lines: ContentLine[] | undefined): ContentLine | undefined {
  return lines?.find((line) => /[^;\s]/.test(line.value))
}

function partsOf(line: ContentLine | undefined): string[] {
  return line ? splitValue(decodedValue(line), ';').map((part) => part.trim()) : []
}

function joined(parts: string[], separator: string): string {
  return parts.filter((part) => part !== '').join(separator)
}

/** How the owner wants the card sorted: RFC 6350, 5.9; RFC 2426, 3.6.5; and the reading that Japanese phones add. */
function sortKey(card: Card): string {
  const [sortAs = ''] = card.N?.[0] ? parameterOf(card.N[0], 'SORT-AS') : []
  const phonetic = [firstText(card, 'X-PHONETIC-LAST-NAME'), firstText(card, 'X-PHONETIC-FIRST-NAME')]
  const key = sortAs || firstText(card, 'SORT-STRING') || joined(phonetic, ' ')
  return key.replaceAll(';', ' ').trim()
}

function all(lines: ContentLine[] | undefined, read: (text: string) => string): string[] {
  const values = (lines ?? []).map((line) => read(unescapeText(decodedValue(line)).trim()))
  return [...new Set(values.filter((value) => value !== ''))]
}

function phoneNumber(text: string): string {
  return text.replace(/^tel:/i, '')
}

// `"Omega" <omega@example.com>` and `mailto:` are seen in the wild.
function mailAddress(text: string): string {
  return (/<([^<>\s]+@[^<>\s]+)>$/.exec(text)?.[1] ?? text).replace(/^mailto:/i, '')
}
