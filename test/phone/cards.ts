/** vCards 3.0 of made-up people, written as DAVx5 and as iOS write them; some carry a picture. */
import type { Chance } from './chance.ts'
import { escapeText, joinLines } from './content-line.ts'
import { makePortrait } from './make-photo.ts'
import { type Address, makePerson, type Person } from './people.ts'

/** A card of a new made-up person. */
export function makeCard(chance: Chance, revisedAt: Date): Buffer {
  const person = makePerson(chance)
  const portrait = chance.often(0.08) ? makePortrait(chance).toString('base64') : null
  const write = chance.often(0.5) ? writeAsDavx5 : writeAsIos
  return joinLines(write(person, chance.uuid(), portrait, revisedAt))
}

/** A group card that lists others by UID, as both keep their contact groups. */
export function makeGroup(name: string, uid: string, memberUids: readonly string[]): Buffer {
  return joinLines([
    'BEGIN:VCARD',
    'VERSION:3.0',
    'PRODID:+//IDN bitfire.at//DAVx5/4.5.3-ose ez-vcard/0.12.1',
    `UID:${uid}`,
    `FN:${escapeText(name)}`,
    `N:${escapeText(name)}`,
    'X-ADDRESSBOOKSERVER-KIND:group',
    ...memberUids.map((member) => `X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:${member}`),
    'END:VCARD',
  ])
}

/** The same card after its owner typed in a note; every other byte stays. */
export function withNote(card: Buffer, note: string): Buffer {
  const noteLine = joinLines([`NOTE:${escapeText(note)}`]).toString()
  const lines = card.toString().replace(/^NOTE:.*\r\n(?:[ \t].*\r\n)*/m, '')
  return Buffer.from(lines.replace(/^END:VCARD\r\n/m, `${noteLine}END:VCARD\r\n`))
}

function writeAsDavx5(person: Person, uid: string, portrait: string | null, revisedAt: Date): string[] {
  const name = [person.given, person.family].filter(Boolean).join(' ')
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'PRODID:+//IDN bitfire.at//DAVx5/4.5.3-ose ez-vcard/0.12.1',
    `UID:${uid}`,
    `FN:${escapeText(name)}`,
    `N:${escapeText(person.family)};${escapeText(person.given)};;;`,
  ]
  if (person.organisation) lines.push(`ORG:${escapeText(person.organisation)}`)
  if (person.title) lines.push(`TITLE:${escapeText(person.title)}`)
  for (const { label, number } of person.phones) lines.push(`TEL;TYPE=${label}:${number}`)
  for (const { label, address } of person.mails) lines.push(`EMAIL;TYPE=${label}:${address}`)
  if (person.home) lines.push(`ADR;TYPE=home:${addressOf(person.home)}`)
  if (person.note) lines.push(`NOTE:${escapeText(person.note)}`)
  if (person.birthday) lines.push(birthdayOf(person.birthday))
  if (portrait) lines.push(`PHOTO;ENCODING=b;TYPE=JPEG:${portrait}`)
  lines.push(`REV:${revisedAt.toISOString().replace(/[-:]|\.\d{3}/g, '')}`, 'END:VCARD')
  return lines
}

function writeAsIos(person: Person, uid: string, portrait: string | null, revisedAt: Date): string[] {
  const name = [person.given, person.family].filter(Boolean).join(' ')
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'PRODID:-//Apple Inc.//iOS 26.1//EN',
    `N:${escapeText(person.family)};${escapeText(person.given)};;;`,
    `FN:${escapeText(name)}`,
  ]
  if (person.organisation) lines.push(`ORG:${escapeText(person.organisation)};`)
  if (person.title) lines.push(`TITLE:${escapeText(person.title)}`)
  let group = 1
  for (const { label, address } of person.mails) {
    if (label === 'work') {
      lines.push(`item${group}.EMAIL;type=INTERNET;type=pref:${address}`, `item${group}.X-ABLabel:Büro`)
      group++
    } else {
      lines.push(`EMAIL;type=INTERNET;type=HOME;type=pref:${address}`)
    }
  }
  person.phones.forEach(({ label, number }, index) => {
    lines.push(`TEL;type=${label.toUpperCase()};type=VOICE${index === 0 ? ';type=pref' : ''}:${number}`)
  })
  if (person.home) {
    lines.push(
      `item${group}.ADR;type=HOME;type=pref:${addressOf(person.home)}`,
      `item${group}.X-ABADR:${person.home.countryCode}`,
    )
  }
  if (person.note) lines.push(`NOTE:${escapeText(person.note)}`)
  if (person.birthday) lines.push(birthdayOf(person.birthday))
  if (portrait) {
    lines.push(
      `PHOTO;X-ABCROP-RECTANGLE=ABClipRect_1&0&0&96&96&${uid.slice(0, 8)};ENCODING=b;TYPE=JPEG:${portrait}`,
    )
  }
  lines.push(`REV:${revisedAt.toISOString().replace(/\.\d{3}/, '')}`, `UID:${uid.toUpperCase()}`, 'END:VCARD')
  return lines
}

function addressOf({ street, city, region, code, country }: Address): string {
  return `;;${[street, city, region, code, country].map(escapeText).join(';')}`
}

// vCard 3.0 has no date without a year: both write Apple's 1604.
function birthdayOf({ year, month, day }: NonNullable<Person['birthday']>): string {
  const date = [year ?? 1604, month, day].map((part) => String(part).padStart(2, '0')).join('-')
  return year === null ? `BDAY;X-APPLE-OMIT-YEAR=1604:${date}` : `BDAY:${date}`
}
