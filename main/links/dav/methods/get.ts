/** GET and HEAD: the exact bytes of an item, whole or a range, unless the client has them already. */
import { open } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../../problem.ts'
import { filePath } from '../../../replica/files.ts'
import { readBody as readItemBody } from '../../../replica/items.ts'
import { answer, answerText } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { httpDate } from '../http-date.ts'
import { mediaTypeOf } from '../media-type.ts'
import { entityTagOf, isModifiedSince, noneMatchFails, readEntityTags } from '../preconditions.ts'
import { type ByteRange, readRange } from '../range.ts'
import { Refusal } from '../refusal.ts'
import { exists, type ItemResource } from '../resource.ts'

const FOLDER_TEXT = 'This is a Sidekeep folder. Open it with an app for contacts, calendars or WebDAV.\n'

export async function get(exchange: Exchange): Promise<void> {
  const { request, response, resource, replica } = exchange
  if (!exists(resource)) throw new Refusal(404)
  const tag = entityTagOf(replica, resource)
  if (resource.type !== 'item') {
    if (tag) response.setHeader('ETag', tag)
    answerText(response, 200, FOLDER_TEXT)
    return
  }
  const { item } = resource
  const validators = { ETag: tag!, 'Last-Modified': httpDate(item.modifiedAt) }
  const ifMatch = readEntityTags(request.headers['if-match'])
  if (ifMatch && !ifMatch.includes('*') && !ifMatch.includes(tag!)) throw new Refusal(412)
  if (isUnchanged(exchange, resource, tag!)) return answer(response, 304, validators)

  const range = rangeToSend(exchange, resource, tag!)
  if (range === 'unsatisfiable') throw new Refusal(416, '', { 'Content-Range': `bytes */${item.size}` })
  const length = range ? range.end - range.start + 1 : item.size
  const headers = {
    ...validators,
    'Content-Type': mediaTypeOf(replica, item),
    'Content-Length': String(length),
    'Accept-Ranges': 'bytes',
    // A file may hold a web page; no browser should run it as one of ours.
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': 'sandbox',
    ...(range ? { 'Content-Range': `bytes ${range.start}-${range.end}/${item.size}` } : {}),
  }
  const head = () => response.writeHead(range ? 206 : 200, headers)
  if (request.method === 'HEAD') head().end()
  else if (item.fileId === null) sendText(exchange, resource, range, head)
  else await sendFile(exchange, item.fileId, item.size, range, head)
}

function isUnchanged({ request }: Exchange, resource: ItemResource, tag: string): boolean {
  if (request.headers['if-none-match'] !== undefined) return noneMatchFails(request, tag)
  const since = request.headers['if-modified-since']
  return since !== undefined && !Number.isNaN(Date.parse(since)) && !isModifiedSince(resource, since)
}

function rangeToSend({ request }: Exchange, { item }: ItemResource, tag: string) {
  const ifRange = request.headers['if-range']
  if (ifRange !== undefined && ifRange !== tag && ifRange !== httpDate(item.modifiedAt)) return null
  return readRange(request.headers.range, item.size)
}

function sendText(
  { replica, response }: Exchange,
  { item }: ItemResource,
  range: ByteRange | null,
  head: () => ServerResponse,
): void {
  const body = readItemBody(replica, item.seq)
  if (!body) throw new Error(`version ${item.seq} has no body`)
  head()
  response.end(range ? body.subarray(range.start, range.end + 1) : body)
}

function changedByHand(fileId: number): Problem {
  return new Problem(
    'data-damaged',
    `The photo file ${fileId} is not as it was stored.`,
    'Bring it back from a backup.',
  )
}

async function sendFile(
  { replica, response }: Exchange,
  fileId: number,
  size: number,
  range: ByteRange | null,
  head: () => ServerResponse,
): Promise<void> {
  const file = await open(filePath(replica, fileId))
  try {
    // The owner may have changed it by hand; then it is not what the entity tag says.
    if ((await file.stat()).size !== size) throw changedByHand(fileId)
    head()
    const stream = file.createReadStream({ ...range, autoClose: false, highWaterMark: 256 * 1024 })
    await pipeline(stream, response)
  } finally {
    await file.close()
  }
}
