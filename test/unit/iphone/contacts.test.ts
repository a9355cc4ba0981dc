/** Contacts of an iPhone become cards, whatever version's columns are there. */
import { describe, expect, it } from 'vitest'
import { readAddressBooks } from '../../../main/links/iphone/contacts/address-book.ts'
import { decodedValue, unescapeText } from '../../../main/replica/index/content-line.ts'
import { readCardLines, readContact } from '../../../main/replica/index/vcard.ts'
import {
  type AddressBookRows,
  apple,
  KEYS,
  LABELS,
  makeAddressBook,
  makeImages,
  type Schema,
} from '../../phone/iphone-data.ts'
import { all, opener, parsed } from './made.ts'

const HOSTILE = 'a,b;c\\d\ne "g" 😀\nEND:VCARD'
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 9])
const label = (text: string) => LABELS.indexOf(text) + 1
const key = (text: string) => KEYS.indexOf(text) + 1

const ada = { ROWID: 7, First: 'Ada', Last: 'Lovelace', StoreID: 0, ExternalUUID: 'ada-on-server' }
const rows: AddressBookRows = {
  people: [
    {
      ...ada,
      Note: HOSTILE,
      Organization: 'Engines; Ltd',
      Department: 'R&D',
      JobTitle: 'Countess',
      Nickname: 'Al',
      Prefix: 'Lady',
      FirstPhonetic: 'Eida',
      Birthday: String(apple(Date.UTC(1815, 11, 10, 12))),
    },
    { ROWID: 8, First: 'Bo', StoreID: 2, Birthday: String(apple(Date.UTC(1604, 1, 29, 12))) },
    { ROWID: 9, Organization: 'Café', Kind: 1, StoreID: 0 },
  ],
  stores: [
    { ROWID: 0, Name: null },
    { ROWID: 2, Name: 'Gmail' },
    { ROWID: 3, Name: 'Gmail' },
  ],
  values: [
    {
      UID: 1,
      record_id: 7,
      property: 3,
      identifier: 1,
      label: label('_$!<Work>!$_'),
      value: '+44 20 7946 0002',
    },
    {
      UID: 2,
      record_id: 7,
      property: 3,
      identifier: 0,
      label: label('_$!<Mobile>!$_'),
      value: '+44 20 7946 0001',
    },
    {
      UID: 3,
      record_id: 7,
      property: 4,
      identifier: 0,
      label: label('Ferien, Haus'),
      value: 'ada@example.org',
    },
    { UID: 4, record_id: 7, property: 5, identifier: 0, label: label('_$!<Home>!$_'), value: null },
    { UID: 5, record_id: 7, property: 13, identifier: 0, label: null, value: null },
    { UID: 6, record_id: 7, property: 46, identifier: 0, label: null, value: null },
    { UID: 7, record_id: 7, property: 22, identifier: 0, label: null, value: 'https://example.org/?a=1,2;3' },
    { UID: 8, record_id: 7, property: 23, identifier: 0, label: label('_$!<Spouse>!$_'), value: 'William' },
    {
      UID: 9,
      record_id: 7,
      property: 12,
      identifier: 0,
      label: label('_$!<Anniversary>!$_'),
      value: String(apple(Date.UTC(1835, 6, 8, 12))),
    },
    { UID: 10, record_id: 7, property: 99, identifier: 0, label: null, value: 'a thing of tomorrow' },
  ],
  entries: [
    { parent_id: 4, key: key('Street'), value: '12 St James’s Sq\nFlat 2' },
    { parent_id: 4, key: key('City'), value: 'London' },
    { parent_id: 4, key: key('ZIP'), value: 'SW1Y 4JH' },
    { parent_id: 4, key: key('CountryCode'), value: 'gb' },
    { parent_id: 5, key: key('username'), value: 'ada' },
    { parent_id: 5, key: key('service'), value: 'Signal' },
    { parent_id: 6, key: key('url'), value: 'https://social.example/ada' },
    { parent_id: 6, key: key('service'), value: 'Mastodon' },
  ],
  groups: [{ ROWID: 1, Name: 'Friends, old', StoreID: 0 }],
  members: [{ UID: 1, group_id: 1, member_type: 0, member_id: 7 }],
}

const open = opener()

async function cardsOf(schema: Schema, book = rows) {
  const missed: string[] = []
  const images = open(
    makeImages(
      [
        { record_id: 7, data: JPEG },
        { record_id: 9, data: Buffer.from('what is this') },
      ],
      [{ record_id: 8, format: 5, data: PNG }],
    ),
  )
  const books = readAddressBooks(open(makeAddressBook(schema, book, true)), images, (what, reason) =>
    missed.push(`${what}: ${reason}`),
  )
  const collections = []
  for (const { id, displayName, cards } of books)
    collections.push({ id, displayName, cards: await all(cards()) })
  return { collections, missed }
}

describe.each<Schema>(['old', 'new'])('an address book of the %s form', (schema) => {
  it('is one collection for each account', async () => {
    const { collections } = await cardsOf(schema)
    expect(collections.map(({ id, cards }) => [id, cards.length])).toEqual([
      ['contacts:iPhone', 2],
      ['contacts:Gmail', 1],
      ['contacts:Gmail 2', 0],
    ])
  })

  it('gives all that a contact has', async () => {
    const { collections } = await cardsOf(schema)
    const [first] = collections[0]!.cards
    const card = parsed(first!)
    const value = (name: string) => card.getAllProperties(name).flatMap((property) => property.getValues())
    expect(first!.identity).toBe('ada-on-server')
    expect(value('uid')).toEqual(['ada-on-server'])
    expect(value('n')).toEqual([['Lovelace', 'Ada', '', 'Lady', '']])
    expect(value('org')).toEqual([['Engines; Ltd', 'R&D']])
    // ical.js leaves `\\;` of vCard 3.0 as it is.
    const note = [...readCardLines(first!.bytes)].find(({ name }) => name === 'NOTE')
    expect(unescapeText(decodedValue(note!))).toBe(HOSTILE)
    expect(value('title')).toEqual(['Countess'])
    expect(card.getFirstProperty('bday')?.toICALString()).toBe('BDAY;VALUE=DATE:18151210')
    expect(value('adr')).toEqual([['', '', '12 St James’s Sq\nFlat 2', 'London', '', 'SW1Y 4JH', 'gb']])
    expect(value('categories')).toEqual(['Friends, old'])
    expect(value('url')).toEqual(['https://example.org/?a=1,2;3'])
    expect(value('x-abrelatednames')).toEqual(['William'])
    expect(value('x-iphone-value-99')).toEqual(['a thing of tomorrow'])
    const text = Buffer.from(first!.bytes).toString().replaceAll('\r\n ', '')
    expect(text).toContain('TEL;TYPE=CELL:+44 20 7946 0001\r\nTEL;TYPE=WORK:+44 20 7946 0002')
    expect(text).toMatch(/item\d\.EMAIL:ada@example\.org\r\nitem\d\.X-ABLabel:Ferien\\, Haus/)
    expect(text).toContain('IMPP;X-SERVICE-TYPE=Signal:signal:ada')
    expect(text).toContain('X-SOCIALPROFILE;TYPE=mastodon:https://social.example/ada')
    expect(text).toContain('1835-07-08')
    expect(text).toContain(`PHOTO;ENCODING=b;TYPE=JPEG:${JPEG.toString('base64')}`)
    expect(readContact(first!.bytes)).toMatchObject({
      uid: 'ada-on-server',
      readable: true,
      mails: ['ada@example.org'],
    })
  })

  it('knows companies, small pictures, days without a year, and tells of pictures that it cannot pass on', async () => {
    const { collections, missed } = await cardsOf(schema)
    const company = Buffer.from(collections[0]!.cards[1]!.bytes).toString()
    expect(company).toContain('X-ABShowAs:COMPANY')
    expect(company).toContain('FN:Café')
    const bo = Buffer.from(collections[1]!.cards[0]!.bytes).toString()
    expect(bo).toContain('BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29')
    expect(bo).toContain(`TYPE=PNG:${PNG.toString('base64')}`)
    expect(missed).toEqual([expect.stringContaining('picture of Café')])
  })

  it('gives the same bytes each time', async () => {
    const [one, two] = [await cardsOf(schema), await cardsOf(schema)]
    expect(one.collections).toEqual(two.collections)
  })
})
