/** What the demo's phone holds, and what its owner changes on an ordinary day. */
import { setImmediate as breathe } from 'node:timers/promises'
import { counted } from '../../main/host/words.ts'
import { makeCard, makeGroup, withNote } from './cards.ts'
import type { Chance } from './chance.ts'
import { makeEvent, withTitle } from './events.ts'
import { takePhoto } from './make-photo.ts'
import type { Phone } from './phone.ts'
import { addItem, addPhoto, changeItem, deleteItem, firstCollection, visibleItems } from './phone-store.ts'

export interface Amounts {
  contacts: number
  events: number
  photos: number
}

interface Making {
  chance: Chance
  now: Date
  amounts: Amounts
  stopped: AbortSignal
}

const PHOTO_SIZE = { width: 480, height: 360 }
const GROUP_MEMBERS = 12

/** One of the contacts is a group of others. */
export async function fill({ chance, now, amounts, stopped }: Making, { store }: Phone): Promise<void> {
  const book = firstCollection(store, 'contacts')
  for (let n = 1; n < amounts.contacts; n++) {
    addItem(book, makeCard(chance, now))
    if (n % 50 === 0) await pause(stopped)
  }
  const members = visibleItems(store, 'contacts').slice(0, GROUP_MEMBERS)
  addItem(
    book,
    makeGroup(
      'Family',
      chance.uuid(),
      members.map(({ uid }) => uid),
    ),
  )
  const calendar = firstCollection(store, 'events')
  for (let n = 0; n < amounts.events; n++) addItem(calendar, makeEvent(chance, now))
  await takePhotos({ chance, now, stopped }, { store }, amounts.photos)
}

async function takePhotos(
  { chance, now, stopped }: Omit<Making, 'amounts'>,
  { store }: Pick<Phone, 'store'>,
  count: number,
): Promise<void> {
  for (let n = 0; n < count; n++) {
    addPhoto(store, takePhoto(chance, now, PHOTO_SIZE))
    await pause(stopped)
  }
}

// Drawing keeps the processor busy: the live count and Ctrl-C get their turn in between.
async function pause(stopped: AbortSignal): Promise<void> {
  await breathe()
  stopped.throwIfAborted()
}

/** @returns what was done, in words. */
export async function editSome(making: Making, phone: Phone): Promise<string> {
  const { chance, now } = making
  const { store } = phone
  const book = firstCollection(store, 'contacts')
  const [toChange, toDelete] = [
    visibleItems(store, 'contacts').slice(0, 3),
    visibleItems(store, 'contacts').slice(3, 4),
  ]
  for (const item of toChange) changeItem(item, withNote(item.data, 'New number soon.'))
  for (const item of toDelete) deleteItem(book, item)
  addItem(book, makeCard(chance, now))
  const events = visibleItems(store, 'events').slice(0, 2)
  for (const item of events) changeItem(item, withTitle(item.data, 'Moved to Friday'))
  await takePhotos(making, phone, 2)
  const changed = `${counted(toChange.length, 'contact')}, ${counted(events.length, 'event')}`
  return `Changed: ${changed}. New: 1 contact, 2 photos. Deleted: ${counted(toDelete.length, 'contact')}.`
}

/** The name on a card. */
export function nameOn(card: Buffer): string {
  return /^FN:(.*)\r$/m.exec(card.toString().replace(/\r\n[ \t]/g, ''))?.[1] ?? 'a contact'
}
