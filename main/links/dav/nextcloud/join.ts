/** The end of a chunked upload: MOVE of `.file` joins the chunks, checks the whole, and stores it as a PUT would. */
import { findUpload, listChunks, readChunks, removeUpload } from '../../../replica/chunked-uploads.ts'
import { findItem, type PutOutcome } from '../../../replica/items.ts'
import type { Replica } from '../../../replica/replica.ts'
import { answer } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { announcedTotal, receiveUpload, storeUpload, uploadHeaders } from '../file-upload.ts'
import { readDestination } from '../methods/copy-move.ts'
import { checkPlace } from '../put-place.ts'
import { Refusal } from '../refusal.ts'
import { inOrder } from './chunk-order.ts'

type Stored = Exclude<PutOutcome, { outcome: 'refused' }>

const MOST_REMEMBERED = 1000

/**
 * @returns what answers the MOVE. A client that lost the answer, or did not wait for it, asks again: it then gets the outcome of the same
 * join, under way or done, for nothing must be joined twice and what is done is not to be refused.
 */
export function createJoin(): (exchange: Exchange, upload: string) => Promise<void> {
  const joins = new Map<string, { uploadId: number; joining: Promise<Stored> }>()

  async function joinOnce(exchange: Exchange, name: string): Promise<Stored> {
    const { replica, phone } = exchange
    const target = readDestination(exchange)
    const key = JSON.stringify([phone.id, name, target])
    const upload = findUpload(replica, phone.id, name)
    const last = joins.get(key)
    if (last && upload?.id === last.uploadId) return last.joining
    if (last && !upload) return stillThere(replica, await last.joining)
    if (!upload) throw new Refusal(404)
    const joining = join({ ...exchange, path: target }, upload.id)
    if (joins.size >= MOST_REMEMBERED) joins.delete(joins.keys().next().value!)
    joins.set(key, { uploadId: upload.id, joining })
    joining.catch(() => joins.get(key)?.joining === joining && joins.delete(key))
    return joining
  }

  return async (exchange, name) => {
    const { outcome, item } = await joinOnce(exchange, name)
    answer(exchange.response, outcome === 'created' ? 201 : 204, uploadHeaders(exchange, item))
  }
}

function stillThere(replica: Replica, stored: Stored): Stored {
  const { collectionId, name, seq } = stored.item
  if (findItem(replica, collectionId, name)?.seq !== seq) throw new Refusal(404)
  return stored
}

/** @param exchange with the destination as its path. */
async function join(exchange: Exchange, uploadId: number): Promise<Stored> {
  const { replica, request } = exchange
  const place = checkPlace(exchange, replica)
  if (place.collection.kind !== 'files') throw new Refusal(403)
  const overwrites = !/^f$/i.test(String(request.headers.overwrite ?? ''))
  if (place.type === 'item' && !overwrites) throw new Refusal(412)
  const total = announcedTotal(exchange)
  const chunks = inOrder(listChunks(replica, uploadId), total)
  const length = chunks.reduce((sum, { size }) => sum + size, 0)
  // Of what is on the disk, and not of what was announced: a chunk that was cut there must not go unseen.
  const received = await receiveUpload(exchange, readChunks(replica, chunks), length)
  const stored = await storeUpload(exchange, place, received)
  if (stored.outcome === 'refused') throw new Refusal(412)
  await removeUpload(replica, uploadId)
  return stored
}
