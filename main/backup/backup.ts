/** A backup: one snapshot of the whole replica at one change, on top of the newest snapshot that holds an earlier one. */

import { Problem } from '../problem.ts'
import type { Watch } from '../progress.ts'
import { type Held, listHeld, measureChanges, recordHeld, rememberBlobs } from '../replica/history.ts'
import { listPhones } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import { writeSnapshot } from '../vault/archive.ts'
import { findNode, readFileBytes } from '../vault/extract.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { Vault } from '../vault/vault.ts'
import { changesOf } from './changes.ts'
import { PHONE_FILE, type PhoneFile, readPhoneFile } from './layout.ts'

/** All of Sidekeep's snapshots have this path, so that restic weighs them as one group. */
export const SNAPSHOT_PATH = '/'

/** The tag of snapshots taken right before a restore: they hold what the restore was to mend. */
export const BEFORE_RESTORE = 'before-restore'

export interface BackupResult {
  snapshot: string
  added: number
  changed: number
  deleted: number
  /** Bytes that the vault grew by. */
  bytesWritten: number
  seconds: number
  /** Files of the photo library that could not be read, by their path in the snapshot; tried again by the next backup. */
  unreadable: { path: string; reason: string }[]
  /** The snapshot it builds on, and how many items that held. */
  base: { snapshot: string; items: number } | null
}

/** What a snapshot builds on, and what the replica knows of it. */
interface Base {
  held: Held
  snapshot: Snapshot
}

/** Takes a snapshot. Cut off, it leaves nothing to clean up: the next one reuses what was stored. */
export async function backUp(
  replica: Replica,
  vault: Vault,
  hostname: string,
  tags: string[],
  watch: Watch,
): Promise<BackupResult> {
  const base = await findBase(replica, vault)
  const take = (on: Base | undefined) => takeSnapshot(replica, vault, on, hostname, tags, watch)
  try {
    return await take(base)
  } catch (error) {
    // On a damaged base nothing can be built, but all that it should hold is here: the new one does without it.
    if (base && error instanceof Problem && error.code === 'vault-damaged') return take(undefined)
    throw error
  }
}

async function takeSnapshot(
  replica: Replica,
  vault: Vault,
  base: Base | undefined,
  hostname: string,
  tags: string[],
  watch: Watch,
): Promise<BackupResult> {
  const startedAt = replica.world.now()
  const to = replica.lastSeq()
  const saved = base ? await readPhoneFiles(replica, vault, base.snapshot) : new Map<string, PhoneFile>()
  const blobs = new Map<number, string[]>()
  const changes = changesOf(replica, {
    from: base?.held.seq ?? 0,
    to,
    saved: (phoneFolder) => saved.get(phoneFolder),
    remember: (fileId, ids) => blobs.set(fileId, ids),
  })
  const result = await writeSnapshot(
    vault,
    {
      base: base?.snapshot.id ?? null,
      changes,
      time: new Date(startedAt),
      hostname,
      tags,
      paths: [SNAPSHOT_PATH],
      isItem: (name) => name !== PHONE_FILE,
      expected: measureChanges(replica, base?.held.seq ?? 0, to),
    },
    watch,
  )
  await replica.write((tx) => {
    for (const [fileId, ids] of blobs) rememberBlobs(tx, fileId, ids)
    // A snapshot with a hole must not become the base of the next one, which would then not try the file again.
    if (result.unreadable.length > 0) return
    const held: Held = { vaultId: vault.id, snapshotId: result.snapshot.id, seq: to, at: startedAt }
    recordHeld(tx, replica.epoch, held)
  })
  return {
    snapshot: result.snapshot.id,
    added: result.added,
    changed: result.changed,
    deleted: result.deleted,
    bytesWritten: result.bytesWritten,
    seconds: (replica.world.now() - startedAt) / 1000,
    base: base ? { snapshot: base.snapshot.id, items: countSaved(saved) } : null,
    unreadable: result.unreadable.map(({ path, reason }) => ({ path: path.join('/'), reason })),
  }
}

function countSaved(saved: Map<string, PhoneFile>): number {
  const collections = [...saved.values()].flatMap((file) => file.collections)
  return collections.reduce((sum, { items }) => sum + items, 0)
}

async function findBase(replica: Replica, vault: Vault): Promise<Base | undefined> {
  const { snapshots } = await vault.snapshots()
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]))
  for (const held of listHeld(replica, vault.id)) {
    const snapshot = byId.get(held.snapshotId)
    if (snapshot) return { held, snapshot }
  }
  return undefined
}

async function readPhoneFiles(
  replica: Replica,
  vault: Vault,
  base: Snapshot,
): Promise<Map<string, PhoneFile>> {
  const files = new Map<string, PhoneFile>()
  for (const { name } of listPhones(replica, true)) {
    const node = await findNode(vault, base.tree, [name, PHONE_FILE])
    if (node) files.set(name, readPhoneFile(await readFileBytes(vault, node)))
  }
  return files
}
