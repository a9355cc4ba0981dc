/**
 * `node unverified-backup.ts DATA`: a first backup that opens no box again, to compare with a restic that doesn't either; prints its
 * seconds. Sidekeep itself always verifies.
 */
import { join } from 'node:path'
import { changesOf } from '../../main/backup/changes.ts'
import { openReplica } from '../../main/replica/replica.ts'
import { writeSnapshot } from '../../main/vault/archive.ts'
import { createLocalStorage } from '../../main/vault/local-storage.ts'
import { initVault, openVault } from '../../main/vault/vault.ts'
import { realWorld } from '../../main/world.ts'

const [data] = process.argv.slice(2)
if (data === undefined) throw new Error('Say which data folder.')
const replica = openReplica(data, realWorld)
const storage = createLocalStorage(join(data, 'vault'), realWorld)
await initVault(storage, { password: 'bench', world: realWorld })
// Making the vault is not part of it, nor is it of restic's time; opening it is.
const start = performance.now()
const vault = await openVault(storage, 'bench', realWorld)
const span = { from: 0, to: replica.lastSeq(), saved: () => undefined, remember: () => undefined }
const { unreadable } = await writeSnapshot(
  vault,
  {
    base: null,
    changes: changesOf(replica, span),
    time: new Date(realWorld.now()),
    ...{ hostname: 'bench', tags: [], paths: ['/'] },
  },
  {},
  { verify: false },
)
await vault.close()
await replica.close()
console.log((performance.now() - start) / 1000)
if (unreadable.length > 0) throw new Error(`${unreadable.length} files could not be read`)
