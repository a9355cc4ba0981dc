/** Files as clients send them, in one piece or in chunks: received within limits, checked against what was announced, stored, answered. */
import type { Readable } from 'node:stream'
import { NEXTCLOUD } from '../../formats/dav-namespaces.ts'
import { Problem } from '../../problem.ts'
import { rememberChecksum } from '../../replica/checksums.ts'
import { discardFile, type ReceivedFile, receiveFile } from '../../replica/files.ts'
import { etagOf, findItem, type Item, type NewItem, type PutOutcome } from '../../replica/items.ts'
import { setProperty } from '../../replica/properties.ts'
import type { Transaction } from '../../replica/replica.ts'
import { storeFile } from '../../replica/store.ts'
import { announcedChecksum, createDigest } from './checksum.ts'
import { CAUSE, type Exchange } from './exchange.ts'
import { publicId } from './public-id.ts'
import { checkAgain, nameOf, type Place } from './put-place.ts'
import { Refusal } from './refusal.ts'
import { readCreationTime, readUploadTime } from './upload-time.ts'

const LARGE = 16 * 1024 ** 2

/**
 * Refuses a large file before it has filled the disk.
 * @param copies how often it will be on the disk at the same time.
 * @throws Refusal 413 over the limit, 507 when there is no room.
 */
export async function checkRoom(
  { limits, quota, phone }: Exchange,
  length: number,
  copies = 1,
): Promise<void> {
  if (length > limits.fileBytes) throw new Refusal(413)
  if (length > LARGE && length * copies > (await quota.available(phone))) throw noRoom()
}

export function noRoom(): Refusal {
  return new Refusal(507, '<d:sufficient-disk-space/>')
}

/** Bytes of the whole file, as `OC-Total-Length` tells; undefined when it does not. @throws Refusal 400 for no length. */
export function announcedTotal({ request }: Exchange): number | undefined {
  const header = request.headers['oc-total-length']
  if (header === undefined) return undefined
  const total = /^\d{1,15}$/.test(String(header)) ? Number(header) : Number.NaN
  if (Number.isNaN(total)) throw new Refusal(400)
  return total
}

/** Receives bytes. @param watch sees each piece. @throws Refusal 413 when they are too many. */
export function receiveBytes(
  { replica, limits }: Exchange,
  bytes: Readable,
  watch?: (bytes: Buffer) => void,
): Promise<ReceivedFile> {
  return receiveFile(replica, bytes, limits.fileBytes, watch).catch((error: unknown) => {
    throw error instanceof Problem && error.code === 'bad-input' ? new Refusal(413) : error
  })
}

/**
 * Receives a whole file, and refuses it unless it is as its checksum and length tell.
 * @param total bytes there must be; undefined when it is not known.
 * @throws Refusal 413 when it is too large, 400 when it is not what was announced.
 */
export async function receiveUpload(
  exchange: Exchange,
  bytes: Readable,
  total: number | undefined,
): Promise<ReceivedFile> {
  const announced = announcedChecksum(exchange.request)
  const digest = announced && createDigest(announced.kind)
  const received = await receiveBytes(exchange, bytes, digest?.update)
  if ((total ?? received.size) === received.size && digest?.value() === announced?.value) return received
  await discardFile(received)
  throw new Refusal(400)
}

/**
 * Stores a received file, with the times and the checksum that came along; resolves once it is durable. Whatever the outcome, the file
 * is no longer the caller's.
 */
export async function storeUpload(
  exchange: Exchange,
  place: Place,
  received: ReceivedFile,
): Promise<PutOutcome> {
  const { replica, request, phone } = exchange
  const { collection } = place
  const name = nameOf(place)
  try {
    const present = findItem(replica, collection.id, name)
    // The same bytes again, with no time told, are no change.
    const known = present?.hash === received.hash ? present.modifiedAt : undefined
    const modifiedAt = readUploadTime(request) ?? known ?? replica.world.now()
    const guard = (tx: Transaction, { fileId }: NewItem) => {
      checkAgain(exchange, tx, place)
      const checksum = announcedChecksum(request)
      if (checksum && fileId !== null) rememberChecksum(tx, fileId, checksum)
      const madeAt = readCreationTime(request)
      if (madeAt !== undefined) setProperty(tx, collection.id, name, creationTime(madeAt))
    }
    return await storeFile(replica, phone, collection, name, received, modifiedAt, CAUSE, {}, guard)
  } finally {
    await discardFile(received)
  }
}

function creationTime(madeAt: number) {
  const local = 'creation_time'
  return {
    namespace: NEXTCLOUD,
    local,
    xml: `<${local} xmlns="${NEXTCLOUD}">${Math.floor(madeAt / 1000)}</${local}>`,
  }
}

/** What clients want to hear of a file that they sent; Nextcloud's apps cannot close a transfer without `OC-FileId`. */
export function uploadHeaders({ request, replica }: Exchange, item: Item): Record<string, string> {
  const etag = etagOf(item)
  return {
    ETag: etag,
    'OC-ETag': etag,
    'OC-FileId': publicId(replica, item.itemId),
    ...(readUploadTime(request) === item.modifiedAt ? { 'X-OC-MTime': 'accepted' } : {}),
    ...(readCreationTime(request) === undefined ? {} : { 'X-OC-CTime': 'accepted' }),
  }
}
