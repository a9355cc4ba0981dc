/** LOCK and UNLOCK (RFC 4918, 9.10 and 9.11). A lock on a free name in the file library makes an empty file there. */
import { Readable } from 'node:stream'
import { DAV } from '../../../formats/dav-namespaces.ts'
import { findChild, PREFIX_DECLARATIONS, writeElement, type XmlElement } from '../../../formats/xml.ts'
import { receiveFile } from '../../../replica/files.ts'
import { storeFile } from '../../../replica/store.ts'
import { answer, answerXml } from '../answer.ts'
import { expectRoot, readXml } from '../body.ts'
import { CAUSE, type Exchange, readDepth } from '../exchange.ts'
import { parseIf, submittedTokens } from '../if-header.ts'
import { type Lock, type LockRequest, lockDiscovery, placeOf } from '../locks.ts'
import { checkLocks, checkPreconditions } from '../preconditions.ts'
import { Refusal } from '../refusal.ts'
import { type FreeItem, hasParent, resolve } from '../resource.ts'

const MOST_SECONDS = 3600
const OWNER_CHARACTERS = 8192

export async function lock(exchange: Exchange): Promise<void> {
  const body = await readXml(exchange)
  if (body) await grant(exchange, expectRoot(body, DAV, 'lockinfo'))
  else refresh(exchange)
}

async function grant(exchange: Exchange, lockinfo: XmlElement): Promise<void> {
  const { replica, phone, path, locks } = exchange
  const resource = resolve(replica, phone, path)
  checkPreconditions(replica, exchange, resource)
  const wanted = { ...readLockInfo(exchange, lockinfo), root: placeOf(resource) }
  if (resource.type === 'nowhere') throw new Refusal(409)
  const isFree = resource.type === 'free-item'
  if (!isFree && !['collection', 'folder', 'item'].includes(resource.type)) throw new Refusal(403)
  if (isFree) checkLocks(exchange, { resource, member: true })
  if (isFree && resource.collection.kind !== 'files') throw new Refusal(403)
  if (isFree && !hasParent(replica, resource.collection, resource.name)) throw new Refusal(409)

  const granted = locks.grant(phone, wanted)
  try {
    if (isFree) await makeEmptyFile(exchange, resource)
  } catch (error) {
    locks.release(phone, granted.token)
    throw error
  }
  answerLocks(exchange, isFree ? 201 : 200, [granted], { 'Lock-Token': `<${granted.token}>` })
}

function readLockInfo({ request }: Exchange, lockinfo: XmlElement): Omit<LockRequest, 'root'> {
  const scope = findChild(lockinfo, DAV, 'lockscope')
  const type = findChild(lockinfo, DAV, 'locktype')
  const exclusive = scope && findChild(scope, DAV, 'exclusive')
  const shared = scope && findChild(scope, DAV, 'shared')
  if (!type || !findChild(type, DAV, 'write') || (exclusive === undefined) === (shared === undefined)) {
    throw new Refusal(422)
  }
  const depth = readDepth(request, 'infinity')
  if (depth === 1) throw new Refusal(400)
  const ownerElement = findChild(lockinfo, DAV, 'owner')
  const owner = ownerElement ? writeElement(ownerElement) : ''
  if (owner.length > OWNER_CHARACTERS) throw new Refusal(413)
  return {
    deep: depth === 'infinity',
    exclusive: exclusive !== undefined,
    owner,
    seconds: readTimeout(request),
  }
}

async function makeEmptyFile({ replica, phone }: Exchange, { collection, name }: FreeItem): Promise<void> {
  const received = await receiveFile(replica, Readable.from([]), 0)
  await storeFile(replica, phone, collection, name, received, replica.world.now(), CAUSE, {
    ifNoneMatch: ['*'],
  })
}

function refresh(exchange: Exchange): void {
  const { request, replica, phone, path, locks } = exchange
  const resource = resolve(replica, phone, path)
  if (request.headers.if === undefined) throw new Refusal(400)
  const submitted = submittedTokens(parseIf(String(request.headers.if)))
  const held = locks.covering(phone, placeOf(resource)).filter(({ token }) => submitted.has(token))
  if (held.length === 0) throw new Refusal(412, '<d:lock-token-matches-request-uri/>')
  const seconds = readTimeout(request)
  answerLocks(
    exchange,
    200,
    held.map((one) => locks.refresh(phone, one, seconds)),
  )
}

function answerLocks(
  exchange: Exchange,
  status: number,
  locks: Lock[],
  headers: Record<string, string> = {},
): void {
  const discovery = `<d:lockdiscovery>${lockDiscovery(locks, exchange.replica.world.now())}</d:lockdiscovery>`
  answerXml(exchange, status, `<d:prop${PREFIX_DECLARATIONS}>${discovery}</d:prop>`, headers)
}

/** Seconds by the Timeout header (RFC 4918, 10.7); no client gets more than an hour without asking again. */
function readTimeout({ headers }: Exchange['request']): number {
  const seconds = /second-(\d{1,10})/i.exec(String(headers.timeout ?? ''))?.[1]
  return seconds === undefined ? MOST_SECONDS : Math.min(MOST_SECONDS, Math.max(1, Number(seconds)))
}

export function unlock({ request, response, replica, phone, path, locks }: Exchange): void {
  const token = /^\s*<([^<>]+)>\s*$/.exec(String(request.headers['lock-token'] ?? ''))?.[1]
  if (token === undefined) throw new Refusal(400)
  const place = placeOf(resolve(replica, phone, path))
  if (!locks.covering(phone, place).some((lock) => lock.token === token)) {
    throw new Refusal(409, '<d:lock-token-matches-request-uri/>')
  }
  locks.release(phone, token)
  answer(response, 204)
}
