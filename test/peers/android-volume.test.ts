/** A phone as full as after years of use, through the engine: captured, edited, reset, filled again, and the same in the end. */
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MIME } from '../../main/links/android/contact-card.ts'
import { decodedValue, unescapeText } from '../../main/replica/index/content-line.ts'
import { readCardLines } from '../../main/replica/index/vcard.ts'
import { dropStrangers } from '../android/content-providers.ts'
import { describePhone } from '../android/describe-phone.ts'
import { type Keeper, openKeeper } from '../android/keeper.ts'
import { type Phone, startPhone } from '../android/phone.ts'
import { addContacts, addEvents, addPhotos, hostileText, putFile } from '../android/phone-data.ts'
import { tapImport } from '../android/tap-import.ts'
import { seeded } from '../phone/chance.ts'

const [CONTACTS, EVENTS, PHOTOS] = [5000, 2000, 1000]
const NOW = Date.UTC(2026, 10, 20, 9)
const SOURCE = 'android:android-VOLUME1'
const nothing = { added: 0, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }

/** Where the phone finds what it is to import. */
const IMPORT = 'Download/sidekeep-contacts.vcf'

/** A difference of thousands of lines tells nobody anything. */
function expectSame(found: readonly string[], wanted: readonly string[]): void {
  const other = found.findIndex((text, n) => text !== wanted[n])
  expect([found.length, found[other]]).toEqual([wanted.length, wanted[other]])
}

describePhone('an Android phone after years of use', (programs) => {
  const chance = seeded(20_261_123)
  let phone: Phone
  let keeper: Keeper
  let photos: Map<string, Buffer>

  beforeAll(async () => {
    phone = await startPhone({ ...programs, serial: 'VOLUME1' })
    addContacts(phone.content, chance, CONTACTS)
    addEvents(phone.content, chance, EVENTS, NOW)
    photos = await addPhotos(phone, chance, PHOTOS, NOW)
    await phone.plugIn()
    keeper = await openKeeper(phone.socket)
  }, 60_000)

  afterAll(async () => {
    await keeper?.close()
    await phone?.stop()
  })

  const capture = () => keeper.engine.call('links.capture', { source: SOURCE })

  /** Texts that lie on the phone, as they are held where line breaks are all of one kind. */
  function textsOnPhone(sql: string): string[] {
    return phone.content.database
      .prepare(sql)
      .all()
      .map(({ text }) => String(text).replaceAll('\r\n', '\n'))
      .sort()
  }

  function notesHeld(): string[] {
    return keeper
      .texts('contacts')
      .flatMap((card) => [...readCardLines(Buffer.from(card))])
      .filter(({ name }) => name === 'NOTE')
      .map((line) => unescapeText(decodedValue(line)))
      .sort()
  }

  async function expectPhotos(): Promise<void> {
    const digests = (files: Map<string, Buffer>) =>
      [...files].map(([path, bytes]) => `${path} ${hash('sha256', bytes)}`)
    expectSame(digests(await keeper.photos()).sort(), digests(photos).sort())
  }

  test('is captured whole, whatever its texts are', async () => {
    expect(await capture()).toMatchObject({
      contacts: { ...nothing, added: CONTACTS },
      calendar: { ...nothing, added: EVENTS },
      files: { added: PHOTOS, changed: 0, unchanged: 0 },
      missed: { count: 0 },
    })
    expectSame(notesHeld(), textsOnPhone(`SELECT data1 AS text FROM data WHERE mimetype='${MIME.note}'`))
    await expectPhotos()
  }, 120_000)

  test('captured again, moves only what changed', async () => {
    const { database } = phone.content
    const ids = (sql: string) =>
      database
        .prepare(sql)
        .all()
        .map(({ id }) => Number(id))
    const noted = ids(`SELECT raw_contact_id AS id FROM data WHERE mimetype='${MIME.note}' LIMIT 9`)
    for (const id of noted) {
      database
        .prepare(`UPDATE data SET data1=? WHERE raw_contact_id=? AND mimetype='${MIME.note}'`)
        .run(hostileText(chance), id)
    }
    const [deleted] = ids('SELECT max(_id) AS id FROM raw_contacts')
    database.exec(`UPDATE raw_contacts SET deleted=1 WHERE _id=${deleted}`)
    addContacts(phone.content, chance, 3)
    const renamed = ids('SELECT _id AS id FROM events WHERE original_id IS NULL LIMIT 5')
    database.exec(`UPDATE events SET title='New title' WHERE _id IN (${renamed.join()})`)
    for (const [name, text] of [
      [[...photos.keys()][0]!, 'edited'],
      ['DCIM/Camera/new.jpg', 'new'],
    ] as const) {
      photos.set(name, Buffer.from(text))
      await putFile(phone.storage, name, photos.get(name)!, NOW + 60_000)
    }
    expect(await capture()).toMatchObject({
      contacts: { added: 3, changed: 9, unchanged: CONTACTS - 10, unreadable: 0, gone: 1 },
      calendar: { added: 0, changed: 5, unchanged: EVENTS - 5, unreadable: 0, gone: 0 },
      files: { added: 1, changed: 1, unchanged: PHOTOS - 1, bytes: 'editednew'.length },
      missed: { count: 0 },
    })
    await expectPhotos()
  }, 60_000)

  test('reset, is known again, and nothing of it is given up', async () => {
    const held = { contacts: keeper.texts('contacts'), events: keeper.texts('calendar') }
    await phone.reset()
    expect(await capture()).toMatchObject({
      phone: 'Pixel 8',
      heldBack: { contacts: held.contacts.length, calendar: held.events.length },
    })
    expect((await keeper.source()).resetAt).not.toBe(null)
    expectSame(keeper.texts('contacts'), held.contacts)
    expectSame(keeper.texts('calendar'), held.events)
  }, 60_000)

  test('filled again, is the same, and twice adds nothing', async () => {
    const [cards, events] = [keeper.texts('contacts'), keeper.texts('calendar')]
    const whole = cards.length + events.length + photos.size
    const send = () => keeper.engine.call('links.send', { source: SOURCE, dryRun: false })
    const sent = await send()
    expect(sent).toMatchObject({ added: whole, changed: 0, unchanged: 0, failed: [] })
    // So many contacts go by the phone's own import, which asks its owner and leaves stars and groups behind.
    expect(sent.next).toContain(`import ${cards.length} contacts`)
    expect(tapImport(phone.content, await readFile(join(phone.storage, IMPORT)))).toBe(cards.length)
    const poorer = cards.filter((card) => /^(?:X-ANDROID-STARRED|CATEGORIES):/m.test(card)).length
    expect(await send()).toMatchObject({ added: 0, changed: poorer, unchanged: whole - poorer, failed: [] })
    dropStrangers(phone.content.database, [])
    expect(await capture()).toMatchObject({
      contacts: { ...nothing, unchanged: cards.length },
      calendar: { ...nothing, unchanged: events.length },
      files: { added: 0, changed: 0, unchanged: photos.size },
      missed: { count: 0 },
    })
    expectSame(keeper.texts('contacts'), cards)
    expectSame(keeper.texts('calendar'), events)
    await expectPhotos()
    expect((await keeper.source()).resetAt).toBe(null)
    expect(await send()).toMatchObject({ added: 0, changed: 0, unchanged: whole, failed: [], next: null })
  }, 240_000)
})
