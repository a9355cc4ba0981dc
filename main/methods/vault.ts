/** Methods on the vault itself and on trust: its password, checking, repair, and the index beside the bytes. */

import { recordCheck } from '../health/checks.ts'
import { repairFromReplica } from '../health/repair.ts'
import { verifyAll } from '../health/verify.ts'
import { rebuildIndex } from '../replica/index/rebuild.ts'
import { replaceRecoveryCode } from '../vault/keys.ts'
import type { Methods, Tools } from './methods.ts'

type VaultMethods = Pick<
  Methods,
  'verify' | 'repair' | 'index.rebuild' | 'vault.password' | 'vault.unlock' | 'vault.recoveryCode'
>

export function vaultMethods({ replica, ownVault, inTurn }: Tools): VaultMethods {
  return {
    verify: ({ readData }, watch) =>
      inTurn(async (vault) => {
        const found = await verifyAll(replica, vault, readData, watch)
        await recordCheck(replica, found)
        return found
      }),
    repair: (_input, watch) => inTurn((vault) => repairFromReplica(replica, vault, watch)),
    'index.rebuild': async (_input, watch) => {
      const { contacts, events, files, unreadable } = await rebuildIndex(replica, watch)
      return { contacts, events, photos: files, unreadable }
    },
    'vault.password': async () => ({ folder: ownVault.folder, password: await ownVault.password() }),
    'vault.unlock': async ({ password }) => {
      await ownVault.unlock(password)
      return { folder: ownVault.folder }
    },
    'vault.recoveryCode': () => inTurn(async (vault) => ({ code: await replaceRecoveryCode(vault) })),
  }
}
