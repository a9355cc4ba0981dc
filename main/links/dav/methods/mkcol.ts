/** MKCOL for folders and address books, plain or extended (RFC 5689), and MKCALENDAR (RFC 4791, 5.3.1). */

import { CALDAV, CARDDAV, DAV } from '../../../formats/dav-namespaces.ts'
import {
  attributeOf,
  childElements,
  isNamed,
  PREFIX_DECLARATIONS,
  parseXml,
  type XmlElement,
  XmlError,
} from '../../../formats/xml.ts'
import { readBody } from '../../../http/body.ts'
import { createCollection, findCollection } from '../../../replica/collections.ts'
import { folderItem, putItem } from '../../../replica/items.ts'
import type { Transaction } from '../../../replica/replica.ts'
import { answer, answerXml } from '../answer.ts'
import { expectRoot } from '../body.ts'
import { CAUSE, type Exchange } from '../exchange.ts'
import { checkLocks, checkPreconditions } from '../preconditions.ts'
import { applyChanges, type PropertyChange, readChanges } from '../properties/update.ts'
import { publicId } from '../public-id.ts'
import { Refusal } from '../refusal.ts'
import {
  type CollectionResource,
  exists,
  type FolderResource,
  type FreeCollection,
  type FreeItem,
  hasParent,
  resolve,
} from '../resource.ts'
import { allowedMethods } from './allowed.ts'

export async function mkcol(exchange: Exchange): Promise<void> {
  const root = await readExtended(exchange)
  await make(exchange, root ? readChanges(root) : [], 'd:mkcol-response')
}

// A body that is no extended MKCOL is none that we understand (RFC 4918, 9.3).
async function readExtended({ body, limits }: Exchange): Promise<XmlElement | undefined> {
  const bytes = await readBody(body(), limits.xmlBytes, () => new Refusal(413))
  if (bytes.length === 0) return undefined
  try {
    const root = parseXml(bytes)
    if (isNamed(root, DAV, 'mkcol')) return root
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
  }
  throw new Refusal(415)
}

export async function mkcalendar(exchange: Exchange): Promise<void> {
  const bytes = await readBody(exchange.body(), exchange.limits.xmlBytes, () => new Refusal(413))
  const root = bytes.length === 0 ? undefined : expectRoot(parseXml(bytes), CALDAV, 'mkcalendar')
  const type = { namespace: DAV, local: 'resourcetype', attributes: [], children: [CALENDAR_TYPE] }
  const changes = root ? readChanges(root) : []
  await make(exchange, [{ element: type, remove: false }, ...changes], 'cal:mkcalendar-response')
}

const CALENDAR_TYPE: XmlElement = { namespace: CALDAV, local: 'calendar', attributes: [], children: [] }

/** Undoes a collection whose properties could not all be set. */
class NotMade extends Error {
  readonly propstats: string
  constructor(propstats: string) {
    super('not made')
    this.propstats = propstats
  }
}

async function make(exchange: Exchange, wanted: PropertyChange[], responseName: string): Promise<void> {
  const { replica, response, phone, path } = exchange
  const isMaking = ({ element }: PropertyChange) =>
    isNamed(element, DAV, 'resourcetype') || isNamed(element, CALDAV, 'supported-calendar-component-set')
  const changes = wanted.filter((change) => !isMaking(change))
  let made: CollectionResource | FolderResource
  try {
    made = await replica.write((tx) => {
      const place = resolve(tx, phone, path)
      checkPreconditions(tx, exchange, place)
      if (exists(place)) throw new Refusal(405, '', { Allow: allowedMethods(place) })
      if (place.type === 'nowhere') throw new Refusal(409)
      checkLocks(exchange, { resource: place, member: true })
      const type = readType(wanted)
      const resource =
        place.type === 'free-item'
          ? makeFolder(tx, place, type)
          : makeCollection(tx, exchange, place, type, wanted)
      const failures = applyChanges(tx, phone, resource, changes)
      if (failures !== undefined) throw new NotMade(failures)
      return resource
    })
  } catch (error) {
    if (!(error instanceof NotMade)) throw error
    const content = `<${responseName}${PREFIX_DECLARATIONS}>${error.propstats}</${responseName}>`
    return answerXml(exchange, 424, content)
  }
  // Nextcloud's clients know a folder by its id.
  const id = made.type === 'folder' ? { 'OC-FileId': publicId(replica, made.item.itemId) } : {}
  answer(response, 201, { 'Cache-Control': 'no-cache', ...id })
}

type CollectionType = 'plain' | 'contacts' | 'calendar' | 'unknown'

function readType(changes: PropertyChange[]): CollectionType {
  const resourceType = changes.find(({ element }) => isNamed(element, DAV, 'resourcetype'))?.element
  const types = resourceType
    ? childElements(resourceType).filter((one) => !isNamed(one, DAV, 'collection'))
    : []
  const [type] = types
  if (!type) return 'plain'
  if (types.length > 1) return 'unknown'
  if (isNamed(type, CARDDAV, 'addressbook')) return 'contacts'
  return isNamed(type, CALDAV, 'calendar') ? 'calendar' : 'unknown'
}

function makeFolder(
  tx: Transaction,
  { href, collection, name }: FreeItem,
  type: CollectionType,
): FolderResource {
  if (type === 'calendar') throw new Refusal(403, '<cal:calendar-collection-location-ok/>')
  if (type === 'contacts') throw new Refusal(403, '<card:addressbook-collection-location-ok/>')
  if (collection.kind !== 'files' || type !== 'plain') throw new Refusal(403, '<d:valid-resourcetype/>')
  if (!hasParent(tx, collection, name)) throw new Refusal(409)
  const result = putItem(tx, collection.id, folderItem(name, tx.at), CAUSE)
  if (result.outcome === 'refused') throw new Error(`no folder could be made at ${name}`)
  return { type: 'folder', href: `${href}/`, collection, item: result.item }
}

function makeCollection(
  tx: Transaction,
  { phone }: Exchange,
  { href, kind, name }: FreeCollection,
  type: CollectionType,
  wanted: PropertyChange[],
): CollectionResource {
  if (type !== kind) throw new Refusal(403, '<d:valid-resourcetype/>')
  // A mirror, which is not served, may have the name.
  if (findCollection(tx, phone.id, kind, name)) throw new Refusal(409)
  const collection = createCollection(tx, {
    phoneId: phone.id,
    kind,
    name,
    origin: 'ours',
    displayName: name,
    components: kind === 'calendar' ? readComponents(wanted) : [],
  })
  return { type: 'collection', href, collection }
}

const COMPONENTS = ['VEVENT', 'VTODO', 'VJOURNAL']

/** @throws Refusal 403 for a calendar that would take none of what we keep. */
function readComponents(wanted: PropertyChange[]): string[] {
  const set = wanted.find(({ element }) =>
    isNamed(element, CALDAV, 'supported-calendar-component-set'),
  )?.element
  if (!set) return []
  const names = childElements(set).map((component) => attributeOf(component, 'name')?.toUpperCase() ?? '')
  const known = COMPONENTS.filter((name) => names.includes(name))
  if (known.length === 0) throw new Refusal(403, '<cal:supported-calendar-component/>')
  return known
}
