/** GET and HEAD: the exact bytes of an item, whole or a range, unless the client has them already. */
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type Selected, selectRepresentation } from '../../../http/conditional-get.ts'
import type { ByteRange } from '../../../http/range.ts'
import { readBody as readItemBody } from '../../../replica/items.ts'
import { openFile } from '../../../replica/open-file.ts'
import { answer, answerText } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { mediaTypeOf } from '../media-type.ts'
import { entityTagOf } from '../preconditions.ts'
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
  const { modifiedAt, size } = item
  const selected = selectRepresentation(request, { tag: tag!, modifiedAt, size })
  if (selected.status === 304) return answer(response, 304, selected.headers)
  if (selected.status >= 400) throw new Refusal(selected.status, '', selected.headers)
  const head = () => writeHead(exchange, resource, selected)
  if (request.method === 'HEAD') head().end()
  else if (item.fileId === null) sendText(exchange, resource, selected.range, head)
  else await sendFile(exchange, item.fileId, selected.range, head)
}

function writeHead(
  { replica, response }: Exchange,
  { item }: ItemResource,
  { status, headers }: Selected,
): ServerResponse {
  return response.writeHead(status, {
    ...headers,
    'Content-Type': mediaTypeOf(replica, item),
    // A file may hold a web page; no browser should run it as one of ours.
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': 'sandbox',
  })
}

function sendText(
  { replica, response }: Exchange,
  { item }: ItemResource,
  range: ByteRange | undefined,
  head: () => ServerResponse,
): void {
  const body = readItemBody(replica, item.seq)
  if (!body) throw new Error(`version ${item.seq} has no body`)
  head()
  response.end(range ? body.subarray(range.start, range.end + 1) : body)
}

async function sendFile(
  { replica, response }: Exchange,
  fileId: number,
  range: ByteRange | undefined,
  head: () => ServerResponse,
): Promise<void> {
  const file = await openFile(replica, fileId)
  try {
    head()
    const stream = file.createReadStream({ ...range, autoClose: false, highWaterMark: 256 * 1024 })
    await pipeline(stream, response)
  } finally {
    await file.close()
  }
}
