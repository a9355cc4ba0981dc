/** A replica with a phone and a real vault beside it, for one test. */
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { BEFORE_RESTORE, backUp } from '../../../main/backup/backup.ts'
import { listItems, readBody, removeItem } from '../../../main/replica/items.ts'
import type { Mode, Scope } from '../../../main/restore/plan.ts'
import { type RestoreResult, type RestoreTools, restore } from '../../../main/restore/restore.ts'
import { createLocalStorage } from '../../../main/vault/local-storage.ts'
import { initVault, openVault } from '../../../main/vault/vault.ts'
import { realWorld, type World } from '../../../main/world.ts'
import { type TestReplica, testReplica } from '../replica/fixture.ts'

export interface TestRestore extends TestReplica {
  tools: RestoreTools
  /** Takes a snapshot; returns its id. */
  snapshot(): Promise<string>
  restore(at?: string, mode?: Mode, scope?: Scope, signal?: AbortSignal): Promise<RestoreResult>
  remove(name: string): Promise<void>
  /** Text of all cards by name. */
  cards(): Record<string, string>
}

export async function testRestore(world: World = realWorld): Promise<TestRestore> {
  const kept = await testReplica(world)
  const { replica, phone, book, folder } = kept
  const storage = createLocalStorage(join(folder, 'vault'), world)
  // The real cost would be most of the test.
  await initVault(storage, { password: 'secret', world, cost: { N: 1024, r: 8, p: 1 } })
  const vault = await openVault(storage, 'secret', world)
  onTestFinished(() => vault.close())
  const take = async (tags: string[]) => (await backUp(replica, vault, 'test', tags, {})).snapshot
  const snapshot = () => take([])
  const tools: RestoreTools = { replica, vault, backup: () => take([BEFORE_RESTORE]) }
  return {
    ...kept,
    tools,
    snapshot,
    restore: (at, mode = 'missing', scope = {}, signal) =>
      restore(tools, { phone, at, mode, scope }, { signal }),
    async remove(name) {
      await replica.write((tx) => removeItem(tx, book.id, name, 'test'))
    },
    cards() {
      const all = listItems(replica, book.id).map(({ name, seq }) => [
        name,
        readBody(replica, seq)!.toString(),
      ])
      return Object.fromEntries(all)
    },
  }
}
