/** Takes a photo into its phone's library that came with a bare file name: once whatever the name, and under a name that is free. */
import { findCollection } from './collections.ts'
import { discardFile, mendFile, type ReceivedFile } from './files.ts'
import { readPhoto } from './index/photo.ts'
import type { Cause } from './items.ts'
import type { Phone } from './phones.ts'
import { findPhotosByHash } from './photo-listing.ts'
import { choosePhotoName, isTaken, makeFoldersFor } from './photo-place.ts'
import type { Replica } from './replica.ts'
import { storeFile } from './store.ts'
import { isIntact } from './stored-bytes.ts'

export interface AddedPhoto {
  /** `known` when the library held the same bytes already. */
  outcome: 'added' | 'known'
  /** Its path in the library. */
  name: string
}

/**
 * Resolves once the photo is durable and in the index.
 * @param receive hands the received file over; called again when another took the chosen name meanwhile.
 * @param fileName one segment, as the phone calls it.
 * @param modifiedAt the time that came with it, milliseconds since 1970.
 */
export async function addPhoto(
  replica: Replica,
  phone: Phone,
  receive: () => Promise<ReceivedFile>,
  fileName: string,
  modifiedAt: number,
  cause: Cause,
): Promise<AddedPhoto> {
  const library = findCollection(replica, phone.id, 'files', 'photos')
  if (!library) throw new Error(`phone ${phone.id} has no photo library`)
  for (;;) {
    const received = await receive()
    const [known] = findPhotosByHash(replica, phone.id, received.hash)
    if (known) {
      if (await isIntact(replica, known)) await discardFile(received)
      else await mendFile(replica, phone, known.fileId, known.name, received, known.modifiedAt)
      return { outcome: 'known', name: known.name }
    }
    received.facts = await readPhoto(received.temporary, fileName, modifiedAt, received)
    const name = choosePhotoName(replica, library.id, fileName, received.facts)
    const stored = storeFile(replica, phone, library, name, received, modifiedAt, cause, {}, (tx) => {
      const isKnown = findPhotosByHash(tx, phone.id, received.hash).length > 0
      if (isKnown || isTaken(tx, library.id, name)) throw new Overtaken()
      makeFoldersFor(tx, library.id, name, cause)
    })
    if (await unlessOvertaken(stored)) return { outcome: 'added', name }
  }
}

/** Another upload of the same moment took the name, or brought the same bytes. */
class Overtaken extends Error {}

async function unlessOvertaken(stored: Promise<unknown>): Promise<boolean> {
  try {
    await stored
    return true
  } catch (error) {
    if (error instanceof Overtaken) return false
    throw error
  }
}
