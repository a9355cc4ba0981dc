/** Contacts and events go back to an Android phone over the real `adb`, by scripts that its own shell runs, and are the same again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MIME } from '../../main/links/android/contact-card.ts'
import { describePhone } from '../android/describe-phone.ts'
import { type Keeper, openKeeper } from '../android/keeper.ts'
import { type Phone, startPhone } from '../android/phone.ts'
import { addContacts, addEvents, putFile } from '../android/phone-data.ts'
import { seeded } from '../phone/chance.ts'

const [CONTACTS, EVENTS] = [30, 30]
const SOURCE = 'android:android-BACK1'
const none = { added: 0, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }

describePhone('an Android phone that gets its contacts and events back', (programs) => {
  let phone: Phone
  let keeper: Keeper

  beforeAll(async () => {
    phone = await startPhone({ ...programs, serial: 'BACK1' })
    const chance = seeded(7)
    addContacts(phone.content, chance, CONTACTS)
    addEvents(phone.content, chance, EVENTS, Date.UTC(2026, 10, 20, 9))
    await phone.plugIn()
    keeper = await openKeeper(phone.socket)
  }, 60_000)

  afterAll(async () => {
    await keeper?.close()
    await phone?.stop()
  })

  const kinds = ['contacts' as const, 'calendar' as const]
  const capture = () => keeper.engine.call('links.capture', { source: SOURCE, kinds })
  const send = (dryRun = false) => keeper.engine.call('links.send', { source: SOURCE, kinds, dryRun })
  const rows = (table: string) => phone.content.database.prepare(`SELECT * FROM ${table}`).all()

  test('after a reset: by rows, and captured again, each is the item that it was', async () => {
    expect(await capture()).toMatchObject({
      contacts: { ...none, added: CONTACTS },
      calendar: { ...none, added: EVENTS },
    })
    const held = kinds.map((kind) => keeper.texts(kind))
    await phone.unplug()
    await phone.reset()
    await phone.plugIn()
    const all = CONTACTS + EVENTS
    expect(await send(true)).toMatchObject({ added: all, unchanged: 0, failed: [] })
    expect(rows('raw_contacts')).toEqual([])
    expect(await send()).toMatchObject({ added: all, changed: 0, unchanged: 0, failed: [], next: null })
    expect(await capture()).toMatchObject({
      contacts: { ...none, unchanged: CONTACTS },
      calendar: { ...none, unchanged: EVENTS },
      heldBack: { contacts: 0, calendar: 0 },
    })
    expect(kinds.map((kind) => keeper.texts(kind))).toEqual(held)
  }, 120_000)

  test('a second time: nothing is there twice', async () => {
    const before = ['raw_contacts', 'data', 'events', 'reminders', 'attendees', 'groups'].map(rows)
    expect(await send()).toMatchObject({ added: 0, changed: 0, unchanged: CONTACTS + EVENTS, failed: [] })
    expect(['raw_contacts', 'data', 'events', 'reminders', 'attendees', 'groups'].map(rows)).toEqual(before)
  }, 60_000)

  test('with the cable pulled meanwhile: the rest comes with the next', async () => {
    await phone.reset()
    await phone.after(100_000, 'pulled')
    await expect(send()).rejects.toMatchObject({ code: 'unreachable' })
    await phone.plugIn()
    expect(await send()).toMatchObject({ failed: [] })
    expect(await capture()).toMatchObject({
      contacts: { added: 0, gone: 0 },
      calendar: { ...none, unchanged: EVENTS },
    })
    expect(rows('raw_contacts')).toHaveLength(CONTACTS)
    expect(await send()).toMatchObject({ added: 0, changed: 0 })
  }, 120_000)

  test('with a picture: it comes from the file that its own app exported', async () => {
    const { content, storage } = phone
    const raw_contact_id = content.add('raw_contacts', {})
    content.add('data', { raw_contact_id, mimetype: MIME.name, data1: 'Åsa Ek' })
    content.add('data', { raw_contact_id, mimetype: MIME.picture, data15: Buffer.from('small') })
    expect(await capture()).toMatchObject({
      contacts: { added: 1 },
      missed: { count: 1, named: [{ what: 'Pictures of 1 contacts' }] },
    })
    const lines = [
      'VERSION:2.1',
      'FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85sa Ek',
      'PHOTO;ENCODING=BASE64;JPEG:/9j/',
      ' AQID',
    ]
    await putFile(
      storage,
      'Download/contacts.vcf',
      Buffer.from(['BEGIN:VCARD', ...lines, '', 'END:VCARD', ''].join('\r\n')),
      0,
    )
    expect(await capture()).toMatchObject({ contacts: { added: 0, changed: 1 }, missed: { count: 0 } })
    expect(keeper.texts('contacts').find((text) => text.includes('Åsa Ek'))).toContain(
      'PHOTO;ENCODING=b;TYPE=JPEG:/9j/AQID\r\n',
    )
  }, 60_000)
})
