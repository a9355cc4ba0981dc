/** Which snapshots are kept: the rules, what they say of each, and carrying them out. */

import type { Output } from '../../preload/contract.ts'
import { RetentionPolicy } from '../../preload/retention-policy.ts'
import type { BackupResult } from '../backup/backup.ts'
import type { Watch } from '../progress.ts'
import { replaceHeld } from '../replica/history.ts'
import type { Replica } from '../replica/replica.ts'
import { readSetting, writeSetting } from '../replica/settings.ts'
import { forget } from '../vault/forget.ts'
import { prune } from '../vault/prune.ts'
import type { GroupVerdict } from '../vault/retention.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { Vault } from '../vault/vault.ts'
import { PINNED } from './backup.ts'
import type { Methods, Tools } from './methods.ts'
import { sparedSnapshots, spareSnapshot } from './spared.ts'

/**
 * All of two days, a month of days, half a year of weeks, two years of months and every year; pinned ones for ever. Not one per hour:
 * when a phone is emptied and backed up within the hour, the whole backup of that hour would give way to the empty one.
 */
const DEFAULT_POLICY: RetentionPolicy = { within: '2d', daily: 31, weekly: 26, monthly: 24, yearly: -1 }

// A few deletions are an ordinary day, also where they are most of very little.
const LOSS_AT_LEAST = 10

// Freeing space rewrites packs, so it waits until a good number of snapshots are gone.
const PRUNE_AFTER_FORGETTING = 20

type RetentionMethods = Pick<Methods, 'retention.show' | 'retention.set' | 'retention.apply'>

export function retentionMethods({ replica, ownVault, inTurn }: Tools): RetentionMethods {
  return {
    'retention.show': async () => show(replica, await ownVault.open()),
    'retention.set': async ({ policy }) => {
      const wanted = { ...policy, tags: [...(policy.tags ?? []), [PINNED]] }
      // Weighed before it is stored: what can't be carried out is refused here, not after the next backup.
      await forget(await ownVault.open(), wanted, {}, { dryRun: true })
      await replica.write((tx) => writeSetting(tx, 'retention', JSON.stringify(policy)))
      return show(replica, await ownVault.open())
    },
    'retention.apply': (_input, watch) =>
      inTurn(async (vault) => {
        const groups = await forgetByPolicy(replica, vault, watch)
        return { ...told(replica, groups), bytesFreed: await freeSpace(replica, vault, watch) }
      }),
  }
}

/**
 * When a backup finds most items deleted, the one before it may be the last that holds them: it is kept until its owner unpins it.
 */
export async function keepBeforeLoss(replica: Replica, { deleted, base }: BackupResult): Promise<void> {
  if (!base || deleted < LOSS_AT_LEAST || deleted * 2 < base.items) return
  await replica.write((tx) => spareSnapshot(tx, base.snapshot))
}

/** What runs after every automatic backup: the rules are applied, and space is freed now and then. */
export async function keepByPolicy(replica: Replica, vault: Vault, watch: Watch): Promise<void> {
  const groups = await forgetByPolicy(replica, vault, watch)
  const forgotten = forgottenSoFar(replica) + groups.reduce((sum, { remove }) => sum + remove.length, 0)
  await replica.write((tx) => writeSetting(tx, 'forgotten', String(forgotten)))
  if (forgotten >= PRUNE_AFTER_FORGETTING) await freeSpace(replica, vault, watch)
}

async function show(replica: Replica, vault: Vault): Promise<Output<'retention.show'>> {
  return told(
    replica,
    await forget(vault, policyOf(replica), {}, { dryRun: true, spared: sparedSnapshots(replica) }),
  )
}

function told(replica: Replica, groups: GroupVerdict<Snapshot>[]): Output<'retention.show'> {
  const keep = groups.flatMap((group) => group.keep)
  const remove = groups.flatMap((group) => group.remove)
  return {
    policy: policyOf(replica),
    keep: keep.map(({ snapshot, reasons }) => ({ id: snapshot.id, time: snapshot.time, reasons })),
    remove: remove.map(({ id, time }) => ({ id, time })),
    bytesFreed: null,
  }
}

function policyOf(replica: Replica): RetentionPolicy {
  const stored = readSetting(replica, 'retention')
  const policy = stored === undefined ? DEFAULT_POLICY : RetentionPolicy.parse(JSON.parse(stored))
  return { ...policy, tags: [...(policy.tags ?? []), [PINNED]] }
}

function forgottenSoFar(replica: Replica): number {
  return Number(readSetting(replica, 'forgotten') ?? 0)
}

async function forgetByPolicy(
  replica: Replica,
  vault: Vault,
  watch: Watch,
): Promise<GroupVerdict<Snapshot>[]> {
  const groups = await forget(vault, policyOf(replica), watch, { spared: sparedSnapshots(replica) })
  await replica.write((tx) => {
    for (const { id } of groups.flatMap(({ remove }) => remove)) replaceHeld(tx, vault.id, id, null)
  })
  return groups
}

async function freeSpace(replica: Replica, vault: Vault, watch: Watch): Promise<number> {
  const { bytesFreed } = await prune(vault, {}, watch)
  await replica.write((tx) => writeSetting(tx, 'forgotten', '0'))
  return Math.max(0, bytesFreed)
}
