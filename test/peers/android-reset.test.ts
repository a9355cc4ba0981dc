/** An Android phone that was reset is the same phone with nothing on it: what it had is kept, and new things are new. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MIME } from '../../main/links/android/contact-card.ts'
import { describePhone } from '../android/describe-phone.ts'
import { type Keeper, openKeeper } from '../android/keeper.ts'
import { type Phone, startPhone } from '../android/phone.ts'
import { addContacts, addEvents, putFile } from '../android/phone-data.ts'
import { seeded } from '../phone/chance.ts'
import { takePhoto } from '../phone/make-photo.ts'

const NOW = Date.UTC(2026, 10, 20, 9)
const SOURCE = 'android:android-RESET1'
const PHOTO = 'DCIM/Camera/IMG_0001.jpg'
const [CONTACTS, EVENTS] = [8, 6]
const [BEFORE, AFTER] = [3, 4].map((seed) => takePhoto(seeded(seed), new Date(NOW)).data) as [Buffer, Buffer]

describePhone('an Android phone that was reset', (programs) => {
  let phone: Phone
  let keeper: Keeper

  beforeEach(async () => {
    phone = await startPhone({ ...programs, serial: 'RESET1' })
    await phone.plugIn()
    keeper = await openKeeper(phone.socket)
    addContacts(phone.content, seeded(1), CONTACTS)
    addEvents(phone.content, seeded(2), EVENTS, NOW)
    await putFile(phone.storage, PHOTO, BEFORE, NOW)
    await keeper.engine.call('links.capture', { source: SOURCE })
  })

  afterEach(async () => {
    await keeper?.close()
    await phone?.stop()
  })

  function addNew(): void {
    const raw_contact_id = phone.content.add('raw_contacts', {})
    phone.content.add('data', { raw_contact_id, mimetype: MIME.name, data1: 'New One', data2: 'New One' })
  }

  test('is known when it is seen, keeps what it had, and takes nothing new for something old', async () => {
    const [cards, events] = [keeper.texts('contacts'), keeper.texts('calendar')]
    expect(await keeper.source()).toMatchObject({ phone: 'Pixel 8', resetAt: null })
    await phone.reset()
    const { resetAt } = await keeper.source()
    expect(resetAt).toEqual(expect.any(Number))
    // The phone counts its rows, and its camera its pictures, from the beginning.
    addNew()
    await putFile(phone.storage, PHOTO, AFTER, NOW + 60_000)
    expect(await keeper.engine.call('links.capture', { source: SOURCE })).toMatchObject({
      phone: 'Pixel 8',
      contacts: { added: 1, changed: 0, gone: 0 },
      calendar: { added: 0, changed: 0, gone: 0 },
    })
    expect(await keeper.engine.call('phones.list', {})).toHaveLength(1)
    expect(keeper.texts('contacts').filter((card) => !cards.includes(card))).toEqual([
      expect.stringContaining('FN:New One'),
    ])
    expect(keeper.texts('contacts')).toEqual(expect.arrayContaining(cards))
    expect(keeper.texts('calendar')).toEqual(events)
    const pictures = [...(await keeper.photos()).values()]
    expect(pictures).toHaveLength(2)
    for (const picture of [BEFORE, AFTER]) expect(pictures.some((one) => one.equals(picture))).toBe(true)
    expect((await keeper.source()).resetAt).toBe(resetAt)
  })

  test('has back all that it had, beside what is new', async () => {
    await phone.reset()
    addNew()
    await keeper.engine.call('links.capture', { source: SOURCE })
    const [cards, events] = [keeper.texts('contacts'), keeper.texts('calendar')]
    expect(await keeper.engine.call('links.send', { source: SOURCE, dryRun: false })).toMatchObject({
      ...{ added: CONTACTS + EVENTS + 1, unchanged: 1, failed: [], next: null },
    })
    expect(await keeper.source()).toMatchObject({ resetAt: null })
    expect(await keeper.engine.call('links.capture', { source: SOURCE })).toMatchObject({
      contacts: { added: 0, changed: 0, unchanged: CONTACTS + 1, gone: 0 },
      calendar: { added: 0, changed: 0, unchanged: EVENTS, gone: 0 },
      files: { added: 0, changed: 0, unchanged: 1 },
      heldBack: { contacts: 0, calendar: 0 },
    })
    expect(keeper.texts('contacts')).toEqual(cards)
    expect(keeper.texts('calendar')).toEqual(events)
  })
})
