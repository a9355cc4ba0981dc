/** Answers: statuses, error bodies, and multistatus documents that are streamed as they are made. */
import { once } from 'node:events'
import { type ServerResponse, STATUS_CODES } from 'node:http'
import { PREFIX_DECLARATIONS } from '../../formats/xml.ts'
import type { Refusal } from './refusal.ts'

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
const XML_TYPE = 'application/xml; charset=utf-8'

// Large enough for few system calls, small enough that many answers at once take little memory.
const PIECE = 64 * 1024

// Their length is not told (RFC 9110, 8.6).
const BODILESS = new Set([204, 304])

/** Where an answer goes, and how its hrefs are written. */
export interface Reply {
  response: ServerResponse
  /** Writes an href of ours as its client calls it; left out, it stays as it is. */
  outward?: (href: string) => string
}

export function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...(BODILESS.has(status) ? {} : { 'Content-Length': '0' }), ...headers })
  response.end()
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(body.length),
  })
  response.end(body)
}

export function answerXml(
  { response, outward }: Reply,
  status: number,
  content: string,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(DECLARATION + withHrefs(content, outward))
  response.writeHead(status, { 'Content-Type': XML_TYPE, 'Content-Length': String(body.length), ...headers })
  response.end(body)
}

export function answerRefusal(reply: Reply, { status, condition, headers }: Refusal): void {
  if (condition === '') answer(reply.response, status, headers)
  else answerXml(reply, status, `<d:error${PREFIX_DECLARATIONS}>${condition}</d:error>`, headers)
}

/**
 * Answers 207 with the given `response` elements, in order.
 * @param responses made while they are sent; if making one fails, the connection is cut, so that no client takes a part for the whole.
 */
export async function answerMultistatus(
  { response, outward }: Reply,
  responses: Iterable<string>,
  headers: Record<string, string> = {},
): Promise<void> {
  let piece = `${DECLARATION}<d:multistatus${PREFIX_DECLARATIONS}>`
  const type = { 'Content-Type': XML_TYPE, ...headers }
  for (const element of responses) {
    piece += withHrefs(element, outward)
    if (piece.length < PIECE) continue
    if (!response.headersSent) response.writeHead(207, type)
    if (!response.write(piece)) await drained(response)
    piece = ''
  }
  piece += '</d:multistatus>'
  if (!response.headersSent) {
    response.writeHead(207, { ...type, 'Content-Length': String(Buffer.byteLength(piece)) })
  }
  response.end(piece)
}

// Every href of ours is written in this way, and no text can hold one, for its brackets are escaped.
const HREF = /(?<=<d:href>)[^<]*/g

function withHrefs(xml: string, outward: Reply['outward']): string {
  return outward ? xml.replace(HREF, outward) : xml
}

async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  const stop = () => gone.abort(new Error('the client went away'))
  response.once('close', stop)
  try {
    if (response.destroyed) stop()
    await once(response, 'drain', { signal: gone.signal })
  } finally {
    response.off('close', stop)
  }
}

/** A `response` element. @param href escaped as text, as all hrefs of ours are. @param content `propstat` elements or a `status`. */
export function responseElement(href: string, content: string): string {
  return `<d:response><d:href>${href}</d:href>${content}</d:response>`
}

export function propstat(status: number, properties: string, more = ''): string {
  return `<d:propstat><d:prop>${properties}</d:prop>${statusElement(status)}${more}</d:propstat>`
}

export function statusElement(status: number): string {
  return `<d:status>HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}</d:status>`
}
