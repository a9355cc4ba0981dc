/** Entity tags in request headers (RFC 9110, 8.8.3 and 13.1). */
import type { IncomingMessage } from 'node:http'

/** The entity tags a header names, quotes included; `*` stands for any. Weak ones keep their `W/`. */
export function readEntityTags(header: string | undefined): string[] | undefined {
  return header === undefined ? undefined : (header.match(/\*|(?:W\/)?"[^"]*"|[^\s,"]+/g) ?? [])
}

/** Tells whether If-None-Match names the present version; GET and HEAD answer 304 to that, other methods 412. */
export function noneMatchFails(request: IncomingMessage, tag: string | undefined): boolean {
  const unwanted = readEntityTags(request.headers['if-none-match'])
  if (!unwanted || tag === undefined) return false
  return unwanted.some((other) => other === '*' || other.replace(/^W\//, '') === tag)
}
