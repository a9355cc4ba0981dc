/**
 * Chunked uploads as Nextcloud's clients do them (version 2): MKCOL begins one, each chunk is PUT under a number, PROPFIND tells which
 * are here, and a MOVE of `.file` puts the whole in its place. What is here counts, so that a client can go on after any break.
 */
import { announcedLength } from '../../../http/body.ts'
import {
  beginUpload,
  type ChunkedUpload,
  chunkBytes,
  countChunks,
  findChunk,
  findUpload,
  listUploads,
  removeChunk,
  removeUpload,
  storeChunk,
  sweepUploads,
} from '../../../replica/chunked-uploads.ts'
import { discardFile } from '../../../replica/files.ts'
import { answer } from '../answer.ts'
import type { Exchange, Method } from '../exchange.ts'
import { announcedTotal, checkRoom, noRoom, receiveBytes } from '../file-upload.ts'
import { checkWhole } from '../methods/put.ts'
import { Refusal } from '../refusal.ts'
import { isChunkName } from './chunk-order.ts'
import { createJoin } from './join.ts'
import { listUpload } from './list-upload.ts'
import { readUploadPath, type UploadPath } from './upload-path.ts'

/** What a phone may have under way at once. */
export interface UploadLimits {
  uploads: number
  /** In one upload; Nextcloud's own limit. */
  chunks: number
  /** Of all chunks together. */
  bytes: number
}

const DEFAULT_LIMITS: UploadLimits = { uploads: 200, chunks: 10_000, bytes: 512 * 1024 ** 3 }

/** @returns the method for all that is asked of upload paths. */
export function createUploads(given: Partial<UploadLimits> = {}): Method {
  const limits = { ...DEFAULT_LIMITS, ...given }
  const joins = createJoin()

  return async (exchange) => {
    const place = readUploadPath(exchange.phone, exchange.path)
    const { type } = place
    switch (exchange.request.method) {
      case 'OPTIONS':
        return answer(exchange.response, 200, { DAV: '1', Allow: allowed(place) })
      case 'PROPFIND':
        return listUpload(exchange, place)
      case 'MKCOL':
        if (type === 'upload') return begin(exchange, place.upload, limits)
        break
      case 'PUT':
        if (type === 'chunk') return addChunk(exchange, place, limits)
        break
      case 'HEAD':
        if (type === 'chunk') return head(exchange, place)
        break
      case 'DELETE':
        if (type !== 'uploads') return remove(exchange, place)
        break
      case 'MOVE':
        if (type === 'chunk' && place.chunk === '.file') return joins(exchange, place.upload)
        break
    }
    throw new Refusal(405, '', { Allow: allowed(place) })
  }
}

function allowed(place: UploadPath): string {
  const always = ['OPTIONS', 'PROPFIND']
  if (place.type === 'uploads') return always.join(', ')
  if (place.type === 'upload') return [...always, 'MKCOL', 'DELETE'].join(', ')
  return (place.chunk === '.file' ? ['OPTIONS', 'MOVE'] : [...always, 'PUT', 'HEAD', 'DELETE']).join(', ')
}

async function begin(exchange: Exchange, name: string, limits: UploadLimits): Promise<void> {
  const { replica, response, phone } = exchange
  // The chunks and the file that is joined of them are there together for a moment.
  await checkRoom(exchange, announcedTotal(exchange) ?? 0, 2)
  await sweepUploads(replica)
  await replica.write((tx) => {
    if (findUpload(tx, phone.id, name)) throw new Refusal(405, '', { Allow: 'OPTIONS, PROPFIND, DELETE' })
    if (listUploads(tx, phone.id).length >= limits.uploads) throw noRoom()
    beginUpload(tx, phone.id, name)
  })
  answer(response, 201)
}

interface ChunkPlace {
  upload: string
  chunk: string
}

function existing({ replica, phone }: Exchange, name: string): ChunkedUpload {
  const upload = findUpload(replica, phone.id, name)
  if (!upload) throw new Refusal(404)
  return upload
}

async function addChunk(exchange: Exchange, place: ChunkPlace, limits: UploadLimits): Promise<void> {
  const { replica, request, response, body, phone } = exchange
  const upload = existing(exchange, place.upload)
  if (!isChunkName(place.chunk)) throw new Refusal(400)
  checkWhole(exchange)
  const length = announcedLength(request) ?? 0
  await checkRoom(exchange, length)
  const isNew = !findChunk(replica, upload.id, place.chunk)
  if (isNew && countChunks(replica, upload.id) >= limits.chunks) throw noRoom()
  if (chunkBytes(replica, phone.id) + length > limits.bytes) throw noRoom()

  const received = await receiveBytes(exchange, body())
  if (chunkBytes(replica, phone.id) + received.size > limits.bytes) {
    await discardFile(received)
    throw noRoom()
  }
  const stored = await storeChunk(replica, upload.id, place.chunk, received)
  if (!stored) throw new Refusal(404)
  answer(response, stored === 'created' ? 201 : 204)
}

function head(exchange: Exchange, place: ChunkPlace): void {
  const chunk = findChunk(exchange.replica, existing(exchange, place.upload).id, place.chunk)
  if (!chunk) throw new Refusal(404)
  answer(exchange.response, 200, { 'Content-Length': String(chunk.size) })
}

async function remove(exchange: Exchange, place: Exclude<UploadPath, { type: 'uploads' }>): Promise<void> {
  const { replica, response } = exchange
  const upload = existing(exchange, place.upload)
  if (place.type === 'upload') await removeUpload(replica, upload.id)
  else if (!(await removeChunk(replica, upload.id, place.chunk))) throw new Refusal(404)
  answer(response, 204)
}
