/** Methods on restores: preview, run, undo, and the ways out to a folder. */
import type { Checked, Output } from '../../preload/contract.ts'
import { BEFORE_RESTORE } from '../backup/backup.ts'
import { ROOM } from '../backup/layout.ts'
import { Problem } from '../problem.ts'
import { findPhone, listPhones } from '../replica/phones.ts'
import { choosePoint, chooseSnapshot } from '../restore/choose-point.ts'
import { exportPoint } from '../restore/export.ts'
import { findRestore, listRestores } from '../restore/records.ts'
import {
  previewRestore,
  type RestoreRequest,
  type RestoreResult,
  type RestoreTools,
  restore,
  undoRestore,
} from '../restore/restore.ts'
import { findNode } from '../vault/extract.ts'
import { extractTo } from '../vault/extract-to.ts'
import type { Vault } from '../vault/vault.ts'
import type { Methods, Tools } from './methods.ts'
import { knownPhone } from './phones.ts'

type RestoreMethods = Pick<
  Methods,
  'restore.preview' | 'restore.run' | 'restore.undo' | 'restore.list' | 'restore.extract' | 'restore.export'
>

export function restoreMethods(tools: Tools): RestoreMethods {
  const { replica, ownVault, inTurn } = tools
  const restoreTools = (vault: Vault): RestoreTools => ({
    ...{ replica, vault },
    backup: async (watch) => (await tools.backUp(vault, [BEFORE_RESTORE], watch)).snapshot,
  })
  const requestOf = (input: Checked<'restore.run'>): RestoreRequest => ({
    phone: knownPhone(replica, input.phone),
    at: input.at,
    mode: input.exact ? 'exact' : 'missing',
    intoAccount: input.intoAccount,
    scope: {
      kinds: input.kinds,
      collections: input.collections,
      items: input.items && new Set(input.items),
    },
  })
  return {
    'restore.preview': (input, watch) =>
      ownVault.open().then((vault) => previewRestore(restoreTools(vault), requestOf(input), watch)),
    'restore.run': (input, watch) =>
      inTurn(async (vault) => outputOf(await restore(restoreTools(vault), requestOf(input), watch))),
    'restore.undo': ({ restore: id }, watch) =>
      inTurn(async (vault) => {
        const record = findRestore(replica, id)
        if (!record)
          throw new Problem('not-found', `There is no restore ${id}.`, 'See `sidekeep restore --list`.')
        return outputOf(
          await undoRestore(restoreTools(vault), knownPhone(replica, record.phoneId), id, watch),
        )
      }),
    'restore.list': async () => {
      const names = new Map(listPhones(replica, true).map(({ id, name }) => [id, name]))
      return listRestores(replica).map(({ id, phoneId, startedAt, endedAt, undoneAt, detail }) => {
        const { point, pointAt, added, reverted, removed } = detail
        const phone = names.get(phoneId) ?? phoneId
        return { id, phone, startedAt, endedAt, undoneAt, point, pointAt, added, reverted, removed }
      })
    },
    'restore.extract': async ({ phone: name, at, to, kinds }, watch) => {
      // The vault may know a phone that this computer has never met.
      const phone = findPhone(replica, name)?.name ?? name
      const vault = await ownVault.open()
      const snapshot = await chooseSnapshot(vault, at, phone)
      const root = await findNode(vault, snapshot.tree, [phone])
      if (!root?.subtree) {
        throw new Problem(
          'not-found',
          `The backup of ${snapshot.time} holds nothing of “${phone}”.`,
          '`sidekeep snapshots` lists the backups with the phones in each.',
        )
      }
      const rooms = kinds?.map((kind) => ROOM[kind])
      const filter = ([room]: string[]) => !rooms || rooms.includes(room!)
      const { skipped, ...rest } = await extractTo(vault, root.subtree, to, { filter }, watch)
      return {
        folder: to,
        ...rest,
        skipped: skipped.map(({ path, reason }) => ({ path: path.join('/'), reason })),
      }
    },
    'restore.export': async ({ phone, at, to }, watch) => {
      const point = await choosePoint(replica, await ownVault.open(), knownPhone(replica, phone), at)
      return exportPoint(replica.world, point, to, watch)
    },
  }
}

function outputOf({ restore, preview, detail }: RestoreResult): Output<'restore.run'> {
  const { added, reverted, removed, failed, different, safetySnapshot } = detail
  return { restore, preview, added, reverted, removed, failed, different, safetySnapshot }
}
