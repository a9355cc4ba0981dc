/** The address book of an iPhone as cards, one collection for each account. */
import type { DatabaseSync } from 'node:sqlite'
import { contentLine, escapeText } from '../../../formats/content-line-writer.ts'
import { type Card, type CardPicture, writeCard } from '../../../formats/vcard-writer.ts'
import type { CapturedItem } from '../../../replica/capture.ts'
import { groupRows, numberOf, type Row, readRows, textOf } from '../rows.ts'
import { dateOf, readValues } from './values.ts'

export interface AddressBook {
  /** The same from capture to capture, also after a reset with the same account. */
  id: string
  displayName: string
  cards(): AsyncGenerator<CapturedItem>
}

type Missed = (what: string, reason: string) => void

/** @param images the database of pictures, when the backup has it. */
export function readAddressBooks(
  book: DatabaseSync,
  images: DatabaseSync | undefined,
  missed: Missed,
): AddressBook[] {
  const names = new Map<number, string>()
  for (const row of readRows(book, 'ABStore', ['ROWID', 'Name'])) {
    names.set(Number(row.ROWID), textOf(row.Name).trim())
  }
  const people = groupRows(readRows(book, 'ABPerson', ['StoreID']), 'StoreID')
  const stores = new Set([...names.keys(), ...[...people.keys()].map((id) => numberOf(id) ?? 0)])
  const used = new Map<string, number>()
  return [...stores]
    .sort((a, b) => a - b)
    .map((store) => {
      const name = names.get(store) || ON_PHONE
      // Two accounts may have the same name; their order in the phone stays.
      const count = (used.get(name) ?? 0) + 1
      used.set(name, count)
      const suffix = count === 1 ? '' : ` ${count}`
      return {
        id: `contacts:${name}${suffix}`,
        displayName: `${name}${suffix}`,
        cards: () => readCards(book, images, store, missed),
      }
    })
}

/** The store that has no name: what belongs to no account. */
const ON_PHONE = 'iPhone'

const PERSON = [
  'ROWID',
  'First',
  'Last',
  'Middle',
  'FirstPhonetic',
  'MiddlePhonetic',
  'LastPhonetic',
  'OrganizationPhonetic',
  'Organization',
  'Department',
  'JobTitle',
  'Note',
  'Nickname',
  'Prefix',
  'Suffix',
  'Birthday',
  'Kind',
  'guid',
  'ExternalUUID',
  'StoreID',
]

async function* readCards(
  book: DatabaseSync,
  images: DatabaseSync | undefined,
  store: number,
  missed: Missed,
): AsyncGenerator<CapturedItem> {
  const values = readValues(book)
  const groups = readGroups(book)
  for (const row of readRows(book, 'ABPerson', PERSON)) {
    if ((numberOf(row.StoreID) ?? 0) !== store) continue
    const person = Number(row.ROWID)
    const uid = uidOf(row)
    const card: Card = {
      uid,
      name: {
        family: textOf(row.Last),
        given: textOf(row.First),
        middle: textOf(row.Middle),
        prefix: textOf(row.Prefix),
        suffix: textOf(row.Suffix),
      },
      phonetic: {
        given: textOf(row.FirstPhonetic),
        middle: textOf(row.MiddlePhonetic),
        family: textOf(row.LastPhonetic),
      },
      nicknames: [textOf(row.Nickname)],
      organisation: withoutEmptyEnd([textOf(row.Organization), textOf(row.Department)]),
      title: textOf(row.JobTitle),
      note: textOf(row.Note),
      categories: groups.get(person) ?? [],
    }
    const birthday = dateOf(row.Birthday)
    if (birthday) card.birthday = birthday
    const picture = images && readPicture(images, person)
    if (picture === 'unknown')
      missed(`The picture of ${nameOf(row)}`, 'It is of a kind that cards don’t have.')
    else if (picture) card.picture = picture
    const { further, ...rest } = values(person)
    yield {
      bytes: writeCard({ ...card, ...rest, further: [...linesOf(row), ...further] }),
      identity: uid,
    }
  }
}

// The server's own UID, where there is one, is the same on every device.
function uidOf(row: Row): string {
  const external = textOf(row.ExternalUUID)
  const own = textOf(row.guid).replace(/:ABPerson$/, '')
  return external || own || `iphone-person-${row.ROWID}`
}

function nameOf(row: Row): string {
  const name = [row.First, row.Last].map(textOf).filter((part) => part !== '')
  return name.join(' ') || textOf(row.Organization) || 'a contact without a name'
}

function linesOf(row: Row): string[] {
  const phonetic = textOf(row.OrganizationPhonetic)
  return [
    ...(phonetic === '' ? [] : [contentLine('X-PHONETIC-ORG', escapeText(phonetic))]),
    ...(row.Kind === 1 ? [contentLine('X-ABShowAs', 'COMPANY')] : []),
  ]
}

function withoutEmptyEnd(parts: string[]): string[] {
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts
}

/** Names of the groups that a person is in. */
function readGroups(book: DatabaseSync): Map<number, string[]> {
  const names = new Map<number, string>()
  for (const row of readRows(book, 'ABGroup', ['ROWID', 'Name']))
    names.set(Number(row.ROWID), textOf(row.Name))
  const groups = new Map<number, string[]>()
  for (const row of readRows(book, 'ABGroupMembers', ['group_id', 'member_type', 'member_id'])) {
    const name = names.get(Number(row.group_id))
    // Type 0 is a person; groups may be in groups.
    if (!name || (row.member_type ?? 0) !== 0) continue
    const person = Number(row.member_id)
    groups.set(person, [...(groups.get(person) ?? []), name].sort())
  }
  return groups
}

/** The picture in full, or the largest small one. */
function readPicture(images: DatabaseSync, person: number): CardPicture | 'unknown' | undefined {
  const found = ['ABFullSizeImage', 'ABThumbnailImage'].flatMap((table) =>
    [...readRows(images, table, ['data'], 'WHERE record_id = ? ORDER BY length(data) DESC', person)]
      .map(({ data }) => data)
      .filter((data) => data instanceof Uint8Array)
      .filter((data) => data.length > 0),
  )
  const [first] = found
  if (!first) return undefined
  for (const bytes of found) {
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return { type: 'JPEG', bytes }
    if (bytes[0] === 0x89 && bytes[1] === 0x50) return { type: 'PNG', bytes }
  }
  return 'unknown'
}
