/** Where a PUT, or the end of a chunked upload, may store something. */
import { parentOf } from '../../replica/folders.ts'
import { findItem } from '../../replica/items.ts'
import { makeFoldersFor } from '../../replica/photo-place.ts'
import type { Reader, Transaction } from '../../replica/replica.ts'
import { CAUSE, type Exchange } from './exchange.ts'
import { allowedMethods } from './methods/allowed.ts'
import { checkLocks, checkPreconditions } from './preconditions.ts'
import { Refusal } from './refusal.ts'
import { type FreeItem, hasParent, type ItemResource, resolve } from './resource.ts'

export type Place = ItemResource | FreeItem

/** Checks that this may be written here: before the body is read, and again in the transaction by `checkAgain`. */
export function checkPlace(exchange: Exchange, reader: Reader): Place {
  const resource = resolve(reader, exchange.phone, exchange.path)
  checkPreconditions(reader, exchange, resource)
  if (resource.type === 'nowhere' || resource.type === 'free-collection') throw new Refusal(409)
  if (resource.type !== 'item' && resource.type !== 'free-item') {
    throw new Refusal(405, '', { Allow: allowedMethods(resource) })
  }
  if (resource.type === 'free-item' && !hasParent(reader, resource.collection, resource.name)) {
    if (!wantsFolders(exchange) || !canHaveFolders(reader, resource)) throw new Refusal(409)
  }
  checkLocks(exchange, { resource, member: resource.type === 'free-item' })
  return resource
}

/** While the body came in, the collection may have been deleted, and another made under its name. */
export function checkAgain(exchange: Exchange, tx: Transaction, { collection }: Place): void {
  const place = checkPlace(exchange, tx)
  if (place.collection.id !== collection.id) throw new Refusal(409)
  if (place.type === 'item' || hasParent(tx, collection, place.name)) return
  makeFoldersFor(tx, collection.id, place.name, CAUSE)
}

export function nameOf(place: Place): string {
  return place.type === 'item' ? place.item.name : place.name
}

// A file may have the name of one of them.
function canHaveFolders(reader: Reader, { collection, name }: FreeItem): boolean {
  if (collection.kind !== 'files') return false
  let above = parentOf(name)
  while (above !== '' && !findItem(reader, collection.id, above)) above = parentOf(above)
  return above === '' || findItem(reader, collection.id, above)?.kind === 'folder'
}

// Nextcloud's app for iOS has folders that are missing made; its web pages name the header in another way.
function wantsFolders({ request: { headers } }: Exchange): boolean {
  return [headers['x-nc-webdav-auto-mkcol'], headers['x-nc-webdav-automkcol']].includes('1')
}
