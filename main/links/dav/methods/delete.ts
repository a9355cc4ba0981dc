/** DELETE: takes an item, a folder with all below it, or a whole book or calendar out of the present; history keeps them. */
import { deleteCollection } from '../../../replica/collections.ts'
import { removeItem } from '../../../replica/items.ts'
import { answer } from '../answer.ts'
import { CAUSE, type Exchange } from '../exchange.ts'
import { placeOf } from '../locks.ts'
import { checkLocks, checkPreconditions } from '../preconditions.ts'
import { Refusal } from '../refusal.ts'
import { exists, resolve } from '../resource.ts'

export async function remove(exchange: Exchange): Promise<void> {
  const { replica, response, phone, path, locks } = exchange
  const place = await replica.write((tx) => {
    const resource = resolve(tx, phone, path)
    checkPreconditions(tx, exchange, resource)
    if (!exists(resource)) throw new Refusal(404)
    checkLocks(exchange, { resource, member: true, below: true })
    if (resource.type === 'item' || resource.type === 'folder') {
      removeItem(tx, resource.collection.id, resource.item.name, CAUSE)
    } else if (resource.type === 'collection' && resource.collection.kind !== 'files') {
      deleteCollection(tx, resource.collection.id)
    } else {
      throw new Refusal(403)
    }
    return placeOf(resource)
  })
  locks.releaseAll(phone, place)
  answer(response, 204)
}
