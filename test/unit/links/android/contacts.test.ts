/** Capturing contacts of an Android phone: one card for each, in the address book of its account, the same at each capture. */
import { expect, test } from 'vitest'
import { MIME } from '../../../../main/links/android/contact-card.ts'
import { captureContacts } from '../../../../main/links/android/contacts.ts'
import { createContentTool } from '../../../../main/links/android/content-tool.ts'
import { NO_PICTURES } from '../../../../main/links/android/exported-pictures.ts'
import { contactMark } from '../../../../main/links/android/own-marks.ts'
import { decodedValue } from '../../../../main/replica/index/content-line.ts'
import { readCardLines } from '../../../../main/replica/index/vcard.ts'
import { type ContentStandIn, createContentStandIn } from '../../../android/content-stand-in.ts'
import { createKeeper } from './capture-fixture.ts'

const GOOGLE = { account_type: 'com.google', account_name: 'ann@example.org' }

async function capture(phone: ContentStandIn, identity = 'phone-1') {
  const kept = createKeeper()
  await captureContacts(createContentTool(phone.shell), identity, kept.sink, async () => NO_PICTURES)
  return kept
}

function addContact(phone: ContentStandIn, raw: Record<string, string | number>, note: string): number {
  const id = phone.add('raw_contacts', raw)
  phone.add('data', { raw_contact_id: id, mimetype: MIME.name, data1: 'Bo Ek', data2: 'Bo', data3: 'Ek' })
  phone.add('data', { raw_contact_id: id, mimetype: MIME.note, data1: note })
  return id
}

function linesOf(card: string): string[] {
  return [...readCardLines(Buffer.from(card))].map(
    (line) => `${line.group ? `${line.group}.` : ''}${line.name}${line.parameters}:${decodedValue(line)}`,
  )
}

test('every row of data becomes a line, and rows of other apps are kept', async () => {
  const phone = createContentStandIn()
  const group = phone.add('groups', { title: 'Climbing', ...GOOGLE })
  const id = phone.add('raw_contacts', { ...GOOGLE, sourceid: 'g1', starred: 1 })
  const rows: [string, Record<string, string | number>][] = [
    [
      MIME.name,
      { data1: 'Dr. Ann Bo Ek', data2: 'Ann', data3: 'Ek', data4: 'Dr.', data5: 'Bo', data9: 'eck' },
    ],
    [MIME.phone, { data1: '+46 70', data2: 2, is_primary: 1 }],
    [MIME.phone, { data1: '08', data2: 0, data3: 'Boat' }],
    [MIME.phone, { data1: '09', data2: 12 }],
    [MIME.mail, { data1: 'a@example.org', data2: 2 }],
    [MIME.address, { data1: 'x', data2: 1, data4: 'High St 1\nBack', data7: 'York' }],
    [MIME.organisation, { data1: 'Acme', data4: 'Boss', data5: 'Sales' }],
    [MIME.message, { data1: 'ann', data2: 3, data5: -1, data6: 'Signal' }],
    [MIME.website, { data1: 'https://example.org', data2: 1 }],
    [MIME.date, { data1: '--02-29', data2: 3 }],
    [MIME.date, { data1: '2001-03-04', data2: 1 }],
    [MIME.relation, { data1: 'Cy', data2: 14 }],
    [MIME.nickname, { data1: 'Annie' }],
    [MIME.group, { data1: group }],
    [MIME.note, { data1: 'NULL' }],
    ['vnd.example/own', { data1: 'a;b', data3: 'c' }],
  ]
  for (const [mimetype, data] of rows) phone.add('data', { raw_contact_id: id, mimetype, ...data })
  const { collections } = await capture(phone)
  expect(collections).toMatchObject([
    { id: 'com.google/ann@example.org', displayName: 'ann@example.org', complete: true },
  ])
  const [card] = collections[0]!.items.values()
  expect(linesOf(card!).slice(3)).toEqual([
    'FN:Dr. Ann Bo Ek',
    'N:Ek;Ann;Bo;Dr.;',
    'X-PHONETIC-LAST-NAME:eck',
    'NICKNAME:Annie',
    'ORG:Acme;Sales',
    'TITLE:Boss',
    'TEL;TYPE=CELL,PREF:+46 70',
    'ITEM1.TEL:08',
    'ITEM1.X-ABLABEL:Boat',
    'ITEM2.TEL:09',
    'ITEM2.X-ABLABEL:_$!<Main>!$_',
    'EMAIL;TYPE=WORK:a@example.org',
    'ADR;TYPE=HOME:;;High St 1\\nBack;York;;;',
    'ITEM3.URL:https://example.org',
    'ITEM3.X-ABLABEL:_$!<HomePage>!$_',
    'IMPP;X-SERVICE-TYPE=Signal:signal:ann',
    'BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29',
    'ITEM4.X-ABDATE;VALUE=date:2001-03-04',
    'ITEM4.X-ABLABEL:_$!<Anniversary>!$_',
    'ITEM5.X-ABRELATEDNAMES:Cy',
    'ITEM5.X-ABLABEL:_$!<Spouse>!$_',
    'NOTE:NULL',
    'CATEGORIES:Climbing',
    'X-ANDROID-STARRED:1',
    'X-ANDROID-CUSTOM:vnd.example/own;a\\;b;;c',
  ])
})

test('a second capture finds the same, and a change changes one', async () => {
  const phone = createContentStandIn()
  for (let n = 0; n < 3; n++)
    addContact(phone, { ...GOOGLE, sourceid: `g${n}` }, `note ${n},\nRow: 1 _id=2, x`)
  addContact(phone, {}, 'on the phone')
  const first = (await capture(phone)).collections
  expect((await capture(phone)).collections).toEqual(first)
  phone.database.exec(`UPDATE data SET data1='new' WHERE mimetype='${MIME.note}' AND raw_contact_id=2`)
  const second = (await capture(phone)).collections
  const changed = [...second[0]!.items].filter(([uid, card]) => first[0]!.items.get(uid) !== card)
  expect(changed).toHaveLength(1)
  expect(second[1]).toEqual(first[1])
})

test('after a reset an account’s contacts are known again, and the phone’s own are others', async () => {
  const before = createContentStandIn()
  addContact(before, {}, 'on the phone')
  addContact(before, { ...GOOGLE, sourceid: 'g1' }, 'synced')
  const after = createContentStandIn()
  addContact(after, { ...GOOGLE, sourceid: 'g1' }, 'synced')
  addContact(after, {}, 'another')
  const [phone1, google1] = (await capture(before, 'phone-1')).collections
  const [google2, phone2] = (await capture(after, 'phone-2')).collections
  expect(google2).toEqual(google1)
  expect([...phone2!.items.keys()]).not.toEqual([...phone1!.items.keys()])
})

test('deleted contacts are left out, and pictures that cannot be read are told', async () => {
  const phone = createContentStandIn()
  addContact(phone, { deleted: 1 }, 'gone')
  const id = addContact(phone, {}, 'there')
  phone.add('data', { raw_contact_id: id, mimetype: MIME.picture, data15: Buffer.from('jpeg') })
  const { collections, missed } = await capture(phone)
  expect(collections.map(({ items }) => items.size)).toEqual([1])
  expect(missed).toMatchObject([{ what: 'Pictures of 1 contacts' }])
})

test('what was written back belongs where it came from, and counts once when its account is there again', async () => {
  const phone = createContentStandIn()
  addContact(phone, { ...GOOGLE, sourceid: 'g1' }, 'synced')
  const [uid] = (await capture(phone)).collections[0]!.items.keys()
  const back = createContentStandIn()
  addContact(back, { sourceid: contactMark({ uid: uid!, book: 'com.google/ann@example.org' }) }, 'synced')
  addContact(back, { sourceid: contactMark({ uid: 'x', book: null }) }, 'from elsewhere')
  const written = (await capture(back, 'phone-2')).collections
  expect(
    written.map(({ id, displayName, complete, items }) => [id, displayName, complete, [...items.keys()]]),
  ).toEqual([
    ['com.google/ann@example.org', 'ann@example.org', false, [uid]],
    ['phone', 'Phone', true, ['x']],
  ])
  addContact(back, { ...GOOGLE, sourceid: 'g1' }, 'synced, and changed')
  const [again] = (await capture(back, 'phone-2')).collections
  expect(again).toMatchObject({ complete: true })
  expect([...again!.items.values()].map((text) => /NOTE:(.*)/.exec(text)?.[1])).toEqual([
    'synced\\, and changed',
  ])
})

test.each(['sidekeep:', 'sidekeep:{', 'sidekeep:[1]', 'sidekeep:"x"', 'other'])(
  '%s is no mark of ours',
  async (sourceid) => {
    const phone = createContentStandIn()
    addContact(phone, { ...GOOGLE, sourceid }, 'synced')
    expect((await capture(phone)).collections).toMatchObject([
      { id: 'com.google/ann@example.org', complete: true },
    ])
  },
)
