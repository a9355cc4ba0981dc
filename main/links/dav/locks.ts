/**
 * Write locks (RFC 4918, 6 and 7), in memory: a restart frees them all, which the RFC allows, for a lock promises no more than its
 * time. Places are hrefs without a slash at the end.
 */
import type { Phone } from '../../replica/phones.ts'
import type { World } from '../../world.ts'
import { Refusal } from './refusal.ts'

export interface Lock {
  /** A URI that no one can guess. */
  token: string
  root: string
  /** Whether all below the root is locked too. */
  deep: boolean
  exclusive: boolean
  /** What the client said of the owner, as an XML element; '' for nothing. */
  owner: string
  seconds: number
  /** Milliseconds since 1970. */
  expiresAt: number
}

export type LockRequest = Omit<Lock, 'token' | 'expiresAt'>

export interface Locks {
  /** The locks that hold for this place: its own, and those from above. */
  covering(phone: Phone, place: string): Lock[]
  /** The locks whose roots lie below the place. */
  below(phone: Phone, place: string): Lock[]
  /** @throws Refusal 423 when another lock stands against it, 503 when the phone has too many. */
  grant(phone: Phone, wanted: LockRequest): Lock
  /** @returns the lock with its new time. */
  refresh(phone: Phone, lock: Lock, seconds: number): Lock
  release(phone: Phone, token: string): void
  /** Frees what was deleted or moved away, with all below. */
  releaseAll(phone: Phone, place: string): void
}

const MOST_LOCKS = 1000

export function createLocks(world: Pick<World, 'now' | 'random'>): Locks {
  const byPhone = new Map<string, Map<string, Lock>>()

  function present(phone: Phone): Lock[] {
    const locks = byPhone.get(phone.id)
    if (!locks) return []
    for (const { token, expiresAt } of locks.values()) {
      if (expiresAt <= world.now()) locks.delete(token)
    }
    return [...locks.values()]
  }

  function store(phone: Phone, lock: Lock): Lock {
    const locks = byPhone.get(phone.id) ?? new Map<string, Lock>()
    byPhone.set(phone.id, locks.set(lock.token, lock))
    return lock
  }

  const covering = (phone: Phone, place: string) =>
    present(phone).filter(({ root, deep }) => root === place || (deep && isBelow(place, root)))
  const below = (phone: Phone, place: string) => present(phone).filter(({ root }) => isBelow(root, place))

  return {
    covering,
    below,
    grant(phone, wanted) {
      const near = [...covering(phone, wanted.root), ...(wanted.deep ? below(phone, wanted.root) : [])]
      const against = near.find((lock) => lock.exclusive || wanted.exclusive)
      if (against) {
        const href = `<d:href>${against.root}</d:href>`
        throw new Refusal(423, `<d:no-conflicting-lock>${href}</d:no-conflicting-lock>`)
      }
      if (present(phone).length >= MOST_LOCKS) throw new Refusal(503, '', { 'Retry-After': '60' })
      return store(phone, {
        ...wanted,
        token: makeToken(world),
        expiresAt: world.now() + wanted.seconds * 1000,
      })
    },
    refresh: (phone, lock, seconds) =>
      store(phone, { ...lock, seconds, expiresAt: world.now() + seconds * 1000 }),
    release(phone, token) {
      byPhone.get(phone.id)?.delete(token)
    },
    releaseAll(phone, place) {
      for (const { root, token } of present(phone)) {
        if (root === place || isBelow(root, place)) this.release(phone, token)
      }
    },
  }
}

function isBelow(place: string, root: string): boolean {
  return place.startsWith(`${root}/`)
}

/** The place of a resource: its href without a slash at the end. */
export function placeOf({ href }: { href: string }): string {
  return href.replace(/\/$/, '')
}

/** The place that holds this one. */
export function placeAbove(place: string): string {
  return place.slice(0, place.lastIndexOf('/'))
}

// A version 4 UUID (RFC 9562).
function makeToken(world: Pick<World, 'random'>): string {
  const bytes = world.random(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return `urn:uuid:${parts.join('-')}`
}

/** Locks as the `lockdiscovery` property shows them (RFC 4918, 15.8). */
export function lockDiscovery(locks: Lock[], now: number): string {
  return locks.map((lock) => activeLock(lock, now)).join('')
}

function activeLock({ token, root, deep, exclusive, owner, expiresAt }: Lock, now: number): string {
  const scope = exclusive ? '<d:exclusive/>' : '<d:shared/>'
  const left = Math.max(0, Math.ceil((expiresAt - now) / 1000))
  return (
    `<d:activelock><d:locktype><d:write/></d:locktype><d:lockscope>${scope}</d:lockscope>` +
    `<d:depth>${deep ? 'infinity' : '0'}</d:depth>${owner}<d:timeout>Second-${left}</d:timeout>` +
    `<d:locktoken><d:href>${token}</d:href></d:locktoken>` +
    `<d:lockroot><d:href>${root}</d:href></d:lockroot></d:activelock>`
  )
}
