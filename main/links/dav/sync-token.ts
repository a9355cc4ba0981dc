/** Sync tokens (RFC 6578): the epoch of the history, the collection, and the last change the client has seen. */
import type { Collection } from '../../replica/collections.ts'
import { newestChange } from '../../replica/items.ts'
import type { Reader, Replica } from '../../replica/replica.ts'

/** The token of the collection's present state. It stays the same while nothing in the collection changes. */
export function currentToken(replica: Pick<Replica, 'epoch'> & Reader, collection: Collection): string {
  return tokenAt(
    replica,
    collection,
    Math.max(newestChange(replica, collection.id), oldestAnswerable(collection)),
  )
}

/** The token of the state just after change `seq`. */
export function tokenAt(replica: Pick<Replica, 'epoch'>, collection: Collection, seq: number): string {
  return `data:,${replica.epoch}_${collection.id}_${seq}`
}

/**
 * The change that a client's token stands for; null when the token is not one of this collection's present history, so that the
 * client must list everything anew.
 */
export function readToken(
  replica: Pick<Replica, 'epoch' | 'lastSeq'>,
  collection: Collection,
  token: string,
): number | null {
  const [, epoch, id, seq] = /^data:,([0-9a-f]+)_(\d{1,15})_(\d{1,15})$/.exec(token) ?? []
  if (epoch !== replica.epoch || Number(id) !== collection.id) return null
  const change = Number(seq)
  return change >= oldestAnswerable(collection) && change <= replica.lastSeq() ? change : null
}

// Deletions from before it are forgotten: a client that has not heard of them must list everything anew.
function oldestAnswerable({ madeSeq, forgottenSeq }: Collection): number {
  return Math.max(madeSeq, forgottenSeq)
}
