/** The simulated phone against a server that nobody here wrote: it syncs contacts and calendars with a real Radicale. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Server, startRadicale } from '../bench/servers.ts'
import { makeCard, withNote } from '../phone/cards.ts'
import { type Chance, seeded } from '../phone/chance.ts'
import { openSession } from '../phone/dav-session.ts'
import { makeEvent, withTitle } from '../phone/events.ts'
import { createPhone, type Phone, type PhoneOptions } from '../phone/phone.ts'
import {
  addItem,
  type CollectionKind,
  changeItem,
  deleteItem,
  firstCollection,
  visibleItems,
} from '../phone/phone-store.ts'
import { loseMemory } from '../phone/reset.ts'
import { describePeer } from './peers.ts'

const NOW = new Date()

describePeer('radicale', 'a simulated phone syncs with Radicale', () => {
  let folder: string
  let server: Server
  let chance: Chance
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sidekeep-radicale-'))
    server = await startRadicale(folder)
    chance = seeded(11)
    await makeCalendar(server)
  })
  afterEach(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  const newPhone = (options: PhoneOptions = {}): Phone =>
    createPhone({ url: server.base.origin, ...server.credentials! }, options)

  const fill = (phone: Phone, cards: number, events: number): void => {
    const { store } = phone
    for (let n = 0; n < cards; n++) addItem(firstCollection(store, 'contacts'), makeCard(chance, NOW))
    for (let n = 0; n < events; n++) addItem(firstCollection(store, 'events'), makeEvent(chance, NOW))
  }

  for (const pastEventDays of [90, null]) {
    const way = pastEventDays === null ? 'sync-collection' : 'a query of 90 days'
    test(`what one phone adds, changes and deletes reaches another, events by ${way}`, async () => {
      const [one, two] = [newPhone({ pastEventDays }), newPhone({ pastEventDays })]
      await one.sync()
      fill(one, 25, 15)
      await one.sync()
      expect(one.tally).toMatchObject({ uploaded: 40, conflicts: 0, refused: 0, deletedHere: 0 })
      await two.sync()
      expect(two.tally).toMatchObject({ uploaded: 0, downloaded: 40 })
      expect(contents(two)).toEqual(contents(one))

      const [card, gone] = visibleItems(two.store, 'contacts')
      const [event] = visibleItems(two.store, 'events')
      changeItem(card!, withNote(card!.data, 'Likes tea'))
      changeItem(event!, withTitle(event!.data, 'Moved to Friday'))
      deleteItem(firstCollection(two.store, 'contacts'), gone!)
      fill(two, 1, 1)
      await two.sync()
      await one.sync()
      expect(two.tally).toMatchObject({ uploaded: 4, deletedThere: 1, conflicts: 0 })
      expect(one.tally.deletedHere).toBe(1)
      expect(contents(one)).toEqual(contents(two))
      expect(contents(one).contacts).toHaveLength(25)

      const { requests } = one.session.traffic
      await one.sync()
      // Two home sets, and the state of either collection: a sync with nothing to do asks no more.
      expect(one.session.traffic.requests - requests).toBe(4)
    })
  }

  test('where both changed a card the server’s version wins, and no card is doubled', async () => {
    const [one, two] = [newPhone(), newPhone()]
    await one.sync()
    fill(one, 3, 0)
    await one.sync()
    await two.sync()
    for (const [phone, note] of [
      [one, 'from one'],
      [two, 'from two'],
    ] as const) {
      const card = visibleItems(phone.store, 'contacts').find(({ name }) => name === firstName(one))!
      changeItem(card, withNote(card.data, note))
    }
    await one.sync()
    await two.sync()
    expect(two.tally.conflicts).toBe(1)
    expect(contents(two)).toEqual(contents(one))
    expect(contents(two).contacts.join('')).toContain('NOTE:from one')
  })

  test('an answer that got lost leaves no double', async () => {
    let puts = 0
    const phone = newPhone({
      beforeRequest: ({ method }) => (method === 'PUT' && ++puts === 2 ? 'before-answer' : undefined),
    })
    await phone.sync()
    fill(phone, 4, 0)
    await expect(phone.sync()).rejects.toThrow('The connection broke')
    await phone.sync()
    expect(visibleItems(phone.store, 'contacts')).toHaveLength(4)
    const other = newPhone()
    await other.sync()
    expect(contents(other)).toEqual(contents(phone))
  })

  test('a token the server does not know leads to a full listing, which removes what is gone', async () => {
    const phone = newPhone()
    await phone.sync()
    fill(phone, 3, 0)
    await phone.sync()
    const book = firstCollection(phone.store, 'contacts')
    const other = newPhone()
    await other.sync()
    deleteItem(firstCollection(other.store, 'contacts'), visibleItems(other.store, 'contacts')[0]!)
    await other.sync()
    book.state = { type: 'sync-token', value: 'http://radicale.org/ns/sync/0000', initial: false }
    await phone.sync()
    expect(phone.tally.deletedHere).toBe(1)
    expect(contents(phone)).toEqual(contents(other))
  })

  test('a phone that lost its memory empties the account; one that was wiped fetches everything again', async () => {
    const [one, two] = [newPhone(), newPhone()]
    await one.sync()
    fill(one, 3, 2)
    await one.sync()
    const before = contents(one)
    one.wipe()
    await one.sync()
    expect(contents(one)).toEqual(before)
    loseMemory(one.store)
    await one.sync()
    await two.sync()
    expect(contents(two)).toEqual({ contacts: [], events: [] })
  })
})

async function makeCalendar({ base, credentials }: Server): Promise<void> {
  const session = openSession(credentials!)
  await session.request('MKCALENDAR', new URL('../calendar/', base))
  session.close()
}

// Radicale writes every item anew (order, case and grouping of parameters), so that bytes can't be compared across phones.
const TELLING = /^(?:UID|FN|N|NOTE|EMAIL|SUMMARY|RRULE|LOCATION)[:;]/

function contents(phone: Phone): Record<'contacts' | 'events', string[]> {
  const telling = (data: Buffer): string =>
    data
      .toString()
      .replace(/\r?\n[ \t]/g, '')
      .split(/\r?\n/)
      .filter((line) => TELLING.test(line))
      .map((line) => line.replace(/;type=.*?:/i, ':'))
      .sort()
      .join('\n')
  const all = (kind: CollectionKind): string[] =>
    visibleItems(phone.store, kind)
      .map(({ data }) => telling(data))
      .sort()
  return { contacts: all('contacts'), events: all('events') }
}

function firstName(phone: Phone): string {
  return visibleItems(phone.store, 'contacts')[0]!.name
}
