/**
 * Does what a plan says, by changing what is served: the phone's next sync fetches it. Each item counts by itself and is durable
 * when done, so that a restore that was cut off is finished by planning and applying again, without duplicates.
 */

import { Problem } from '../problem.ts'
import { countDone, stopIfAsked, type Watch } from '../progress.ts'
import { type Collection, createCollection, deleteCollection } from '../replica/collections.ts'
import { receiveFile } from '../replica/files.ts'
import { foldersAbove } from '../replica/folders.ts'
import {
  type Conditions,
  etagOf,
  findItem,
  folderItem,
  type PutOutcome,
  putItem,
  removeItem,
} from '../replica/items.ts'
import type { Phone } from '../replica/phones.ts'
import { setProperty } from '../replica/properties.ts'
import type { Replica } from '../replica/replica.ts'
import { storeFile, storeText } from '../replica/store.ts'
import type { CollectionPlan, Plan } from './plan.ts'
import type { PointItem } from './point.ts'
import { bytesOf } from './preview.ts'

export interface Applied {
  added: number
  reverted: number
  removed: number
  /** Items that could not be brought back, and why. */
  failed: { name: string; reason: string }[]
  /** Collections made again, and taken away. */
  made: number[]
  deleted: number[]
}

// Enough to fill a group commit and to overlap reading with writing; little enough to hold in memory.
const AT_ONCE = 16

const CHANGED_MEANWHILE = 'the phone changed it meanwhile; restore once more'

/** @param cause as it will stand in the change log: `restore:<id>`. */
export async function applyPlan(
  replica: Replica,
  phone: Phone,
  plan: Plan,
  cause: string,
  watch: Watch,
): Promise<Applied> {
  const done = countDone('Bringing back', bytesOf(plan), watch)
  const applied: Applied = { added: 0, reverted: 0, removed: 0, failed: [], made: [], deleted: [] }
  for (const one of plan.collections) await applyCollection(one)
  if (plan.mode === 'exact') {
    for (const { id } of plan.newCollections) {
      await replica.write((tx) => deleteCollection(tx, id))
      applied.deleted.push(id)
    }
  }
  return applied

  async function applyCollection(one: CollectionPlan): Promise<void> {
    const collection = one.collection ?? (await makeAgain(replica, phone, one))
    if (!one.collection) applied.made.push(collection.id)
    // What is in the way goes first: a UID may stand once only, and a folder may have taken a file's name.
    if (plan.mode === 'exact') {
      for (const now of one.onlyOnPhone) {
        stopIfAsked(watch)
        const asPlanned = { ifMatch: [etagOf(now)] }
        const { outcome } = await replica.write((tx) =>
          removeItem(tx, collection.id, now.name, cause, asPlanned),
        )
        if (outcome === 'removed') applied.removed++
        else applied.failed.push({ name: now.name, reason: CHANGED_MEANWHILE })
      }
      await inGroups(one.revert, async ({ now, then }) => {
        if (await attempt(collection, now.name, then, { ifMatch: [etagOf(now)] })) applied.reverted++
      })
    }
    for (const folder of one.folders)
      await makeFolders(replica, collection, [...foldersAbove(folder), folder], cause)
    await inGroups(one.add, async (item) => {
      if (await attempt(collection, item.name, item, { ifNoneMatch: ['*'] })) applied.added++
    })
  }

  async function attempt(
    collection: Collection,
    name: string,
    item: PointItem,
    asPlanned: Conditions,
  ): Promise<boolean> {
    try {
      const result = await bringBack(replica, phone, collection, name, item, cause, asPlanned)
      if (result.outcome !== 'refused') return true
      const reason = result.reason === 'condition' ? CHANGED_MEANWHILE : 'another item has the same identity'
      applied.failed.push({ name, reason })
      return false
    } catch (error) {
      if (error instanceof Problem && error.code === 'disk-full') throw error
      applied.failed.push({ name, reason: error instanceof Error ? error.message : String(error) })
      return false
    } finally {
      done(item)
    }
  }

  async function inGroups<T>(all: T[], work: (one: T) => Promise<void>): Promise<void> {
    for (let at = 0; at < all.length; at += AT_ONCE) {
      stopIfAsked(watch)
      await Promise.all(all.slice(at, at + AT_ONCE).map(work))
    }
  }
}

function makeAgain(replica: Replica, phone: Phone, { point }: CollectionPlan): Promise<Collection> {
  const { kind, name, origin, displayName, components, properties } = point.saved
  return replica.write((tx) => {
    const collection = createCollection(tx, {
      phoneId: phone.id,
      kind,
      name,
      origin,
      displayName,
      components,
    })
    for (const property of properties) setProperty(tx, collection.id, '', property)
    return collection
  })
}

async function bringBack(
  replica: Replica,
  phone: Phone,
  collection: Collection,
  name: string,
  item: PointItem,
  cause: string,
  asPlanned: Conditions,
): Promise<PutOutcome> {
  if (collection.kind !== 'files')
    return storeText(replica, collection, name, await item.bytes(), cause, asPlanned)
  await makeFolders(replica, collection, foldersAbove(name), cause)
  const received = await receiveFile(replica, item.stream(), item.size)
  return storeFile(replica, phone, collection, name, received, item.modifiedAt, cause, asPlanned)
}

async function makeFolders(
  replica: Replica,
  collection: Collection,
  folders: string[],
  cause: string,
): Promise<void> {
  const missing = folders.filter((folder) => !findItem(replica, collection.id, folder))
  if (missing.length === 0) return
  await replica.write((tx) => {
    for (const folder of missing) putItem(tx, collection.id, folderItem(folder, tx.at), cause)
  })
}
