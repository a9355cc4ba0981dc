/**
 * What may stand in an address book or calendar (RFC 6352, 6.3.2.1; RFC 4791, 5.3.2.1). We keep all that can pass for a card or
 * calendar at all, for what a phone holds must not be lost because a parser stumbles over it.
 */
import type { Collection } from '../../replica/collections.ts'
import type { Item } from '../../replica/items.ts'
import type { Phone } from '../../replica/phones.ts'
import { Refusal } from './refusal.ts'
import { itemResource } from './resource.ts'
import { collectionHref } from './urls.ts'

const prefixOf = ({ kind }: Collection) => (kind === 'contacts' ? 'card' : 'cal')

export function tooLarge(collection: Collection): Refusal {
  return new Refusal(403, `<${prefixOf(collection)}:max-resource-size/>`)
}

/** @throws Refusal 403 for what is plainly no card (in an address book) or no calendar (in a calendar). */
export function checkText(collection: Collection, bytes: Buffer): void {
  const text = bytes.toString('latin1').replaceAll('\0', '')
  if (collection.kind === 'contacts') {
    if (!/BEGIN\s*:\s*VCARD/i.test(text)) throw new Refusal(403, '<card:valid-address-data/>')
  } else if (!/BEGIN\s*:\s*V(?:CALENDAR|EVENT|TODO|JOURNAL|FREEBUSY)\b/i.test(text)) {
    throw new Refusal(403, '<cal:valid-calendar-data/>')
  }
}

/** @throws Refusal 403 when the calendar does not take this component (RFC 4791, 5.2.3). One that cannot be told is taken. */
export function checkComponent({ kind, components }: Collection, component: string): void {
  if (kind !== 'calendar' || components.length === 0) return
  if (component !== '' && !components.includes(component)) {
    throw new Refusal(403, '<cal:supported-calendar-component/>')
  }
}

/** The refusal of an item whose UID stands in another one. 409 makes DAVx5 take ours; a 403 would stop its sync. */
export function refuseUid(phone: Phone, collection: Collection, other: Item): Refusal {
  const { href } = itemResource(collectionHref(phone, collection), collection, other)
  const name = `${prefixOf(collection)}:no-uid-conflict`
  return new Refusal(409, `<${name}><d:href>${href}</d:href></${name}>`)
}
