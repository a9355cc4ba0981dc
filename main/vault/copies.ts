/** Reading a blob from whichever of its copies is whole. */

import { release } from '../memory.ts'
import { Problem } from '../problem.ts'
import { openBlob } from './blob.ts'
import type { BlobPlace } from './blob-index.ts'
import type { Sealer } from './crypto.ts'
import type { BlobType } from './pack.ts'
import type { Storage } from './storage.ts'

/**
 * Tries the places in turn.
 * @throws Problem `vault-damaged` when none holds the blob whole.
 */
export async function readCopies(
  { storage, sealer }: { storage: Storage; sealer: Sealer },
  type: BlobType,
  id: string,
  places: readonly BlobPlace[],
): Promise<Buffer> {
  let cause: unknown = new Error('the index does not list it')
  for (const place of places) {
    try {
      const { offset, length } = place
      const box = await storage.read('pack', place.pack, { offset, length })
      const bytes = openBlob(sealer, place, box)
      release(box)
      return bytes
    } catch (error) {
      if (!isUnreadable(error)) throw error
      cause = error
    }
  }
  throw new Problem(
    'vault-damaged',
    `The vault has no whole copy of the ${type} blob ${id}.`,
    'Check and repair the vault; what is still on this computer is stored anew by the next backup.',
    { cause },
  )
}

/** Whether the bytes could not be had or were not what was stored: missing, damaged, or refused by the disk. */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof Problem) return error.code === 'vault-damaged' || error.code === 'not-found'
  return error instanceof Error && 'syscall' in error
}
