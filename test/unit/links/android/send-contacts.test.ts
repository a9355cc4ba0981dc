/** Contacts that go back to an Android phone: rows that say the same, found again after a reset, and nothing twice. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Card, writeCard } from '../../../../main/formats/vcard-writer.ts'
import { planContact } from '../../../../main/links/android/card-rows.ts'
import { MIME } from '../../../../main/links/android/contact-card.ts'
import { captureContacts } from '../../../../main/links/android/contacts.ts'
import { NO_PICTURES } from '../../../../main/links/android/exported-pictures.ts'
import { openProviders } from '../../../../main/links/android/providers.ts'
import { sendContacts } from '../../../../main/links/android/send-contacts.ts'
import type { SentItem } from '../../../../main/links/link.ts'
import { decodedValue, splitValue } from '../../../../main/replica/index/content-line.ts'
import { readCardLines } from '../../../../main/replica/index/vcard.ts'
import { describeCorpus } from '../../../corpus.ts'
import { createKeeper, type KeptCollection } from './capture-fixture.ts'
import { hostileName, hostileText } from './hostile-text.ts'
import { createScriptPhone, type Manner, type ScriptPhone } from './script-phone.ts'

const GOOGLE = { account_type: 'com.google', account_name: 'ann@example.org' }
const FILE = '/sdcard/Download/sidekeep-contacts.vcf'
const ITEM = 'vnd.android.cursor.item/'

async function capture(phone: ScriptPhone, identity = 'phone-1') {
  const kept = createKeeper()
  const { tool } = await openProviders(phone)
  await captureContacts(tool, identity, kept.sink, async () => NO_PICTURES)
  return kept.collections
}

async function send(phone: ScriptPhone, items: readonly SentItem[], dryRun = false) {
  return sendContacts(phone, await openProviders(phone), items, { dryRun, now: 0 }, {})
}

/** What was captured, as it goes back. */
function itemsOf(collections: readonly KeptCollection[]): SentItem[] {
  return collections.flatMap(({ id, displayName, items }) =>
    [...items.values()].map((card, n) => sent(Buffer.from(card), `${n}.vcf`, { id, displayName })),
  )
}

function sent(
  bytes: Uint8Array,
  name = 'c.vcf',
  collection: SentItem['collection'] = { id: null, displayName: 'Home' },
): SentItem {
  return { kind: 'contacts', name, bytes, collection }
}

function addContact(
  phone: ScriptPhone,
  raw: Record<string, string | number>,
  rows: [string, Record<string, string | number>][],
): void {
  const raw_contact_id = phone.add('raw_contacts', raw)
  for (const [mimetype, row] of rows) phone.add('data', { raw_contact_id, mimetype, ...row })
}

function fill(phone: ScriptPhone): void {
  const [friends, work] = ['Friends, old', 'Work'].map((title) => phone.add('groups', { title, ...GOOGLE }))
  addContact(phone, { ...GOOGLE, sourceid: 'g1', starred: 1 }, [
    [MIME.name, { data1: 'Dr. Ann Ek', data2: 'Ann', data3: 'Ek', data4: 'Dr.' }],
    [MIME.phone, { data1: '+46 70', data2: 2, is_primary: 1 }],
    [MIME.phone, { data1: '08', data2: 0, data3: 'Boat' }],
    [MIME.organisation, { data1: 'Acme', data4: 'Boss' }],
    [MIME.organisation, { data1: 'Club', data5: 'Board' }],
    [MIME.date, { data1: '--02-29', data2: 3 }],
    [MIME.group, { data1: friends! }],
    [MIME.group, { data1: work! }],
    [`${ITEM}vnd.example`, { data1: 'a;b', data3: 'c' }],
  ])
  addContact(phone, {}, [
    [MIME.name, { data1: 'Bo', data2: 'Bo' }],
    [MIME.note, { data1: 'NULL\nRow: 1 _id=2, x' }],
  ])
  addContact(phone, {}, [[MIME.mail, { data1: 'cy@example.org', data2: 1 }]])
}

const plain = (collections: readonly KeptCollection[]) =>
  collections.map(({ id, displayName, items }) => ({ id, displayName, items }))

describe.each<[string, Manner]>([
  ['a newer phone', {}],
  ['an older phone', { isOld: true }],
])('what goes back to %s', (_, manner) => {
  test('after a reset is captured again as it was, and nothing goes twice', async () => {
    const before = createScriptPhone(manner)
    fill(before)
    const captured = await capture(before)
    const phone = createScriptPhone(manner)
    const items = itemsOf(captured)
    expect(await send(phone, items, true)).toMatchObject({ added: 3, unchanged: 0, next: null })
    expect(await capture(phone)).toEqual([])
    expect(await send(phone, items)).toEqual({ added: 3, changed: 0, unchanged: 0, failed: [], next: null })
    const again = await capture(phone, 'phone-2')
    expect(plain(again)).toEqual(plain(captured))
    // What came back of an account that is not there may be a part of it.
    expect(again.map(({ complete }) => complete)).toEqual([false, true])
    const rows = () => phone.database.prepare('SELECT * FROM data').all()
    const written = rows()
    expect(await send(phone, items)).toMatchObject({ added: 0, changed: 0, unchanged: 3, failed: [] })
    expect(rows()).toEqual(written)
    expect(phone.files.size).toBe(0)
    expect(phone.started).not.toContainEqual(expect.arrayContaining(['start']))
  })
})

const named = (arbitrary: fc.Arbitrary<string>, kinds: readonly number[]) =>
  fc
    .record({
      data1: arbitrary,
      kind: fc.constantFrom(0, ...kinds),
      label: hostileText,
      is_primary: fc.nat(1),
    })
    .map(({ data1, kind, label, is_primary }) => ({
      data1,
      data2: kind,
      is_primary,
      ...(kind === 0 ? { data3: label } : {}),
    }))
const many = <T>(row: fc.Arbitrary<T>) => fc.array(row, { maxLength: 3 })
const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const day = fc
  .date({ min: new Date(Date.UTC(1900, 0)), max: new Date(Date.UTC(2040, 0)), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const anyContact = fc.record({
  starred: fc.nat(1),
  isLocal: fc.boolean(),
  groups: fc.uniqueArray(hostileName, { maxLength: 2 }),
  names: fc.array(
    fc.record({
      data1: hostileName,
      data2: maybe(hostileText),
      data3: maybe(hostileText),
      data4: maybe(hostileText),
      data5: maybe(hostileText),
      data6: maybe(hostileText),
      data7: maybe(hostileText),
      data9: maybe(hostileText),
    }),
    { maxLength: 1 },
  ),
  phones: many(
    named(
      hostileText.filter((text) => !/^tel:/i.test(text)),
      upTo(20),
    ),
  ),
  mails: many(named(hostileText, upTo(4))),
  addresses: many(
    fc.record({
      data2: fc.constantFrom(1, 2, 3),
      data4: hostileText,
      data5: maybe(hostileText),
      data7: maybe(hostileText),
      data10: maybe(hostileText),
    }),
  ),
  organisations: many(
    fc.record({ data1: hostileText, data4: maybe(hostileText), data5: maybe(hostileText) }),
  ),
  websites: many(named(hostileText, upTo(7))),
  messages: many(
    fc.oneof(
      fc.record({ data1: hostileText, data2: fc.constantFrom(1, 2, 3), data5: fc.nat(7) }),
      fc.record({
        data1: hostileText,
        data2: fc.constantFrom(1, 2, 3),
        data5: fc.constant(-1),
        data6: hostileName.filter((name) => !/^(sip|aim|icq|msn|skype)$/i.test(name)),
      }),
    ),
  ),
  dates: many(
    fc.record({
      data1: fc.oneof(
        day,
        day.map((text) => `-${text.slice(4)}`),
        hostileText,
      ),
      data2: fc.constantFrom(1, 2, 3),
    }),
  ),
  relations: many(named(hostileText, upTo(14))),
  nicknames: many(fc.record({ data1: hostileText })),
  notes: many(fc.record({ data1: hostileText })),
  others: many(fc.record({ data1: hostileText, data5: maybe(hostileText), data14: maybe(hostileText) })),
})
const MIMETYPES = {
  names: MIME.name,
  phones: MIME.phone,
  mails: MIME.mail,
  addresses: MIME.address,
  organisations: MIME.organisation,
  websites: MIME.website,
  messages: MIME.message,
  dates: MIME.date,
  relations: MIME.relation,
  nicknames: MIME.nickname,
  notes: MIME.note,
  others: `${ITEM}vnd.example`,
} as const

test('whatever is in a contact comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyContact, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (contacts, isOld) => {
        const before = createScriptPhone()
        for (const [n, contact] of contacts.entries()) {
          const { starred, isLocal, groups } = contact
          const raw_contact_id = before.add('raw_contacts', {
            starred,
            ...(isLocal ? {} : { ...GOOGLE, sourceid: `g${n}` }),
          })
          for (const [kind, mimetype] of Object.entries(MIMETYPES)) {
            for (const row of contact[kind as keyof typeof MIMETYPES]) {
              const data = Object.entries(row).filter(([, value]) => value !== undefined)
              before.add('data', { raw_contact_id, mimetype, ...Object.fromEntries(data) })
            }
          }
          for (const title of groups) {
            before.add('data', {
              raw_contact_id,
              mimetype: MIME.group,
              data1: before.add('groups', { title, ...GOOGLE }),
            })
          }
        }
        const captured = await capture(before)
        const items = itemsOf(captured)
        const phone = createScriptPhone({ isOld })
        const { added, unchanged, failed } = await send(phone, items)
        // Contacts in which nothing is cannot be told from any other, and have nothing to lose.
        const empty = failed.filter(({ reason }) => reason === 'It cannot be read as a contact.')
        expect({ sum: added + unchanged + empty.length, others: failed.length - empty.length }).toEqual({
          sum: items.length,
          others: 0,
        })
        const again = new Map((await capture(phone, 'phone-2')).flatMap(({ items }) => [...items]))
        for (const { items } of captured) {
          for (const [uid, card] of items) if (again.has(uid)) expect(again.get(uid)).toEqual(card)
        }
        expect(again.size).toBe(added)
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)

const PICTURE = { type: 'JPEG' as const, bytes: Buffer.from([0xff, 0xd8, 0xff, 1]) }
const card = (uid: string, given: string, more: Partial<Card> = {}) =>
  writeCard({ uid, name: { given }, ...more })

/** Its owner taps Import: rows as Android's own reading of cards makes them (VCardEntry), pictures and unknown rows with them. */
function tapImport(phone: ScriptPhone, account: Record<string, string> = {}): void {
  const [, ...cards] = phone.files.get(FILE)!.toString().split('BEGIN:VCARD')
  for (const text of cards) {
    const lines = [...readCardLines(Buffer.from(`BEGIN:VCARD${text}`))]
    const raw_contact_id = phone.add('raw_contacts', account)
    for (const line of lines) {
      const value = decodedValue(line)
      if (line.name === 'FN')
        phone.add('data', { raw_contact_id, mimetype: MIME.name, data1: value, data2: value })
      if (line.name === 'PHOTO')
        phone.add('data', { raw_contact_id, mimetype: MIME.picture, data15: Buffer.from(value, 'base64') })
      if (line.name !== 'X-ANDROID-CUSTOM') continue
      const [mimetype, data1, data2] = splitValue(value, ';')
      phone.add('data', { raw_contact_id, mimetype: mimetype!, data1: data1!, data2: data2! })
    }
  }
}

test('contacts with pictures are put in by the import, and are the same afterwards', async () => {
  const phone = createScriptPhone()
  const items = [
    sent(
      card('p;1', 'Ann', { picture: PICTURE, categories: ['Friends'], further: ['X-ANDROID-STARRED:1'] }),
      'ann.vcf',
      {
        id: 'com.google/ann',
        displayName: 'ann',
      },
    ),
    sent(card('p2', 'Bo'), 'bo.vcf'),
  ]
  expect(await send(phone, items)).toEqual({
    ...{ added: 2, changed: 0, unchanged: 0, failed: [] },
    partial: [{ name: 'ann.vcf', reason: 'Its star and its groups come when you send again.' }],
    next: 'Unlock the phone and let its Contacts app import 1 contacts: only that app can put pictures in. Then send again: stars and groups do not come by import.',
  })
  expect(phone.started.filter(([program]) => program === 'am')).toEqual([
    ['am', 'get-current-user'],
    [...'am start --user 0 -a android.intent.action.VIEW -t text/x-vcard -d'.split(' '), `file://${FILE}`],
  ])
  tapImport(phone, GOOGLE)
  const collections = await capture(phone)
  expect(collections.map(({ id, items, complete }) => [id, [...items.keys()], complete])).toEqual([
    ['phone', ['p2'], true],
    ['com.google/ann', ['p;1'], false],
  ])
  expect(collections[1]!.items.get('p;1')).not.toContain('X-ANDROID-CUSTOM')
  expect(await send(phone, items)).toMatchObject({
    added: 0,
    changed: 1,
    unchanged: 1,
    failed: [],
    next: null,
  })
  expect((await capture(phone))[1]!.items.get('p;1')).toMatch(/CATEGORIES:Friends\r\nX-ANDROID-STARRED:1/)
  expect(phone.database.prepare('SELECT title, account_type FROM groups').all()).toEqual([
    { title: 'Friends', account_type: 'com.google' },
  ])
  expect(await send(phone, items)).toMatchObject({ added: 0, changed: 0, unchanged: 2, next: null })
})

test('a phone that wants new contacts in an account has its own app put them there', async () => {
  const phone = createScriptPhone({ hasCloudDefault: true })
  const items = ['1', '2'].map((uid) => sent(card(uid, `Name ${uid}`), uid))
  expect(await send(phone, items)).toMatchObject({
    ...{ added: 2, failed: [] },
    next: expect.stringContaining('import 2 contacts: this phone wants new contacts in its owner’s account'),
  })
  expect(phone.database.prepare('SELECT * FROM raw_contacts').all()).toEqual([])
  tapImport(phone, GOOGLE)
  expect([...(await capture(phone))[0]!.items.keys()]).toEqual(['1', '2'])
  expect(await send(phone, items)).toMatchObject({ added: 0, unchanged: 2, next: null })
})

test('very many go by the import, which is faster', async () => {
  const phone = createScriptPhone()
  const items = Array.from({ length: 500 }, (_, n) =>
    sent(card(`u${n}`, `Name ${n}`, { note: 'x' }), String(n)),
  )
  expect(await send(phone, items)).toMatchObject({
    ...{ added: 500, next: expect.stringContaining('so many go faster in this way') },
  })
  expect(phone.scripts).toBe(0)
})

test('what was cut off is filled up, without a row twice', async () => {
  const before = createScriptPhone()
  fill(before)
  const captured = await capture(before)
  const items = itemsOf(captured)
  let calls = 0
  const phone = createScriptPhone({
    before: ([command]) => {
      if (command === 'insert' && ++calls === 9) throw new Error('cable')
      return undefined
    },
  })
  await expect(send(phone, items)).rejects.toThrow('cable')
  const { n } = phone.database.prepare('SELECT count(*) AS n FROM data').get()!
  expect(Number(n)).toBeGreaterThan(0)
  expect(await send(phone, items)).toMatchObject({ added: 0, changed: 3, failed: [] })
  expect(plain(await capture(phone, 'phone-2')).map(({ items }) => sortedLines(items))).toEqual(
    captured.map(({ items }) => sortedLines(items)),
  )
})

/** Rows that were filled up come last of their kind. */
function sortedLines(items: ReadonlyMap<string, string>): unknown {
  return [...items].map(([uid, text]) => [uid, text.split('\r\n').sort()])
}

test('what the phone writes in its own way, or its owner changed, is neither added again nor overwritten', async () => {
  const phone = createScriptPhone()
  const items = [sent(card('1', 'Ann', { phones: [{ value: '0701' }, { value: '0702' }] }))]
  await send(phone, items)
  phone.database.exec(`UPDATE data SET data1='070 1' WHERE data1='0701'`)
  expect(await send(phone, items)).toMatchObject({ unchanged: 1, failed: [] })
  phone.database.exec(`UPDATE data SET data1='999' WHERE data1='070 1'`)
  expect(await send(phone, items)).toMatchObject({
    failed: [{ reason: expect.stringContaining('Another version') }],
  })
  expect(phone.database.prepare('SELECT count(*) AS n FROM data').get()).toEqual({ n: 3 })
})

test('what does not fit is named', async () => {
  const phone = createScriptPhone()
  const group = Buffer.from(
    'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nEND:VCARD\r\n',
  )
  const items = [
    sent(group, 'g'),
    sent(Buffer.from('x'), 'x'),
    sent(card('1', 'Ann', { note: 'x'.repeat(200_000) }), 'long'),
    sent(card('2', 'Bo'), 'bo'),
    sent(card('2', 'Cy'), 'cy'),
  ]
  expect(await send(phone, items)).toMatchObject({
    added: 1,
    failed: [
      { name: 'g', reason: 'A phone takes no groups from a file.' },
      { name: 'x', reason: 'It cannot be read as a contact.' },
      { name: 'cy', reason: 'Another contact has the same identity.' },
      { name: 'long', reason: 'The phone says: It has a text that is too long for the phone.' },
    ],
  })
})

test('what has no place on the phone is named, once', async () => {
  const phone = createScriptPhone()
  const items = [sent(card('1', 'Ann', { further: ['ROLE:Boss', 'GEO:1;2'] }), 'ann.vcf')]
  expect(await send(phone, items)).toMatchObject({
    ...{ added: 1, failed: [] },
    partial: [
      { name: 'ann.vcf', reason: 'A phone’s contacts have no place for the place on the map, the role.' },
    ],
  })
  expect(await send(phone, items)).toEqual({ added: 0, changed: 0, unchanged: 1, failed: [], next: null })
})

test('a card of another program has its rows', () => {
  const lines = [
    'VERSION:2.1',
    'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85;Bo',
    'TEL;CELL;PREF:1',
    'TEL;WORK;FAX:2',
    'item1.TEL:3',
    'item1.X-ABLabel:Boat',
    'EMAIL;INTERNET;HOME:a@example.org',
    'ORG:Acme;Sales;North',
    'IMPP:xmpp:bo@example.org',
    'BDAY:19801231',
    'ANNIVERSARY:--0229',
    'PHOTO;ENCODING=b;TYPE=JPEG:/9j/AQ==',
  ]
  const bytes = Buffer.from(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n'))
  const { rows, hasPicture, uid } = planContact(bytes)
  expect({ hasPicture, uid }).toEqual({ hasPicture: true, uid: null })
  expect(rows.map(({ mimetype, data }) => [mimetype, data])).toEqual([
    [MIME.organisation, { data1: 'Acme', data5: 'Sales, North' }],
    [MIME.phone, { data1: '1', data2: '2' }],
    [MIME.phone, { data1: '2', data2: '4' }],
    [MIME.phone, { data1: '3', data2: '0', data3: 'Boat' }],
    [MIME.mail, { data1: 'a@example.org', data2: '1' }],
    [MIME.message, { data1: 'bo@example.org', data2: '3', data5: '7' }],
    [MIME.date, { data1: '1980-12-31', data2: '3' }],
    [MIME.date, { data1: '--02-29', data2: '1' }],
    [MIME.name, { data2: 'Bo', data3: 'Å' }],
  ])
})

describeCorpus('cards that nobody here wrote', 'vcards', (files) => {
  test('go to a phone, or are named', async () => {
    const phone = createScriptPhone()
    const cards = files.slice(0, 150).map(({ name, bytes }) => sent(bytes(), name))
    const report = await send(phone, cards)
    const { added, unchanged, failed } = report
    expect(added + unchanged + failed.length).toBe(cards.length)
    expect(failed.filter(({ reason }) => /The phone/.test(reason))).toEqual([])
    expect(await send(phone, cards)).toMatchObject({ changed: 0, failed })
  })
})
