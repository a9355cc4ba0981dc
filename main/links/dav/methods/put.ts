/** PUT: stores what the client sent, as it is, and answers once it is durable. */
import { announcedLength, readBody } from '../../../http/body.ts'
import { etagOf, type NewItem, type PutOutcome } from '../../../replica/items.ts'
import type { Transaction } from '../../../replica/replica.ts'
import { storeText } from '../../../replica/store.ts'
import { answer } from '../answer.ts'
import { CAUSE, type Exchange } from '../exchange.ts'
import { announcedTotal, checkRoom, receiveUpload, storeUpload, uploadHeaders } from '../file-upload.ts'
import { checkComponent, checkText, refuseUid, tooLarge } from '../object-rules.ts'
import { checkAgain, checkPlace, nameOf, type Place } from '../put-place.ts'
import { Refusal } from '../refusal.ts'

export async function put(exchange: Exchange): Promise<void> {
  const { replica, response, phone } = exchange
  const place = checkPlace(exchange, replica)
  checkWhole(exchange)
  const isFile = place.collection.kind === 'files'
  const outcome = isFile ? await putFile(exchange, place) : await putText(exchange, place)
  if (outcome.outcome === 'refused') {
    throw outcome.reason === 'condition'
      ? new Refusal(412)
      : refuseUid(phone, place.collection, outcome.other)
  }
  const { item } = outcome
  answer(
    response,
    outcome.outcome === 'created' ? 201 : 204,
    isFile ? uploadHeaders(exchange, item) : { ETag: etagOf(item) },
  )
}

/** A part of a file cannot be stored by itself (RFC 9110, 14.5), nor do we unpack what is packed for the way. */
export function checkWhole({ request }: Exchange): void {
  if (request.headers['content-range'] !== undefined) throw new Refusal(400)
  if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? '')) throw new Refusal(415)
}

async function putText(exchange: Exchange, place: Place): Promise<PutOutcome> {
  const { replica, body, limits } = exchange
  const { collection } = place
  const bytes = await readBody(body(), limits.itemBytes, () => tooLarge(collection))
  checkText(collection, bytes)
  const guard = (tx: Transaction, item: NewItem) => {
    checkAgain(exchange, tx, place)
    checkComponent(collection, item.facts && 'component' in item.facts ? item.facts.component : '')
  }
  return storeText(replica, collection, nameOf(place), bytes, CAUSE, {}, guard)
}

async function putFile(exchange: Exchange, place: Place): Promise<PutOutcome> {
  const { request, body } = exchange
  await checkRoom(exchange, announcedLength(request) ?? 0)
  const received = await receiveUpload(exchange, body(), announcedTotal(exchange))
  return storeUpload(exchange, place, received)
}
