/** Sync tokens (RFC 6578): the epoch of the history, the collection, and the last change the client has seen. */
import type { Collection } from '../../replica/collections.ts'
import { newestChange } from '../../replica/items.ts'
import type { Reader, Replica } from '../../replica/replica.ts'

/** The token of the collection's present state. It stays the same while nothing in the collection changes. */
export function currentToken(replica: Pick<Replica, 'epoch'> & Reader, collection: Collection): string {
  return tokenAt(replica, collection, Math.max(newestChange(replica, collection.id), collection.madeSeq))
}

/** The token of the state just after change `seq`, for a client that knows of all deletions that are forgotten by now. */
export function tokenAt(replica: Pick<Replica, 'epoch'>, collection: Collection, seq: number): string {
  return `data:,${replica.epoch}_${collection.id}_${seq}_${collection.forgottenSeq}`
}

const TOKEN = /^data:,([0-9a-f]+)_(\d{1,15})_(\d{1,15})_(\d{1,15})$/

/**
 * The change that a client's token stands for; null when the token is not one of this collection's present history, or when
 * deletions are forgotten that the client has not heard of, so that it must list everything anew.
 */
export function readToken(
  replica: Pick<Replica, 'epoch' | 'lastSeq'>,
  collection: Collection,
  token: string,
): number | null {
  const [, epoch, id, seq, forgotten] = TOKEN.exec(token) ?? []
  if (epoch !== replica.epoch || Number(id) !== collection.id) return null
  const change = Number(seq)
  if (change < collection.madeSeq || change > replica.lastSeq()) return null
  const knowsDeletions = change >= collection.forgottenSeq || Number(forgotten) === collection.forgottenSeq
  return knowsDeletions ? change : null
}
