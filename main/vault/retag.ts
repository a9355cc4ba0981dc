/** Changes a snapshot's tags. Snapshots are never edited: it is saved anew, remembers its first id, and the old one goes. */
import { z } from 'zod'
import type { Watch } from '../progress.ts'
import type { Snapshot } from './snapshot.ts'
import type { Vault } from './vault.ts'

/** @returns the new id. */
export function retag(vault: Vault, snapshot: Snapshot, tags: string[], watch: Watch): Promise<string> {
  return vault.withLock('exclusive', watch, async () => {
    const { tags: _tags, ...document } = z
      .record(z.string(), z.unknown())
      .parse(await vault.readDocument('snapshot', snapshot.id))
    const original = snapshot.original ?? snapshot.id
    const id = await vault.writeDocument('snapshot', {
      ...document,
      ...(tags.length > 0 ? { tags } : {}),
      original,
    })
    if (id !== snapshot.id) await vault.storage.remove('snapshot', snapshot.id)
    return id
  })
}
