/** Where links hand over what a phone sent: facts are read, the bytes made durable, and the version put in the change log. */

import type { Collection } from './collections.ts'
import {
  discardFile,
  type PlacedFile,
  placeFile,
  type ReceivedFile,
  registerFile,
  withdrawFile,
} from './files.ts'
import { readCalendar } from './index/calendar.ts'
import { readPhoto } from './index/photo.ts'
import { readContact } from './index/vcard.ts'
import {
  type Cause,
  type Conditions,
  conditionsHold,
  findItem,
  type NewItem,
  type PutOutcome,
  putItem,
  textItem,
} from './items.ts'
import type { Phone } from './phones.ts'
import type { Replica, Transaction } from './replica.ts'

/** Called in the transaction just before the item is put; throws to refuse it, and then nothing of it is stored. */
export type Guard = (tx: Transaction, item: NewItem) => void

/** Stores a card or calendar object as it came; resolves once it is durable. */
export function storeText(
  replica: Replica,
  collection: Collection,
  name: string,
  bytes: Uint8Array,
  cause: Cause,
  conditions: Conditions = {},
  guard?: Guard,
): Promise<PutOutcome> {
  const facts = collection.kind === 'contacts' ? readContact(bytes) : readCalendar(bytes)
  const item = textItem(name, bytes, facts, replica.world.now())
  return replica.write((tx) => {
    guard?.(tx, item)
    return putItem(tx, collection.id, item, cause, conditions)
  })
}

/**
 * Stores a received photo, video or other file under its path in the phone's library; resolves once it is durable.
 * Whatever the outcome, the received file is no longer the caller's.
 */
export async function storeFile(
  replica: Replica,
  phone: Phone,
  collection: Collection,
  name: string,
  received: ReceivedFile,
  modifiedAt: number,
  cause: Cause,
  conditions: Conditions = {},
  guard?: Guard,
): Promise<PutOutcome> {
  try {
    if (!conditionsHold(findItem(replica, collection.id, name), conditions)) {
      return { outcome: 'refused', reason: 'condition' }
    }
    const { hash, size, temporary } = received
    const facts = received.facts ?? (await readPhoto(temporary, name, modifiedAt, received))
    const placed = await placeFile(replica, phone, name, received, modifiedAt)
    const item = { name, kind: 'file', uid: null, hash, size, modifiedAt, body: null, facts } as const
    return await registered(replica, placed, (tx) => {
      const file = { ...item, fileId: registerFile(tx, phone.id, placed) }
      guard?.(tx, file)
      return putItem(tx, collection.id, file, cause, conditions)
    })
  } finally {
    await discardFile(received)
  }
}

/** Puts a placed file in the index; where that is refused or fails, the file leaves the library. */
async function registered(
  replica: Replica,
  placed: PlacedFile,
  put: (tx: Transaction) => PutOutcome,
): Promise<PutOutcome> {
  try {
    return await replica.write((tx) => {
      const result = put(tx)
      if (result.outcome === 'refused') throw new Refused(result)
      return result
    })
  } catch (error) {
    await withdrawFile(replica, placed)
    if (error instanceof Refused) return error.outcome
    throw error
  }
}

// Undoes the registration together with the refused put.
class Refused extends Error {
  readonly outcome: PutOutcome
  constructor(outcome: PutOutcome) {
    super('refused')
    this.outcome = outcome
  }
}
