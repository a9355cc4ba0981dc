/** A phone that lost its memory but not its account, and so spreads the emptiness. (`wipe` of a phone forgets the account's marks too.) */
import type { PhoneStore } from './phone-store.ts'

/**
 * As a phone of 2009 did after its battery ran flat: its memory is empty, but the account is still set up, so that
 * the next sync takes the emptiness for its owner's wish and deletes everything on the server.
 */
export function loseMemory(store: PhoneStore): void {
  for (const collection of store.collections.values()) {
    for (const item of collection.items.values()) {
      if (item.isNew) collection.items.delete(item.name)
      else item.deleted = true
    }
  }
  for (const photo of store.photos.values()) {
    if (photo.etag === null) store.photos.delete(photo.path)
    else photo.deleted = true
  }
}
