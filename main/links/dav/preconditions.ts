/** Conditional requests: If-Match, If-None-Match and If-Unmodified-Since (RFC 9110, 13). */
import type { IncomingMessage } from 'node:http'
import { etagOf, newestChange } from '../../replica/items.ts'
import type { Reader } from '../../replica/replica.ts'
import { Refusal } from './refusal.ts'
import type { Resource } from './resource.ts'

/** The entity tags a header names, quotes included; `*` stands for any. Weak ones keep their `W/`. */
export function readEntityTags(header: string | undefined): string[] | undefined {
  return header?.match(/\*|(?:W\/)?"[^"]*"|[^\s,"]+/g) ?? undefined
}

/** The resource's entity tag, quotes included. A folder has a new one whenever anything below it changes. */
export function entityTagOf(reader: Reader, resource: Resource): string | undefined {
  if (resource.type === 'item') return etagOf(resource.item)
  if (resource.type === 'folder') {
    return `"${newestChange(reader, resource.collection.id, resource.item.name).toString(36)}"`
  }
  if (resource.type === 'collection') return `"${newestChange(reader, resource.collection.id).toString(36)}"`
  return undefined
}

/** Tells whether If-None-Match names the present version; GET and HEAD answer 304 to that, other methods 412. */
export function noneMatchFails(request: IncomingMessage, tag: string | undefined): boolean {
  const unwanted = readEntityTags(request.headers['if-none-match'])
  if (!unwanted || tag === undefined) return false
  return unwanted.some((other) => other === '*' || other.replace(/^W\//, '') === tag)
}

/** Checks what a request to change the resource depends on. @throws Refusal 412 when it does not hold. */
export function checkPreconditions(reader: Reader, request: IncomingMessage, resource: Resource): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, 'if-unmodified-since': since } = request.headers
  if (ifMatch === undefined && ifNoneMatch === undefined && since === undefined) return
  const tag = entityTagOf(reader, resource)
  const wanted = readEntityTags(ifMatch)
  if (wanted && (tag === undefined || !wanted.some((other) => other === '*' || other === tag))) {
    throw new Refusal(412)
  }
  if (noneMatchFails(request, tag)) throw new Refusal(412)
  if (!wanted && isModifiedSince(resource, since)) throw new Refusal(412)
}

/** Tells whether the resource changed after the HTTP date; false for a date that cannot be read. */
export function isModifiedSince(resource: Resource, date: string | undefined): boolean {
  if (date === undefined || resource.type !== 'item') return false
  const since = Date.parse(date)
  return Math.floor(resource.item.modifiedAt / 1000) * 1000 > since
}
