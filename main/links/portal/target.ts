/** Request targets of the portal, taken apart and checked before anything is looked up by them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal } from './refusal.ts'

export interface Target {
  /** As it came, without the query. */
  path: string
  /** Decoded, checked: none is empty, `.` or `..`, none has a slash or a control character. */
  segments: string[]
  query: URLSearchParams
}

const LONGEST = 2048

/** @throws Refusal 400 for a path that no page of ours asks for, 414 when it is too long. */
export function readTarget(request: IncomingMessage): Target {
  const target = request.url ?? '/'
  if (target.length > LONGEST) throw new Refusal(414)
  const [path = '/', query = ''] = target.split('?', 2)
  if (!path.startsWith('/')) throw new Refusal(400)
  const segments = path.split('/').slice(1).map(decodeSegment)
  if (segments.at(-1) === '') segments.pop()
  if (!segments.every(isName)) throw new Refusal(400)
  return { path, segments, query: new URLSearchParams(query) }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal(400)
  }
}

function isName(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !/[/\\\p{Cc}]/u.test(segment)
}

/**
 * The page on plain HTTP asks for it across origins: that the answer comes through at all says that the phone trusts our root. It
 * tells nothing else, to anyone.
 */
export function answerTrusted(response: ServerResponse): void {
  const headers = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' }
  response.writeHead(204, { ...headers, 'Cache-Control': 'no-store' }).end()
}
