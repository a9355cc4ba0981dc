/** Changes that clients make to properties (RFC 4918, 9.2): all that a request asks for, or none. */

import { DAV, MICROSOFT } from '../../../formats/dav-namespaces.ts'
import {
  childElements,
  findChild,
  isNamed,
  tagOf,
  textOf,
  writeElement,
  type XmlElement,
} from '../../../formats/xml.ts'
import { renameCollection } from '../../../replica/collections.ts'
import { touchItem } from '../../../replica/copy.ts'
import { findItem } from '../../../replica/items.ts'
import type { Phone } from '../../../replica/phones.ts'
import {
  type Property,
  removePhoneProperty,
  removeProperty,
  setPhoneProperty,
  setProperty,
} from '../../../replica/properties.ts'
import type { Transaction } from '../../../replica/replica.ts'
import { propstat } from '../answer.ts'
import { CAUSE } from '../exchange.ts'
import type { Existing } from '../resource.ts'
import { phonePlaceOf } from './dead.ts'
import { isProtected } from './live.ts'

export interface PropertyChange {
  /** The property with its new value, or only its name to remove it. */
  element: XmlElement
  remove: boolean
}

/** Most characters of one dead property. */
const PROPERTY_CHARACTERS = 256 * 1024

/** The changes in a `propertyupdate`, `mkcol` or `mkcalendar` element, in the order in which they are to be made. */
export function readChanges(root: XmlElement): PropertyChange[] {
  return childElements(root).flatMap((step) => {
    const remove = isNamed(step, DAV, 'remove')
    const prop = remove || isNamed(step, DAV, 'set') ? findChild(step, DAV, 'prop') : undefined
    if (!prop) return []
    const language = languageOf(prop) ?? languageOf(step) ?? languageOf(root)
    return childElements(prop).map((element) => ({ element: withLanguage(element, language), remove }))
  })
}

const XML = 'http://www.w3.org/XML/1998/namespace'

function languageOf(element: XmlElement): string | undefined {
  return element.attributes.find(({ namespace, local }) => namespace === XML && local === 'lang')?.value
}

// The language in scope is part of a property's value (RFC 4918, 4.3).
function withLanguage(element: XmlElement, language: string | undefined): XmlElement {
  if (language === undefined || languageOf(element) !== undefined) return element
  const attributes = [...element.attributes, { namespace: XML, local: 'lang', value: language }]
  return { ...element, attributes }
}

/** Why a change cannot be made. */
interface Failure {
  status: number
  /** Content of a `DAV:error` element, or ''. */
  condition: string
}

/**
 * Makes the changes if every one can be made.
 * @returns undefined when they are made; else the `propstat` elements that tell which could not be.
 */
export function applyChanges(
  tx: Transaction,
  phone: Phone,
  resource: Existing,
  changes: PropertyChange[],
): string | undefined {
  const failures = changes.map((change) => failureOf(resource, change))
  if (failures.some((failure) => failure !== undefined)) return failurePropstats(changes, failures)
  for (const change of changes) apply(tx, phone, resource, change)
  return undefined
}

function failureOf(resource: Existing, { element, remove }: PropertyChange): Failure | undefined {
  if (resource.type === 'signpost') return { status: 403, condition: '' }
  if (isFileTime(resource, element)) {
    return remove || readDate(element) === undefined ? { status: 409, condition: '' } : undefined
  }
  if (isProtected(element.namespace, element.local)) {
    return { status: 403, condition: '<d:cannot-modify-protected-property/>' }
  }
  const tooLong = !remove && writeElement(element).length > PROPERTY_CHARACTERS
  return tooLong ? { status: 507, condition: '' } : undefined
}

function failurePropstats(changes: PropertyChange[], failures: (Failure | undefined)[]): string {
  return changes
    .map(({ element }, at) => {
      const { status, condition } = failures[at] ?? { status: 424, condition: '' }
      const error = condition === '' ? '' : `<d:error>${condition}</d:error>`
      return propstat(status, tagOf(element.namespace, element.local).empty, error)
    })
    .join('')
}

/** The `propstat` that tells that all changes are made. */
export function successPropstat(changes: PropertyChange[]): string {
  const names = changes.map(({ element }) => tagOf(element.namespace, element.local).empty)
  return propstat(200, [...new Set(names)].join(''))
}

function apply(tx: Transaction, phone: Phone, resource: Existing, { element, remove }: PropertyChange): void {
  const { namespace, local } = element
  if (resource.type === 'item' && isFileTime(resource, element)) {
    const item = findItem(tx, resource.collection.id, resource.item.name)
    if (item) touchItem(tx, item, readDate(element)!, CAUSE)
  } else if (resource.type === 'collection' && isNamed(element, DAV, 'displayname')) {
    renameCollection(tx, resource.collection.id, remove ? resource.collection.name : textOf(element))
  } else if (remove) {
    removeDead(tx, phone, resource, namespace, local)
  } else {
    setDead(tx, phone, resource, { namespace, local, xml: writeElement(element) })
  }
}

// The ways in which apps tell the time of a file after they sent it.
function isFileTime(resource: Existing, element: XmlElement): boolean {
  if (resource.type !== 'item' || resource.item.kind !== 'file') return false
  return isNamed(element, DAV, 'getlastmodified') || isNamed(element, MICROSOFT, 'Win32LastModifiedTime')
}

function readDate(element: XmlElement): number | undefined {
  const time = Date.parse(textOf(element).trim())
  return Number.isNaN(time) ? undefined : time
}

function setDead(tx: Transaction, phone: Phone, resource: Existing, property: Property): void {
  const place = phonePlaceOf(resource)
  if (place !== undefined) setPhoneProperty(tx, phone.id, place, property)
  else if (resource.type === 'collection') setProperty(tx, resource.collection.id, '', property)
  else if ('item' in resource) setProperty(tx, resource.collection.id, resource.item.name, property)
}

function removeDead(
  tx: Transaction,
  phone: Phone,
  resource: Existing,
  namespace: string,
  local: string,
): void {
  const place = phonePlaceOf(resource)
  if (place !== undefined) removePhoneProperty(tx, phone.id, place, namespace, local)
  else if (resource.type === 'collection') removeProperty(tx, resource.collection.id, '', namespace, local)
  else if ('item' in resource)
    removeProperty(tx, resource.collection.id, resource.item.name, namespace, local)
}
