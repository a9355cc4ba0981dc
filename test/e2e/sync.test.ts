/** A phone and our server, end to end: outages, wipes, edits and a second client in the middle of a sync. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DAVClient } from 'tsdav'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DavFixture, startDav } from '../peers/dav-fixture.ts'
import { makeCard, withNote } from '../phone/cards.ts'
import { type Chance, seeded } from '../phone/chance.ts'
import { contentsOf } from '../phone/contents.ts'
import { HttpError } from '../phone/dav-session.ts'
import { createPhone, type Phone, type PhoneOptions } from '../phone/phone.ts'
import {
  changeItem,
  deleteItem,
  firstCollection,
  loadStore,
  saveStore,
  visibleItems,
} from '../phone/phone-store.ts'
import { loseMemory } from '../phone/reset.ts'
import { editAtRandom, fill, isAllSent, NOW, pairingOf, uidsOf } from './phones.ts'

let dav: DavFixture
let chance: Chance
let outage: boolean
const phones: Phone[] = []

beforeEach(async () => {
  chance = seeded(21)
  outage = false
  dav = await startDav(['Ada', 'Bob'], { ready: () => !outage })
})

afterEach(async () => {
  for (const phone of phones.splice(0)) phone.close()
  await dav[Symbol.asyncDispose]()
  expect(dav.logged).toEqual([])
})

function phoneOf(paired = dav.phones[0]!, options: PhoneOptions = {}): Phone {
  const phone = createPhone(pairingOf(dav, paired), { now: () => NOW, ...options })
  phones.push(phone)
  return phone
}

async function filledPhone(options: PhoneOptions = {}): Promise<Phone> {
  const phone = phoneOf(dav.phones[0], options)
  await phone.sync()
  fill(phone, chance, { contacts: 30, events: 20, photos: 6 })
  await phone.sync()
  return phone
}

describe.each([
  ['a query of 90 days', 90],
  ['sync-collection', null],
])('events by %s', (_way, pastEventDays) => {
  test('everything reaches a new phone of the same account, byte for byte', async () => {
    const phone = await filledPhone({ pastEventDays })
    expect(phone.tally).toEqual({
      uploaded: 56,
      downloaded: 0,
      deletedThere: 0,
      deletedHere: 0,
      conflicts: 0,
      refused: 0,
    })
    const other = phoneOf(dav.phone, { pastEventDays })
    await other.sync()
    expect(contentsOf(other.store)).toEqual(contentsOf(phone.store))
    expect(contentsOf(other.store).size).toBe(56)
  })

  test('two phones of one account that edit at once end up equal', async () => {
    const one = await filledPhone({ pastEventDays })
    const two = phoneOf(dav.phone, { pastEventDays })
    await two.sync()
    for (let round = 0; round < 8; round++) {
      for (const phone of [one, two]) for (let n = 0; n < 4; n++) editAtRandom(phone, chance)
      await Promise.all([one.sync(), two.sync()])
    }
    for (const phone of [one, two, one]) await phone.sync()
    expect(isAllSent(one) && isAllSent(two)).toBe(true)
    expect(new Set(uidsOf(one)).size).toBe(uidsOf(one).length)
    expect(withoutPhotos(two)).toEqual(withoutPhotos(one))
  })
})

test('changes that come in pages are read to the last, also after a break between two pages', async () => {
  const full = await filledPhone({ pastEventDays: null })
  let reports = 0
  const phone = phoneOf(dav.phone, {
    pastEventDays: null,
    changesPerAnswer: 7,
    beforeRequest: ({ method }) => (method === 'REPORT' && ++reports === 4 ? 'before-answer' : undefined),
  })
  await expect(phone.sync()).rejects.toThrow('The connection broke')
  expect(firstCollection(phone.store, 'contacts').state).toMatchObject({ initial: true })
  // What is deleted between the pages of a first listing must go as well.
  const gone = visibleItems(phone.store, 'contacts')[0]!.name
  deleteItem(
    firstCollection(full.store, 'contacts'),
    firstCollection(full.store, 'contacts').items.get(gone)!,
  )
  await full.sync()
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(contentsOf(full.store))
  expect(reports).toBeGreaterThan(14)
})

test('a token that the server no longer takes leads to a full listing, and nothing is fetched twice', async () => {
  const phone = await filledPhone({ pastEventDays: null })
  const book = firstCollection(phone.store, 'contacts')
  book.state = { type: 'sync-token', value: 'data:,of-another-time', initial: false }
  const before = contentsOf(phone.store)
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(before)
  expect(phone.tally).toMatchObject({ uploaded: 56, downloaded: 0, deletedHere: 0 })
  expect(book.state).toMatchObject({ initial: false })
})

test('a phone that is offline keeps its edits, and sends them when it is back', async () => {
  const phone = await filledPhone()
  phone.offline = true
  for (let n = 0; n < 10; n++) editAtRandom(phone, chance)
  const wanted = contentsOf(phone.store)
  const { requests } = phone.session.traffic
  await expect(phone.sync()).rejects.toThrow('The connection broke')
  expect(phone.session.traffic.requests).toBe(requests)
  phone.offline = false
  await phone.sync()
  const other = phoneOf()
  await other.sync()
  expect(contentsOf(other.store)).toEqual(wanted)
})

test('a sync with nothing to do asks little and moves nothing', async () => {
  const phone = await filledPhone()
  const before = { ...phone.tally, requests: phone.session.traffic.requests }
  await phone.sync()
  // Two home sets; the state of the book, the calendar and the tasks; the photo folder and what is in it.
  const folders = new Set(
    [...phone.store.photos.keys()].flatMap((path) => [path.slice(0, 4), path.slice(0, 7)]),
  ).size
  expect(phone.session.traffic.requests - before.requests).toBe(2 + 3 + 1 + folders)
  expect({ ...phone.tally, requests: before.requests }).toEqual(before)
})

test('a phone sees nothing of another', async () => {
  const ada = await filledPhone()
  const bob = phoneOf(dav.phones[1])
  await bob.sync()
  fill(bob, chance, { contacts: 2, photos: 1 })
  await bob.sync()
  await ada.sync()
  expect(contentsOf(bob.store).size).toBe(3)
  expect(contentsOf(ada.store).size).toBe(56)
})

test('while the store is not ready nothing is deleted on the phone, and afterwards nothing is sent twice', async () => {
  const phone = await filledPhone()
  const before = contentsOf(phone.store)
  outage = true
  for (let n = 0; n < 3; n++) {
    const failure = await phone.sync().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(HttpError)
    expect(failure).toMatchObject({ status: 503, retryAfter: expect.any(Number) })
  }
  expect(contentsOf(phone.store)).toEqual(before)
  outage = false
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(before)
  expect(phone.tally).toMatchObject({ uploaded: 56, downloaded: 0, deletedHere: 0 })
})

test('an outage that begins at any request of a first sync removes nothing', async () => {
  const full = await filledPhone()
  let left = Number.POSITIVE_INFINITY
  const beforeRequest = () => {
    outage = left-- <= 0
    return undefined
  }
  const phone = phoneOf(dav.phone, { beforeRequest })
  for (let allowed = 0; allowed < 24; allowed += 2) {
    left = allowed
    const held = contentsOf(phone.store).size
    await phone.sync().catch((error: unknown) => expect(error).toMatchObject({ status: 503 }))
    outage = false
    expect(contentsOf(phone.store).size).toBeGreaterThanOrEqual(held)
  }
  left = Number.POSITIVE_INFINITY
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(contentsOf(full.store))
  expect(phone.tally.deletedHere).toBe(0)
})

test('a phone that is wiped at any point of a sync gets back all that was acknowledged', async () => {
  for (const wipeAt of [12, 25, 40, 60]) {
    await using own = await startDav()
    let untilWiped = Number.POSITIVE_INFINITY
    const phone = createPhone(pairingOf(own), {
      now: () => NOW,
      beforeRequest: () => {
        if (untilWiped-- === 0) phone.wipe()
        return undefined
      },
    })
    await phone.sync()
    untilWiped = wipeAt
    fill(phone, chance, { contacts: 20, events: 10, photos: 6 })
    const all = contentsOf(phone.store)
    await expect(phone.sync()).rejects.toThrow('The session is closed')
    const acknowledged = phone.tally.uploaded
    await phone.sync()
    const back = contentsOf(phone.store)
    expect(back.size).toBe(acknowledged)
    for (const [name, value] of back) expect(all.get(name)).toBe(value)
    expect(phone.tally).toMatchObject({ deletedThere: 0, deletedHere: 0, conflicts: 0 })
    phone.close()
  }
})

test('a phone killed during a sync goes on from its last save, without doubles', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-phone-'))
  try {
    const phone = phoneOf()
    await phone.sync()
    fill(phone, chance, { contacts: 20, events: 5, photos: 4 })
    const before = contentsOf(phone.store)
    await saveStore(phone.store, folder)
    await phone.sync()
    // All it learned in that sync is gone with it.
    const again = phoneOf(dav.phone, { store: await loadStore(folder) })
    await again.sync()
    expect(contentsOf(again.store)).toEqual(before)
    expect(isAllSent(again)).toBe(true)
    const other = phoneOf()
    await other.sync()
    expect(contentsOf(other.store)).toEqual(before)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('edits made while a sync runs are sent by the next one', async () => {
  let edits = 0
  const phone: Phone = phoneOf(dav.phone, {
    beforeRequest: () => {
      if (edits > 0 && edits-- % 3 === 0) editAtRandom(phone, chance)
      return undefined
    },
  })
  await phone.sync()
  fill(phone, chance, { contacts: 15, events: 10, photos: 3 })
  edits = 60
  await phone.sync()
  edits = 0
  const wanted = contentsOf(phone.store)
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(wanted)
  expect(phone.tally.conflicts).toBe(0)
  expect(isAllSent(phone)).toBe(true)
  const other = phoneOf()
  await other.sync()
  expect(contentsOf(other.store)).toEqual(wanted)
})

test('another program changes the account while the phone syncs, and both agree in the end', async () => {
  const client = new DAVClient({
    serverUrl: dav.base,
    credentials: { username: dav.phone.user, password: dav.phone.password },
    authMethod: 'Basic',
    defaultAccountType: 'carddav',
  })
  await client.login()
  const [book] = await client.fetchAddressBooks()
  const cards = Array.from({ length: 15 }, () => makeCard(chance, NOW))
  const phone = await filledPhone()
  const writing = (async () => {
    for (const [n, vCardString] of cards.map(String).entries()) {
      const made = await client.createVCard({
        addressBook: book!,
        filename: `by-other-${n}.vcf`,
        vCardString,
      })
      expect(made.status).toBe(201)
    }
  })()
  for (let n = 0; n < 6; n++) {
    for (const item of visibleItems(phone.store, 'contacts').slice(n, n + 3)) {
      changeItem(item, withNote(item.data, `Edit ${n}`))
    }
    deleteItem(firstCollection(phone.store, 'contacts'), visibleItems(phone.store, 'contacts').at(-1 - n)!)
    await phone.sync()
  }
  await writing
  await phone.sync()
  const stored = await client.fetchVCards({ addressBook: book! })
  const byClient = new Map(stored.map(({ url, data }) => [url.split('/').at(-1)!, String(data)]))
  const onPhone = new Map(
    visibleItems(phone.store, 'contacts').map(({ name, data }) => [name, data.toString()]),
  )
  expect(byClient.size).toBe(onPhone.size)
  for (const [name, data] of onPhone) expect(sameLines(byClient.get(name))).toEqual(sameLines(data))
})

test('a phone that lost its memory empties the account, yet every version is still in history', async () => {
  const phone = await filledPhone()
  loseMemory(phone.store)
  await phone.sync()
  expect(phone.tally).toMatchObject({ deletedThere: 56, refused: 0 })
  const other = phoneOf()
  await other.sync()
  expect(contentsOf(other.store).size).toBe(0)
  const row = dav.replica
    .statement(`SELECT count(*) AS kept FROM versions WHERE kind IN ('contact', 'event', 'file')`)
    .get()
  expect(row?.kept).toBe(56)
})

// A photo that another phone deleted stays on this one: no camera roll is emptied from outside.
function withoutPhotos(phone: Phone): [string, string][] {
  return [...contentsOf(phone.store)].filter(([name]) => !name.startsWith('photos/'))
}

// tsdav's XML reader may trim the value at its ends.
function sameLines(card: string | undefined): string[] | undefined {
  return card?.trim().split(/\r?\n/)
}
