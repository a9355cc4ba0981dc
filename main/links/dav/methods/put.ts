/** PUT: stores what the client sent, as it is, and answers once it is durable. */
import { announcedLength, readBody } from '../../../http/body.ts'
import { Problem } from '../../../problem.ts'
import { receiveFile } from '../../../replica/files.ts'
import { etagOf, findItem, type NewItem, type PutOutcome } from '../../../replica/items.ts'
import type { Reader, Transaction } from '../../../replica/replica.ts'
import { storeFile, storeText } from '../../../replica/store.ts'
import { answer } from '../answer.ts'
import { CAUSE, type Exchange } from '../exchange.ts'
import { checkComponent, checkText, refuseUid, tooLarge } from '../object-rules.ts'
import { checkLocks, checkPreconditions } from '../preconditions.ts'
import { Refusal } from '../refusal.ts'
import { type FreeItem, hasParent, type ItemResource, resolve } from '../resource.ts'
import { readUploadTime } from '../upload-time.ts'
import { allowedMethods } from './allowed.ts'

export async function put(exchange: Exchange): Promise<void> {
  const { replica, request, response, phone } = exchange
  const place = checkPlace(exchange, replica)
  // A part of a file cannot be stored by itself (RFC 9110, 14.5), nor do we unpack what is packed for the way.
  if (request.headers['content-range'] !== undefined) throw new Refusal(400)
  if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? '')) throw new Refusal(415)
  const isFile = place.collection.kind === 'files'
  const outcome = isFile ? await putFile(exchange, place) : await putText(exchange, place)
  if (outcome.outcome === 'refused') {
    throw outcome.reason === 'condition'
      ? new Refusal(412)
      : refuseUid(phone, place.collection, outcome.other)
  }
  const { modifiedAt } = outcome.item
  answer(response, outcome.outcome === 'created' ? 201 : 204, {
    ETag: etagOf(outcome.item),
    ...(isFile && readUploadTime(request) === modifiedAt ? { 'X-OC-MTime': 'accepted' } : {}),
  })
}

type Place = ItemResource | FreeItem

/** Checks that this may be written here: before the body is read, and again in the transaction by `checkAgain`. */
function checkPlace(exchange: Exchange, reader: Reader): Place {
  const resource = resolve(reader, exchange.phone, exchange.path)
  checkPreconditions(reader, exchange, resource)
  if (resource.type === 'nowhere' || resource.type === 'free-collection') throw new Refusal(409)
  if (resource.type !== 'item' && resource.type !== 'free-item') {
    throw new Refusal(405, '', { Allow: allowedMethods(resource) })
  }
  if (resource.type === 'free-item' && !hasParent(reader, resource.collection, resource.name)) {
    throw new Refusal(409)
  }
  checkLocks(exchange, { resource, member: resource.type === 'free-item' })
  return resource
}

// While the body came in, the collection may have been deleted, and another made under its name.
function checkAgain(exchange: Exchange, tx: Transaction, { collection }: Place): void {
  if (checkPlace(exchange, tx).collection.id !== collection.id) throw new Refusal(409)
}

function nameOf(place: Place): string {
  return place.type === 'item' ? place.item.name : place.name
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

const LARGE = 16 * 1024 ** 2

async function putFile(exchange: Exchange, place: Place): Promise<PutOutcome> {
  const { replica, request, body, limits, phone, quota } = exchange
  const { collection } = place
  const length = announcedLength(request) ?? 0
  if (length > limits.fileBytes) throw new Refusal(413)
  // A large file is refused before it has filled the disk.
  if (length > LARGE && length > (await quota.available(phone))) {
    throw new Refusal(507, '<d:sufficient-disk-space/>')
  }
  const received = await receiveFile(replica, body(), limits.fileBytes).catch((error: unknown) => {
    throw error instanceof Problem && error.code === 'bad-input' ? new Refusal(413) : error
  })
  const present = findItem(replica, collection.id, nameOf(place))
  // The same bytes again, with no time told, are no change.
  const known = present?.hash === received.hash ? present.modifiedAt : undefined
  const modifiedAt = readUploadTime(request) ?? known ?? replica.world.now()
  const guard = (tx: Transaction) => checkAgain(exchange, tx, place)
  return storeFile(replica, phone, collection, nameOf(place), received, modifiedAt, CAUSE, {}, guard)
}
