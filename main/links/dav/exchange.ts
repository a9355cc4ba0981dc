/** One request with all that a method needs to answer it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Phone } from '../../replica/phones.ts'
import type { Replica } from '../../replica/replica.ts'
import type { Locks } from './locks.ts'
import { inward } from './nextcloud/paths.ts'
import { parseHref } from './path.ts'
import { Refusal } from './refusal.ts'
import type { Resource } from './resource.ts'

/** What the change log names as the reason of all that comes through this link. */
export const CAUSE = 'dav'

/** What a phone uses and may still store, in bytes (RFC 4331). */
export interface Quota {
  used(phone: Phone): number
  available(phone: Phone): Promise<number>
}

export interface Limits {
  /** Most bytes of a card or calendar object. */
  itemBytes: number
  /** Most bytes of a file. */
  fileBytes: number
  /** Most bytes of an XML body. */
  xmlBytes: number
  /** Most hrefs in one multiget. */
  hrefs: number
  /** Most items listed by `Depth: infinity` in the file library. */
  listed: number
}

export interface Exchange {
  replica: Replica
  locks: Locks
  limits: Limits
  quota: Quota
  request: IncomingMessage
  response: ServerResponse
  /** Writes an href of ours as the client calls it. */
  outward: (href: string) => string
  /** The request's body. A client that waits for leave to send it (`Expect: 100-continue`) gets it here. */
  body: () => IncomingMessage
  phone: Phone
  /** Decoded segments of the request's path, in our own terms. */
  path: string[]
  /** What the path means at this moment; a method that writes resolves it again within its transaction. */
  readonly resource: Resource
}

/** Answers one method. Throws a Refusal for an error status. */
export type Method = (exchange: Exchange) => Promise<void> | void

/** The path, in our own terms, of an href or `Destination` that the client sent. @throws Refusal as `parseHref` does. */
export function readHref({ request, phone }: Pick<Exchange, 'request' | 'phone'>, href: string): string[] {
  return inward(parseHref(href, request.headers.host), phone.user)
}

export type Depth = 0 | 1 | 'infinity'

/** The Depth header. @throws Refusal 400 for another value than 0, 1 and infinity (RFC 4918, 10.2). */
export function readDepth(request: IncomingMessage, otherwise: Depth): Depth {
  const depth = request.headers.depth
  if (depth === undefined) return otherwise
  const value = String(depth).trim().toLowerCase()
  if (value === '0') return 0
  if (value === '1') return 1
  if (value === 'infinity') return 'infinity'
  throw new Refusal(400)
}
