/** What must hold before a request may change anything: If-Match and its kin (RFC 9110, 13), and the If header (RFC 4918, 10.4). */
import { noneMatchFails, readEntityTags } from '../../http/entity-tags.ts'
import { folderTotals } from '../../replica/folders.ts'
import { etagOf, newestChange } from '../../replica/items.ts'
import type { Reader } from '../../replica/replica.ts'
import { type Exchange, readHref } from './exchange.ts'
import { type ConditionList, ifHolds, parseIf, submittedTokens } from './if-header.ts'
import { placeAbove, placeOf } from './locks.ts'
import { Refusal } from './refusal.ts'
import { exists, type Resource, resolve } from './resource.ts'

/** The resource's entity tag, quotes included. A folder has a new one whenever anything below it changes. */
export function entityTagOf(reader: Reader, resource: Resource): string | undefined {
  if (resource.type === 'item') return etagOf(resource.item)
  if (resource.type !== 'folder' && resource.type !== 'collection') return undefined
  const { id, kind } = resource.collection
  const folder = resource.type === 'folder' ? resource.item.name : ''
  const newest = kind === 'files' ? folderTotals(reader, id, folder).newestSeq : newestChange(reader, id)
  return `"${newest.toString(36)}"`
}

/** Tells whether the resource changed after the HTTP date; false for a date that cannot be read. */
function isModifiedSince(resource: Resource, date: string | undefined): boolean {
  if (date === undefined || resource.type !== 'item') return false
  return Math.floor(resource.item.modifiedAt / 1000) * 1000 > Date.parse(date)
}

/** Checks what the request makes its change depend on. @throws Refusal 412 when it does not hold, 400 for an If it cannot read. */
export function checkPreconditions(reader: Reader, exchange: Exchange, resource: Resource): void {
  const {
    'if-match': ifMatch,
    'if-none-match': ifNoneMatch,
    'if-unmodified-since': since,
  } = exchange.request.headers
  if (ifMatch !== undefined || ifNoneMatch !== undefined || since !== undefined) {
    const tag = entityTagOf(reader, resource)
    const wanted = readEntityTags(ifMatch)
    const matches = exists(resource) && wanted?.some((other) => other === '*' || other === tag)
    if (wanted && !matches) throw new Refusal(412)
    if (noneMatchFails(exchange.request, tag)) throw new Refusal(412)
    if (!wanted && isModifiedSince(resource, since)) throw new Refusal(412)
  }
  checkIf(reader, exchange, resource)
}

function readIf({ request }: Exchange): ConditionList[] {
  const header = request.headers.if
  return header === undefined ? [] : parseIf(String(header))
}

function checkIf(reader: Reader, exchange: Exchange, resource: Resource): void {
  const { phone, locks } = exchange
  const lists = readIf(exchange)
  if (lists.length === 0) return
  const named = (href: string | null): Resource =>
    href === null ? resource : resolve(reader, phone, readHref(exchange, href))
  const holds = ifHolds(lists, ({ kind, value }, href) => {
    const target = named(href)
    return kind === 'etag'
      ? entityTagOf(reader, target) === value
      : locks.covering(phone, placeOf(target)).some(({ token }) => token === value)
  })
  if (!holds) throw new Refusal(412)
}

/** What a change touches, for the locks to be asked. */
export interface Touched {
  resource: Resource
  /** Its name comes or goes, which changes what is above it. */
  member?: boolean
  /** All below it is touched too. */
  below?: boolean
}

/** @throws Refusal 423 unless the request names a token for every lock on what it touches (RFC 4918, 7.5). */
export function checkLocks(exchange: Exchange, { resource, member, below }: Touched): void {
  const { phone, locks } = exchange
  const place = placeOf(resource)
  const groups = [locks.covering(phone, place)]
  if (member) groups.push(locks.covering(phone, placeAbove(place)))
  if (below) for (const { root } of locks.below(phone, place)) groups.push(locks.covering(phone, root))
  if (groups.every((group) => group.length === 0)) return
  const submitted = submittedTokens(readIf(exchange))
  // Of several shared locks on one place, the token of one is enough.
  const shut = groups.find((group) => group.length > 0 && !group.some(({ token }) => submitted.has(token)))
  if (!shut) return
  const hrefs = shut.map(({ root }) => `<d:href>${root}</d:href>`).join('')
  throw new Refusal(423, `<d:lock-token-submitted>${hrefs}</d:lock-token-submitted>`)
}
