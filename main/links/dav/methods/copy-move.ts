/** COPY and MOVE (RFC 4918, 9.8 and 9.9): files and folders within the library, cards and events between collections of a kind. */

import { copyItem, moveItem } from '../../../replica/copy.ts'
import { readEventFacts } from '../../../replica/index/facts.ts'
import { findByUid } from '../../../replica/items.ts'
import type { Reader } from '../../../replica/replica.ts'
import { answer } from '../answer.ts'
import { CAUSE, type Exchange, readDepth, readHref } from '../exchange.ts'
import { placeOf } from '../locks.ts'
import { checkComponent, refuseUid } from '../object-rules.ts'
import { checkLocks, checkPreconditions } from '../preconditions.ts'
import { Refusal } from '../refusal.ts'
import {
  exists,
  type FolderResource,
  type FreeItem,
  hasParent,
  type ItemResource,
  resolve,
} from '../resource.ts'

export function copy(exchange: Exchange): Promise<void> {
  return transfer(exchange, false)
}

export function move(exchange: Exchange): Promise<void> {
  return transfer(exchange, true)
}

type Member = ItemResource | FolderResource

async function transfer(exchange: Exchange, moving: boolean): Promise<void> {
  const { replica, response, phone, locks } = exchange
  const target = readDestination(exchange)
  const { from, to } = await replica.write((tx) => {
    const checked = check(tx, exchange, target, moving)
    const source = { collectionId: checked.from.collection.id, name: checked.from.item.name }
    const place = { collectionId: checked.to.collection.id, name: nameOf(checked.to) }
    if (moving) moveItem(tx, source, place, CAUSE)
    else copyItem(tx, source, place, CAUSE, checked.shallow)
    return checked
  })
  if (moving) locks.releaseAll(phone, placeOf(from))
  if (to.type !== 'free-item') locks.releaseAll(phone, placeOf(to))
  answer(
    response,
    to.type === 'free-item' ? 201 : 204,
    to.type === 'free-item' ? { Location: exchange.outward(to.href) } : {},
  )
}

export function readDestination(exchange: Exchange): string[] {
  const { destination } = exchange.request.headers
  if (destination === undefined) throw new Refusal(400)
  return readHref(exchange, String(destination))
}

interface Transfer {
  from: Member
  to: Member | FreeItem
  shallow: boolean
}

function check(reader: Reader, exchange: Exchange, target: string[], moving: boolean): Transfer {
  const { request, phone, path } = exchange
  const from = resolve(reader, phone, path)
  checkPreconditions(reader, exchange, from)
  if (!exists(from)) throw new Refusal(404)
  if (from.type !== 'item' && from.type !== 'folder') throw new Refusal(403)
  const depth = readDepth(request, 'infinity')
  if (depth === 1 || (depth === 0 && moving && from.type === 'folder')) throw new Refusal(400)

  const to = resolve(reader, phone, target)
  if (to.type === 'nowhere' || to.type === 'free-collection') throw new Refusal(409)
  if (to.type !== 'item' && to.type !== 'folder' && to.type !== 'free-item') throw new Refusal(403)
  if (to.type === 'free-item' && !hasParent(reader, to.collection, to.name)) throw new Refusal(409)
  // Neither into itself, nor over a folder that it lies in.
  const [source, place] = [placeOf(from), placeOf(to)]
  if (`${place}/`.startsWith(`${source}/`) || `${source}/`.startsWith(`${place}/`)) throw new Refusal(403)
  if (to.type !== 'free-item' && /^f$/i.test(String(request.headers.overwrite ?? ''))) throw new Refusal(412)

  if (moving) checkLocks(exchange, { resource: from, member: true, below: true })
  checkLocks(exchange, { resource: to, member: true, below: true })
  checkRules(reader, exchange, from, to, moving)
  return { from, to, shallow: depth === 0 }
}

// A card or event must be welcome where it goes, as if it were put there.
function checkRules(
  reader: Reader,
  { phone }: Exchange,
  { collection, item }: Member,
  to: Member | FreeItem,
  moving: boolean,
): void {
  if (collection.kind !== to.collection.kind) throw new Refusal(403)
  checkComponent(to.collection, readEventFacts(reader, item.seq)?.component ?? '')
  const other = item.uid === null ? undefined : findByUid(reader, to.collection.id, item.uid)
  const isItself = moving && other?.seq === item.seq
  if (other && !isItself && other.name !== nameOf(to)) throw refuseUid(phone, to.collection, other)
}

function nameOf(place: Member | FreeItem): string {
  return place.type === 'free-item' ? place.name : place.item.name
}
