/** Contacts that go back to an Android phone: rows that say the same, found again after a reset, and nothing twice. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MIME } from '../../../../main/links/android/contact-card.ts'
import { captureContacts } from '../../../../main/links/android/contacts.ts'
import { NO_PICTURES } from '../../../../main/links/android/exported-pictures.ts'
import { openProviders } from '../../../../main/links/android/providers.ts'
import { sendContacts } from '../../../../main/links/android/send-contacts.ts'
import type { SentItem } from '../../../../main/links/link.ts'
import { createKeeper, type KeptCollection } from './capture-fixture.ts'
import { hostileName, hostileText } from './hostile-text.ts'
import { createScriptPhone, type Manner, type ScriptPhone } from './script-phone.ts'

const GOOGLE = { account_type: 'com.google', account_name: 'ann@example.org' }
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
    { numRuns: 60 },
  )
}, 60_000)
