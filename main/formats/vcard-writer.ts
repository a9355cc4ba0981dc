/** Writes contacts as vCard 3.0 (RFC 2426), with the lines that phones add for own labels, dates, relations and readings. */
import { contentLine, escapeText, joinLines, type Parameters } from './content-line-writer.ts'

export interface CardName {
  family?: string
  given?: string
  middle?: string
  prefix?: string
  suffix?: string
}

export interface CardAddress {
  box?: string
  extended?: string
  street?: string
  city?: string
  region?: string
  postcode?: string
  country?: string
}

/** A day, with no year where its owner gave none; or what else was given for one. */
export type CardDate = { year: number | null; month: number; day: number } | string

/** One of several values, and what it is for. */
export interface Labelled<T> {
  value: T
  /** Types of the standard, such as `CELL` and `WORK`. */
  types?: readonly string[]
  /** What its owner calls it instead. */
  label?: string
  preferred?: boolean
}

export interface CardPicture {
  type: 'JPEG' | 'PNG'
  bytes: Uint8Array
}

/** A contact. Empty texts and lists are left out. */
export interface Card {
  uid: string
  /** As it is shown; made from the rest of the card when it is empty. */
  formattedName?: string
  name?: CardName
  /** How the name is read aloud. */
  phonetic?: CardName
  nicknames?: readonly string[]
  /** The organisation and its units, the largest first. */
  organisation?: readonly string[]
  title?: string
  phones?: readonly Labelled<string>[]
  mails?: readonly Labelled<string>[]
  addresses?: readonly Labelled<CardAddress>[]
  websites?: readonly Labelled<string>[]
  /** Addresses for messages as `service` and `value`, such as `Signal`. */
  messages?: readonly (Labelled<string> & { service: string })[]
  birthday?: CardDate
  /** Days other than the birthday. */
  dates?: readonly Labelled<CardDate>[]
  /** Names of people, labelled with what they are to the contact. */
  relations?: readonly Labelled<string>[]
  note?: string
  categories?: readonly string[]
  picture?: CardPicture
  /** Lines that only its source knows, by `contentLine`. */
  further?: readonly string[]
}

/** Labels that Apple and Android agree on have this form; others stand as they are. */
export function knownLabel(name: string): string {
  return `_$!<${name}>!$_`
}

/** The card's bytes: lines folded at 75 octets and ended by CRLF, the same for the same card. */
export function writeCard(card: Card): Buffer {
  const lines = ['BEGIN:VCARD', 'VERSION:3.0', 'PRODID:-//Sidekeep//Sidekeep//EN']
  // Lines that belong together share a group's name.
  let groups = 0
  const text = (name: string, value: string | undefined) => {
    if (value) lines.push(contentLine(name, escapeText(value)))
  }
  function labelled<T>(
    name: string,
    values: readonly Labelled<T>[] | undefined,
    write: (value: T) => string,
    parameters: (value: T) => Parameters = () => ({}),
  ): void {
    for (const { value, types = [], label, preferred } of values ?? []) {
      const written = write(value)
      if (!/[^;]/.test(written)) continue
      const all = preferred ? [...types, 'PREF'] : types
      const given = { TYPE: all, ...parameters(value) }
      if (!label) {
        lines.push(contentLine(name, written, given))
        continue
      }
      const group = `item${++groups}`
      lines.push(
        contentLine(`${group}.${name}`, written, given),
        contentLine(`${group}.X-ABLabel`, escapeText(label)),
      )
    }
  }

  text('UID', card.uid)
  text('FN', shownName(card) || ' ')
  lines.push(contentLine('N', nameText(card.name ?? {})))
  text('X-PHONETIC-FIRST-NAME', card.phonetic?.given)
  text('X-PHONETIC-MIDDLE-NAME', card.phonetic?.middle)
  text('X-PHONETIC-LAST-NAME', card.phonetic?.family)
  list('NICKNAME', card.nicknames)
  if (card.organisation?.some((part) => part !== '')) {
    lines.push(contentLine('ORG', card.organisation.map(escapeText).join(';')))
  }
  text('TITLE', card.title)
  labelled('TEL', card.phones, escapeText)
  labelled('EMAIL', card.mails, escapeText)
  labelled('ADR', card.addresses, addressText)
  labelled('URL', card.websites, uriText)
  for (const { service, ...message } of card.messages ?? []) {
    labelled(
      'IMPP',
      [message],
      (value) => `${schemeOf(service)}:${uriText(value)}`,
      () => ({ 'X-SERVICE-TYPE': service }),
    )
  }
  if (card.birthday) lines.push(contentLine('BDAY', dateText(card.birthday), dateParameters(card.birthday)))
  labelled('X-ABDATE', card.dates, dateText, dateParameters)
  labelled('X-ABRELATEDNAMES', card.relations, escapeText)
  text('NOTE', card.note)
  list('CATEGORIES', card.categories)
  lines.push(...(card.further ?? []))
  if (card.picture) {
    const { type, bytes } = card.picture
    lines.push(contentLine('PHOTO', Buffer.from(bytes).toString('base64'), { ENCODING: 'b', TYPE: type }))
  }
  lines.push('END:VCARD')
  return joinLines(lines)

  function list(name: string, values: readonly string[] | undefined): void {
    const filled = (values ?? []).filter((value) => value !== '')
    if (filled.length > 0) lines.push(contentLine(name, filled.map(escapeText).join(',')))
  }
}

/** FN may not be missing (RFC 2426, 3.1.1): what a phone's list would show. */
function shownName(card: Card): string {
  const { prefix, given, middle, family, suffix } = card.name ?? {}
  const full = [prefix, given, middle, family, suffix].filter((part) => part).join(' ')
  return (
    card.formattedName?.trim() ||
    full ||
    card.nicknames?.[0] ||
    card.organisation?.find((part) => part !== '') ||
    card.mails?.[0]?.value ||
    card.phones?.[0]?.value ||
    ''
  )
}

function nameText(name: CardName): string {
  const { family, given, middle, prefix, suffix } = name
  return [family, given, middle, prefix, suffix].map((part) => escapeText(part ?? '')).join(';')
}

function addressText(address: CardAddress): string {
  const { box, extended, street, city, region, postcode, country } = address
  return [box, extended, street, city, region, postcode, country]
    .map((part) => escapeText(part ?? ''))
    .join(';')
}

// A URI has nothing to escape (RFC 2426, 4); what people write into such fields can, and most readers unescape all the same.
function uriText(text: string): string {
  return /^[a-z][a-z0-9+.-]*:[^\s\\]*$/i.test(text) ? text : escapeText(text)
}

function schemeOf(service: string): string {
  const scheme = service.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (scheme === 'jabber' || scheme === 'googletalk') return 'xmpp'
  return /^[a-z]/.test(scheme) ? scheme : 'x-apple'
}

/** Stands in for a year that was not given; a leap year, so that 29 February is a day of it. */
const NO_YEAR = 1604

function dateText(date: CardDate): string {
  if (typeof date === 'string') return escapeText(date)
  const { year, month, day } = date
  const padded = [month, day].map((part) => String(part).padStart(2, '0'))
  return [String(year ?? NO_YEAR).padStart(4, '0'), ...padded].join('-')
}

function dateParameters(date: CardDate): Parameters {
  if (typeof date === 'string') return { VALUE: 'text' }
  return date.year === null ? { 'X-APPLE-OMIT-YEAR': String(NO_YEAR) } : { VALUE: 'date' }
}
