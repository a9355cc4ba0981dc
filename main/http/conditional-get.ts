/** What a GET or HEAD is answered with: the whole, a part, or only that the client has it already (RFC 9110, 13 and 14). */
import type { IncomingMessage } from 'node:http'
import { noneMatchFails, readEntityTags } from './entity-tags.ts'
import { httpDate } from './http-date.ts'
import { type ByteRange, readRange } from './range.ts'

export interface Representation {
  /** Strong entity tag, quotes included. */
  tag: string
  /** Milliseconds since 1970. */
  modifiedAt: number
  size: number
}

export interface Selected {
  /** 200 and 206 have a body; 304, 412 and 416 have none. */
  status: 200 | 206 | 304 | 412 | 416
  headers: Record<string, string>
  /** What to send of it; undefined for the whole. */
  range?: ByteRange
}

export function selectRepresentation(request: IncomingMessage, wanted: Representation): Selected {
  const { tag, modifiedAt, size } = wanted
  const validators = { ETag: tag, 'Last-Modified': httpDate(modifiedAt) }
  const ifMatch = readEntityTags(request.headers['if-match'])
  if (ifMatch && !ifMatch.includes('*') && !ifMatch.includes(tag)) return { status: 412, headers: {} }
  if (isUnchanged(request, wanted)) return { status: 304, headers: validators }
  const range = readWantedRange(request, wanted)
  if (range === 'unsatisfiable') return { status: 416, headers: { 'Content-Range': `bytes */${size}` } }
  const headers = { ...validators, 'Accept-Ranges': 'bytes' }
  if (!range) return { status: 200, headers: { ...headers, 'Content-Length': String(size) } }
  const { start, end } = range
  const part = { 'Content-Length': String(end - start + 1), 'Content-Range': `bytes ${start}-${end}/${size}` }
  return { status: 206, headers: { ...headers, ...part }, range }
}

function isUnchanged(request: IncomingMessage, { tag, modifiedAt }: Representation): boolean {
  if (request.headers['if-none-match'] !== undefined) return noneMatchFails(request, tag)
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  return !Number.isNaN(since) && Math.floor(modifiedAt / 1000) * 1000 <= since
}

function readWantedRange({ headers }: IncomingMessage, { tag, modifiedAt, size }: Representation) {
  const ifRange = headers['if-range']
  if (ifRange !== undefined && ifRange !== tag && ifRange !== httpDate(modifiedAt)) return null
  return readRange(headers.range, size)
}
