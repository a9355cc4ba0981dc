/** Snapshots: small sealed documents that name a root tree, a time and an origin. */
import { z } from 'zod'
import { Problem } from '../problem.ts'
import type { Vault } from './vault.ts'

export interface Snapshot {
  id: string
  /** RFC 3339 as stored, with its offset from UTC, which retention goes by. */
  time: string
  /** Id of the root tree. */
  tree: string
  paths: string[]
  hostname: string
  username: string
  tags: string[]
  /** Id of the snapshot that this one was built upon. */
  parent: string | null
  /** First id of a snapshot that was saved anew since. */
  original: string | null
}

export interface SnapshotList {
  /** Oldest first. */
  snapshots: Snapshot[]
  unreadable: { id: string; reason: string }[]
}

const Id = z.string().regex(/^[0-9a-f]{64}$/)
// Loose, so that what other programs put in is still there when the snapshot is saved anew.
const SnapshotDocument = z.looseObject({
  time: z.string().refine((time) => !Number.isNaN(Date.parse(time))),
  parent: Id.optional(),
  tree: Id,
  paths: z.array(z.string()).nullish(),
  hostname: z.string().optional(),
  username: z.string().optional(),
  tags: z.array(z.string()).nullish(),
  original: Id.optional(),
})
export type SnapshotDocument = z.input<typeof SnapshotDocument>

/** Reads all snapshots; those that cannot be read are named with the reason. */
export async function listSnapshots(vault: Vault): Promise<SnapshotList> {
  const snapshots: Snapshot[] = []
  const unreadable: SnapshotList['unreadable'] = []
  for (const { id } of await vault.storage.list('snapshot')) {
    try {
      snapshots.push(await readSnapshot(vault, id))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // One that was removed since the list was read is not missed.
      if (error.code !== 'not-found') unreadable.push({ id, reason: error.message })
    }
  }
  snapshots.sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || (a.id < b.id ? -1 : 1))
  return { snapshots, unreadable }
}

/** Stores a snapshot durably. Only under a lock, and after all that it refers to. */
export async function saveSnapshot(vault: Vault, document: SnapshotDocument): Promise<Snapshot> {
  const id = await vault.writeDocument('snapshot', document)
  return toSnapshot(id, document)
}

/** @throws Problem `not-found`, `vault-damaged`. */
export async function readSnapshot(vault: Vault, id: string): Promise<Snapshot> {
  return toSnapshot(id, await readDocument(vault, id))
}

async function readDocument(vault: Vault, id: string): Promise<SnapshotDocument> {
  const parsed = SnapshotDocument.safeParse(await vault.readDocument('snapshot', id))
  if (parsed.success) return parsed.data
  throw new Problem('vault-damaged', `The snapshot ${id} is not valid.`, 'Check the vault.', {
    cause: parsed.error,
  })
}

function toSnapshot(id: string, document: SnapshotDocument): Snapshot {
  return {
    id,
    time: document.time,
    tree: document.tree,
    paths: document.paths ?? [],
    hostname: document.hostname ?? '',
    username: document.username ?? '',
    tags: document.tags ?? [],
    parent: document.parent ?? null,
    original: document.original ?? null,
  }
}
