/** Takes a card of any version apart into rows of Android's contacts (ContactsContract.Data): what `contact-card.ts` does, the other way. */
import {
  type ContentLine,
  decodedValue,
  parametersOf,
  splitValue,
  unescapeText,
} from '../../replica/index/content-line.ts'
import { readCardLines, readContact } from '../../replica/index/vcard.ts'
import { MIME } from './contact-card.ts'
import {
  ADDRESS_KINDS,
  BIRTHDAY,
  DATE_KINDS,
  type Kind,
  MAIL_KINDS,
  MESSAGE_KINDS,
  MESSAGE_SERVICES,
  NAMED_SERVICE,
  numberOf,
  PHONE_KINDS,
  RELATION_KINDS,
  WEBSITE_KINDS,
} from './contact-kinds.ts'

/** A row's columns without its contact's number. Columns without a text are left out. */
export interface PlannedRow {
  mimetype: string
  /** By column, such as `data1`. */
  data: Readonly<Record<string, string>>
  isPrimary: boolean
}

export interface PlannedContact {
  /** Null for a card without one. */
  uid: string | null
  starred: boolean
  /** Titles of its groups. */
  groups: string[]
  rows: PlannedRow[]
  hasPicture: boolean
  /** What of it a phone's contacts have no place for, in a person's words. */
  leftOut: string[]
}

/** What has no kind of row, though people may miss it. */
const WITHOUT_PLACE: Readonly<Record<string, string>> = {
  GENDER: 'the gender',
  GEO: 'the place on the map',
  KEY: 'keys',
  LANG: 'languages',
  LOGO: 'the logo',
  ROLE: 'the role',
  SOUND: 'sounds',
  TZ: 'the time zone',
  'X-SOCIALPROFILE': 'social profiles',
}

interface Line {
  text: string
  types: string[]
  label: string
  parameter(name: string): string
}

type Columns = Record<number, string | undefined>

/** @param card a single contact; what has no row on a phone is left out. */
export function planContact(card: Uint8Array): PlannedContact {
  const lines = Map.groupBy(readLines(card), ({ name }) => name)
  const all = (name: string) => lines.get(name) ?? []
  const text = (name: string) => unescapeText(all(name)[0]?.text ?? '')
  const rows: PlannedRow[] = []
  const add = (mimetype: string, columns: Columns, types: readonly string[] = []) => {
    const data = Object.entries(columns).flatMap(([n, value]) =>
      value ? [[`data${n}`, value] as const] : [],
    )
    if (data.length > 0)
      rows.push({ mimetype, data: Object.fromEntries(data), isPrimary: types.includes('PREF') })
  }
  const addKind = (mimetype: string, kinds: Kinds, line: Line, value: Columns) => {
    if (Object.values(value).some((part) => part))
      add(mimetype, { ...value, ...kindColumns(kinds, line) }, line.types)
  }
  for (const line of all('NICKNAME')) {
    for (const nickname of splitValue(line.text, ',')) add(MIME.nickname, { 1: nickname })
  }
  const [company = '', ...units] = all('ORG')[0] ? splitValue(all('ORG')[0]!.text, ';') : []
  add(MIME.organisation, { 1: company, 4: text('TITLE'), 5: units.filter((unit) => unit !== '').join(', ') })
  for (const line of all('TEL'))
    addKind(MIME.phone, PHONE_KINDS, line, { 1: unescapeText(line.text).replace(/^tel:/i, '') })
  for (const line of all('EMAIL')) addKind(MIME.mail, MAIL_KINDS, line, { 1: unescapeText(line.text) })
  for (const line of all('ADR')) addKind(MIME.address, ADDRESS_KINDS, line, addressColumns(line.text))
  for (const line of all('URL')) addKind(MIME.website, WEBSITE_KINDS, line, { 1: unescapeText(line.text) })
  for (const line of all('IMPP')) addMessage(line, addKind)
  for (const line of all('BDAY')) add(MIME.date, { 1: dateText(line), 2: String(BIRTHDAY) })
  for (const line of all('ANNIVERSARY')) add(MIME.date, { 1: dateText(line), 2: '1' })
  for (const line of all('X-ABDATE')) addKind(MIME.date, DATE_KINDS, line, { 1: dateText(line) })
  for (const line of all('X-ABRELATEDNAMES')) {
    addKind(MIME.relation, RELATION_KINDS, line, { 1: unescapeText(line.text) })
  }
  add(MIME.name, nameColumns(text, all('N')[0], rows))
  add(MIME.note, { 1: text('NOTE') })
  for (const line of all('X-ANDROID-CUSTOM')) {
    const [mimetype = '', ...data] = splitValue(line.text, ';')
    if (mimetype !== '')
      add(mimetype, Object.fromEntries(data.slice(0, 14).map((value, n) => [n + 1, value])))
  }
  return {
    uid: readContact(card).uid,
    starred: text('X-ANDROID-STARRED') === '1',
    groups: [...new Set(all('CATEGORIES').flatMap((line) => splitValue(line.text, ',')))].filter(
      (title) => title.trim() !== '',
    ),
    rows,
    leftOut: Object.keys(WITHOUT_PLACE).flatMap((name) => (lines.has(name) ? WITHOUT_PLACE[name]! : [])),
    hasPicture: all('PHOTO').some(({ text }) => text.length > 0),
  }
}

type Kinds = Readonly<Record<number, Kind>>

function* readLines(card: Uint8Array): Generator<Line & { name: string }> {
  const found = [...readCardLines(card)]
  const labels = new Map(
    found
      .filter(({ name }) => name === 'X-ABLABEL')
      .map((line) => [line.group, unescapeText(decodedValue(line))]),
  )
  for (const line of found) yield { name: line.name, ...readLine(line, labels.get(line.group) ?? '') }
}

function readLine(line: ContentLine, label: string): Line {
  const parameters = parametersOf(line)
  const valuesOf = (wanted: string) =>
    parameters.filter(({ name }) => name === wanted).flatMap(({ values }) => values)
  const types = valuesOf('TYPE').flatMap((type) => type.toUpperCase().split(','))
  // vCard 4.0 says it by a parameter of its own.
  if (valuesOf('PREF').length > 0) types.push('PREF')
  // Pictures are passed over, whatever their size.
  const text = line.name === 'PHOTO' ? line.value.trim() : decodedValue(line)
  return { text, types, label: line.group === '' ? '' : label, parameter: (name) => valuesOf(name)[0] ?? '' }
}

function kindColumns(kinds: Kinds, { types, label }: Line): Columns {
  const number = numberOf(kinds, types, label)
  return { 2: String(number), 3: number === 0 ? label : undefined }
}

/** @param rows of the rest of the card: FN is made of them where a contact has no name, and then it is none. */
function nameColumns(
  text: (name: string) => string,
  name: Line | undefined,
  rows: readonly PlannedRow[],
): Columns {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = name
    ? splitValue(name.text, ';')
    : []
  const reading = (part: string) => text(`X-PHONETIC-${part}-NAME`)
  const shown = text('FN').trim()
  const isNamed = [family, given, middle, prefix, suffix].some((part) => part !== '')
  const isMade =
    !isNamed &&
    rows.some(
      ({ mimetype, data }) =>
        mayStandIn(mimetype) && Object.values(data).some((value) => value.trim() === shown),
    )
  return {
    ...{ 1: isMade ? '' : shown, 2: given, 3: family, 4: prefix, 5: middle, 6: suffix },
    ...{ 7: reading('FIRST'), 8: reading('MIDDLE'), 9: reading('LAST') },
  }
}

function mayStandIn(mimetype: string): boolean {
  const kinds: readonly string[] = [MIME.nickname, MIME.organisation, MIME.mail, MIME.phone]
  return kinds.includes(mimetype)
}

function addressColumns(text: string): Columns {
  const [box, extended, street, city, region, postcode, country] = splitValue(text, ';')
  return { 4: street, 5: box, 6: extended, 7: city, 8: region, 9: postcode, 10: country }
}

/** Services by the scheme of their addresses, where nothing else names them. */
const SCHEMES: Record<string, string> = {
  aim: 'AIM',
  icq: 'ICQ',
  msnim: 'MSN',
  skype: 'Skype',
  xmpp: 'Jabber',
  ymsgr: 'Yahoo',
  sip: 'SIP',
}

function addMessage(
  line: Line,
  add: (mimetype: string, kinds: Kinds, line: Line, value: Columns) => void,
): void {
  const [, scheme = '', rest = line.text] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(line.text) ?? []
  const service = line.parameter('X-SERVICE-TYPE') || SCHEMES[scheme.toLowerCase()] || scheme || 'IM'
  const address = unescapeText(rest)
  if (service === 'SIP') {
    add(MIME.sip, MESSAGE_KINDS, line, { 1: address })
    return
  }
  const known = Object.keys(MESSAGE_SERVICES).find(
    (n) => MESSAGE_SERVICES[Number(n)]!.toLowerCase() === service.toLowerCase(),
  )
  if (address === '') return
  add(MIME.message, MESSAGE_KINDS, line, {
    ...{ 1: address, 5: known ?? String(NAMED_SERVICE), 6: known === undefined ? service : undefined },
  })
}

/** As Android keeps days: `2001-03-04`, or `--03-04` without a year; other texts stand as they are. */
function dateText(line: Line): string {
  const text = unescapeText(line.text)
  const [, year = '', month, day] =
    /^(\d{4}|-)-?(\d\d)-?(\d\d)(?:T.*)?$/.exec(text.replace(/^--(?=\d\d-?\d\d)/, '--')) ?? []
  if (month === undefined) return text
  const isWithoutYear = year === '-' || year === line.parameter('X-APPLE-OMIT-YEAR')
  return `${isWithoutYear ? '-' : year}-${month}-${day}`
}
