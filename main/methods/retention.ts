/** Which snapshots are kept: the rules, what they say of each, and carrying them out. */

import type { Output } from '../../preload/contract.ts'
import { RetentionPolicy } from '../../preload/retention-policy.ts'
import type { Watch } from '../progress.ts'
import { listHeld, replaceHeld } from '../replica/history.ts'
import type { Replica } from '../replica/replica.ts'
import { readSetting, writeSetting } from '../replica/settings.ts'
import { prune } from '../vault/prune.ts'
import { forget, weigh } from '../vault/retention.ts'
import type { Vault } from '../vault/vault.ts'
import { PINNED } from './backup.ts'
import type { Methods, Tools } from './methods.ts'

/** Two days of hours, a month of days, half a year of weeks, two years of months and every year; pinned ones for ever. */
const DEFAULT_POLICY: RetentionPolicy = {
  hourly: 48,
  daily: 31,
  weekly: 26,
  monthly: 24,
  yearly: -1,
  tags: [[PINNED]],
}

// Freeing space rewrites packs, so it waits until a good number of snapshots are gone.
const PRUNE_AFTER_FORGETTING = 20

type RetentionMethods = Pick<Methods, 'retention.show' | 'retention.set' | 'retention.apply'>

export function retentionMethods({ replica, ownVault, inTurn }: Tools): RetentionMethods {
  return {
    'retention.show': async () => show(replica, await ownVault.open()),
    'retention.set': async ({ policy }) => {
      // Weighed before it is stored: a policy that can't be carried out is refused here, not after the next backup.
      const tags = policy.tags ?? [[PINNED]]
      const wanted = RetentionPolicy.parse({ ...policy, tags })
      weigh([], wanted, replica.world.now())
      await replica.write((tx) => writeSetting(tx, 'retention', JSON.stringify(wanted)))
      return show(replica, await ownVault.open())
    },
    'retention.apply': (_input, watch) =>
      inTurn(async (vault) => {
        const shown = await show(replica, vault)
        await forgetByPolicy(replica, vault, watch)
        const { bytesFreed } = await prune(vault, {}, watch)
        await replica.write((tx) => writeSetting(tx, 'forgotten', '0'))
        return { ...shown, bytesFreed }
      }),
  }
}
