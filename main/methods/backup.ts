/** Methods on backups: take one, list them with what each holds, compare two, pin. */
import { backupSchema, type Output } from '../../preload/contract.ts'
import { problemSchema } from '../../preload/problem.ts'
import { readContents } from '../backup/contents.ts'
import { PHONE_FILE } from '../backup/layout.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import { replaceHeld } from '../replica/history.ts'
import type { Replica } from '../replica/replica.ts'
import { chooseSnapshot } from '../restore/choose-point.ts'
import type { Run } from '../schedule/records.ts'
import { diffTrees } from '../vault/diff.ts'
import { retag } from '../vault/retag.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { Vault } from '../vault/vault.ts'
import type { Methods, Tools } from './methods.ts'
import { sparedSnapshots, stopSparing } from './spared.ts'

/** The tag of snapshots that no rule removes. */
export const PINNED = 'pinned'

type BackupMethods = Pick<Methods, 'backup.run' | 'snapshots.list' | 'snapshots.diff' | 'snapshots.pin'>

export function backupMethods({ replica, ownVault, scheduler, inTurn }: Tools): BackupMethods {
  return {
    'backup.run': async (_input, watch) => resultOf(await scheduler.runNow(watch)),
    'snapshots.list': async () => {
      const vault = await ownVault.open()
      const { snapshots } = await vault.snapshots()
      return Promise.all(snapshots.map((snapshot) => described(replica, vault, snapshot)))
    },
    'snapshots.diff': async ({ from, to }) => {
      const vault = await ownVault.open()
      const [one, other] = [await chooseSnapshot(vault, from), await chooseSnapshot(vault, to)]
      const { added, changed, removed } = await diffTrees(vault, one.tree, other.tree)
      const items = (paths: string[]) => paths.filter((path) => !path.endsWith(`/${PHONE_FILE}`))
      return { added: items(added), changed: items(changed), removed: items(removed) }
    },
    'snapshots.pin': ({ snapshot, pinned }, watch) =>
      inTurn(async (vault) => {
        const old = await chooseSnapshot(vault, snapshot)
        const others = old.tags.filter((tag) => tag !== PINNED)
        const id = await retag(vault, old, pinned ? [...others, PINNED] : others, watch)
        await replica.write((tx) => {
          replaceHeld(tx, vault.id, old.id, id)
          stopSparing(tx, old.id)
        })
        return described(replica, vault, await chooseSnapshot(vault, id))
      }),
  }
}

// A run ends with a record, also when it fails; who asked for it hears why.
function resultOf({ result, detail }: Run): Output<'backup.run'> {
  if (result === 'done') return backupSchema.parse(detail)
  const told = problemSchema.safeParse(detail.problem)
  if (!told.success) throw new Error(`the backup ${result}: ${JSON.stringify(detail)}`)
  throw new Problem(told.data.code as ProblemCode, told.data.sentence, told.data.next)
}

async function described(replica: Replica, vault: Vault, snapshot: Snapshot) {
  const contents = await readContents(vault, snapshot.tree)
  return {
    id: snapshot.id,
    time: snapshot.time,
    pinned: snapshot.tags.includes(PINNED) || sparedSnapshots(replica).has(snapshot.id),
    phones: contents.map(({ name, contacts, events, photos }) => ({ name, contacts, events, photos })),
  }
}
