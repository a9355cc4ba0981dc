/**
 * What a path means for a phone: the map from URLs to what the replica holds.
 *
 *     /  /principals/  /dav/  /dav/principals/ …     signposts to the principal
 *     /dav/principals/<user>/                        the phone
 *     /dav/addressbooks/<user>/<book>/<name>         cards
 *     /dav/calendars/<user>/<calendar>/<name>        events and tasks
 *     /dav/files/<user>/<path>                       photos, videos and other files
 *
 * A phone sees its own data only: the paths of another mean the same to it as paths where nothing can be.
 */
import { type Collection, type CollectionKind, findCollection } from '../../replica/collections.ts'
import { parentOf } from '../../replica/folders.ts'
import { findItem, type Item } from '../../replica/items.ts'
import type { Phone } from '../../replica/phones.ts'
import type { Reader } from '../../replica/replica.ts'
import { hrefOf, hrefOfFolder } from './path.ts'
import { homeHref } from './urls.ts'

/** A collection that only leads on, such as `/dav/`. */
export interface Signpost {
  type: 'signpost'
  href: string
  /** Paths of what lies in it. */
  children: string[][]
}
export interface Principal {
  type: 'principal'
  href: string
}
/** Holds the phone's address books or calendars. */
export interface Home {
  type: 'home'
  href: string
  kind: 'contacts' | 'calendar'
}
/** An address book, a calendar, or the file library. */
export interface CollectionResource {
  type: 'collection'
  href: string
  collection: Collection
}
/** A folder in the file library. */
export interface FolderResource {
  type: 'folder'
  href: string
  collection: Collection
  item: Item
}
/** A card, a calendar object or a file. */
export interface ItemResource {
  type: 'item'
  href: string
  collection: Collection
  item: Item
}
/** A path in a collection where there is nothing now. */
export interface FreeItem {
  type: 'free-item'
  href: string
  collection: Collection
  /** As in `Item.name`. */
  name: string
}
/** A path in a home where an address book or calendar could be made. */
export interface FreeCollection {
  type: 'free-collection'
  href: string
  kind: 'contacts' | 'calendar'
  name: string
}
/** A path where nothing is and nothing can be made. */
export interface Nowhere {
  type: 'nowhere'
  href: string
}

export type Existing = Signpost | Principal | Home | CollectionResource | FolderResource | ItemResource
export type Resource = Existing | FreeItem | FreeCollection | Nowhere

/** The name under which a phone's file library is kept. */
const FILES = 'photos'

/** Says what the path means for this phone at this moment. */
export function resolve(reader: Reader, phone: Phone, path: readonly string[]): Resource {
  const nowhere: Nowhere = { type: 'nowhere', href: hrefOf(path) }
  const [top, area, user, collection, ...rest] = path
  if (top === 'principals' && path.length === 1) return signpost(path, [['dav', 'principals', phone.user]])
  if (top === undefined) return signpost(path, [['dav']])
  if (top !== 'dav') return nowhere
  if (area === undefined) {
    return signpost(
      path,
      ['principals', 'addressbooks', 'calendars', 'files'].map((name) => ['dav', name]),
    )
  }
  if (!['principals', 'addressbooks', 'calendars', 'files'].includes(area)) return nowhere
  if (user === undefined) return signpost(path, [['dav', area, phone.user]])
  if (user !== phone.user) return nowhere
  if (area === 'files') return inFiles(reader, phone, path.slice(3))
  if (area === 'principals') {
    return collection === undefined ? { type: 'principal', href: hrefOfFolder(path) } : nowhere
  }
  const kind = area === 'addressbooks' ? 'contacts' : 'calendar'
  if (collection === undefined) return { type: 'home', href: hrefOfFolder(path), kind }
  return inHome(reader, phone, kind, collection, rest)
}

function signpost(path: readonly string[], children: string[][]): Signpost {
  return { type: 'signpost', href: hrefOfFolder(path), children }
}

function inHome(
  reader: Reader,
  phone: Phone,
  kind: 'contacts' | 'calendar',
  name: string,
  rest: string[],
): Resource {
  const collection = findServed(reader, phone, kind, name)
  const href = `${homeHref(phone, kind)}${hrefOf([name]).slice(1)}`
  if (collection) return inCollection(reader, collection, `${href}/`, rest)
  if (rest.length > 0) return { type: 'nowhere', href: `${href}${hrefOf(rest)}` }
  return { type: 'free-collection', href: `${href}/`, kind, name }
}

function inFiles(reader: Reader, phone: Phone, rest: string[]): Resource {
  const href = homeHref(phone, 'files')
  const collection = findServed(reader, phone, 'files', FILES)
  return collection
    ? inCollection(reader, collection, href, rest)
    : { type: 'nowhere', href: `${href}${hrefOf(rest).slice(1)}` }
}

// Mirrors show what lies in other accounts of the phone; served to it, everything would be there twice.
function findServed(
  reader: Reader,
  phone: Phone,
  kind: CollectionKind,
  name: string,
): Collection | undefined {
  const collection = findCollection(reader, phone.id, kind, name)
  return collection?.origin === 'ours' ? collection : undefined
}

function inCollection(reader: Reader, collection: Collection, href: string, rest: string[]): Resource {
  if (rest.length === 0) return { type: 'collection', href, collection }
  const name = rest.join('/')
  const item = findItem(reader, collection.id, name)
  if (item) return itemResource(href, collection, item)
  return { type: 'free-item', href: href + hrefOf(rest).slice(1), collection, name }
}

/** An item or folder as a resource. @param href of the collection it is in. */
export function itemResource(
  href: string,
  collection: Collection,
  item: Item,
): ItemResource | FolderResource {
  const path = href + hrefOf(item.name.split('/')).slice(1)
  return item.kind === 'folder'
    ? { type: 'folder', href: `${path}/`, collection, item }
    : { type: 'item', href: path, collection, item }
}

/** Tells whether the name's parent is there to hold it. */
export function hasParent(reader: Reader, collection: Collection, name: string): boolean {
  const parent = parentOf(name)
  return parent === '' || findItem(reader, collection.id, parent)?.kind === 'folder'
}

/** Tells whether something is at this path. */
export function exists(resource: Resource): resource is Existing {
  return !['free-item', 'free-collection', 'nowhere'].includes(resource.type)
}

/** Address books and calendars can be synced by token. */
export function isSynced(resource: Resource): resource is CollectionResource {
  return resource.type === 'collection' && resource.collection.kind !== 'files'
}
