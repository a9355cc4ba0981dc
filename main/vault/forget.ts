/** Forgetting snapshots by a policy. Only snapshot files go; space comes back with a prune. */
import type { RetentionPolicy } from '../../preload/retention-policy.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { DEFAULT_GROUPING, type GroupKey, type GroupVerdict, weigh } from './retention.ts'
import type { Snapshot } from './snapshot.ts'
import type { Vault } from './vault.ts'

export interface ForgetOptions {
  /** Tells what would go, and removes nothing. */
  dryRun?: boolean
  grouping?: readonly GroupKey[]
  /** Snapshots that stay whatever the policy says: the reason by id. */
  spared?: ReadonlyMap<string, string>
}

/**
 * Removes the snapshots that no rule keeps, and tells of each group what was kept and why. Snapshots that cannot be
 * read are left alone.
 * @throws Problem `bad-input` for a policy that is not valid or keeps nothing, `vault-locked`.
 */
export async function forget(
  vault: Vault,
  policy: RetentionPolicy,
  watch: Watch,
  { dryRun = false, grouping = DEFAULT_GROUPING, spared = new Map() }: ForgetOptions = {},
): Promise<GroupVerdict<Snapshot>[]> {
  const decide = async () =>
    weigh((await vault.snapshots()).snapshots, policy, vault.world.now(), grouping).map((group) =>
      spare(group, spared),
    )
  if (dryRun) return decide()
  return vault.withLock('exclusive', watch, async (inner) => {
    const groups = await decide()
    const doomed = groups.flatMap(({ remove }) => remove)
    for (const [done, { id }] of doomed.entries()) {
      stopIfAsked(inner)
      await vault.storage.remove('snapshot', id)
      const counts = { items: done + 1, itemsTotal: doomed.length, bytes: 0, bytesTotal: null }
      inner.report?.({ phase: 'Removing old snapshots', ...counts })
    }
    return groups
  })
}

function spare(group: GroupVerdict<Snapshot>, spared: ReadonlyMap<string, string>): GroupVerdict<Snapshot> {
  const keep = [...group.keep]
  const remove = []
  for (const snapshot of group.remove) {
    const reason = spared.get(snapshot.id)
    if (reason === undefined) remove.push(snapshot)
    else keep.push({ snapshot, reasons: [reason] })
  }
  return { keep, remove }
}
