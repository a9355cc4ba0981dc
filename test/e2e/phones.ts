/** Simulated phones for tests against our own server: fill them with made-up things, and see what each holds. */

import type { DavFixture, PairedPhone } from '../peers/dav-fixture.ts'
import { makeCard, withNote } from '../phone/cards.ts'
import type { Chance } from '../phone/chance.ts'
import { makeEvent, withTitle } from '../phone/events.ts'
import { takePhoto } from '../phone/make-photo.ts'
import type { Pairing, Phone } from '../phone/phone.ts'
import {
  addItem,
  addPhoto,
  changeItem,
  deleteItem,
  deletePhoto,
  firstCollection,
  type PhoneItem,
  visibleItems,
  visiblePhotos,
} from '../phone/phone-store.ts'

export const NOW = new Date('2026-11-22T12:00:00Z')

/** What a phone of the fixture's server is set up with. */
export function pairingOf(dav: DavFixture, paired: PairedPhone = dav.phone): Pairing {
  return { url: dav.base, user: paired.user, password: paired.password, files: paired.urls.files }
}

export interface Amounts {
  contacts?: number
  events?: number
  photos?: number
}

/** Adds made-up things; the phone was synced once, so that it has somewhere to put them. */
export function fill(phone: Phone, chance: Chance, { contacts = 0, events = 0, photos = 0 }: Amounts): void {
  for (let n = 0; n < contacts; n++) addItem(firstCollection(phone.store, 'contacts'), makeCard(chance, NOW))
  for (let n = 0; n < events; n++) addItem(firstCollection(phone.store, 'events'), makeEvent(chance, NOW))
  for (let n = 0; n < photos; n++) addPhoto(phone.store, takePhoto(chance, NOW, { width: 64, height: 48 }))
}

/** UIDs of contacts and events, each as often as it is there. */
export function uidsOf({ store }: Phone): string[] {
  return [...visibleItems(store, 'contacts'), ...visibleItems(store, 'events')].map(({ uid }) => uid).sort()
}

/** Whether sync has left nothing to send. */
export function isAllSent({ store }: Phone): boolean {
  const items = [...store.collections.values()].flatMap((collection) => [...collection.items.values()])
  return (
    items.every(({ dirty, deleted, isNew }) => !dirty && !deleted && !isNew) &&
    [...store.photos.values()].every(({ etag, deleted }) => etag !== null && !deleted)
  )
}

/** One thing its owner does at random: adds, edits or deletes a contact, an event or a photo. */
export function editAtRandom(phone: Phone, chance: Chance): void {
  const kind = chance.pick(['contacts', 'contacts', 'events', 'photos'] as const)
  const act = chance.pick(['add', 'add', 'edit', 'edit', 'delete'] as const)
  if (act === 'add') fill(phone, chance, { [kind]: 1 })
  else if (kind === 'photos') editPhoto(phone, chance, act)
  else editItem(phone, chance, kind, act)
}

function editItem(phone: Phone, chance: Chance, kind: 'contacts' | 'events', act: 'edit' | 'delete'): void {
  const items = visibleItems(phone.store, kind)
  if (items.length === 0) return
  const item = chance.pick(items)
  if (act === 'delete') deleteItem(firstCollection(phone.store, kind), item)
  else changeItem(item, edited(item, kind, chance))
}

function edited(item: PhoneItem, kind: 'contacts' | 'events', chance: Chance): Buffer {
  const words = `Edit ${chance.between(0, 1_000_000)}`
  return kind === 'contacts' ? withNote(item.data, words) : withTitle(item.data, words)
}

// A camera's photo is not edited in place; its owner deletes it or leaves it.
function editPhoto(phone: Phone, chance: Chance, act: 'edit' | 'delete'): void {
  const photos = visiblePhotos(phone.store)
  if (act === 'delete' && photos.length > 0) deletePhoto(phone.store, chance.pick(photos).path)
}
