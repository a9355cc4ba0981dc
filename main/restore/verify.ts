/** Reads back what a restore brought and compares it, byte by byte through its hash, with what was to be brought. */
import { createHash } from 'node:crypto'
import { countDone, stopIfAsked, type Watch } from '../progress.ts'
import { findCollection } from '../replica/collections.ts'
import { findItem, type Item, readBody } from '../replica/items.ts'
import { readFile } from '../replica/open-file.ts'
import type { Replica } from '../replica/replica.ts'
import type { Plan } from './plan.ts'
import type { PointItem } from './point.ts'
import { bytesOf } from './preview.ts'

export interface Verified {
  checked: number
  /** Names of items that are not as they were to be. */
  different: string[]
}

export async function verifyPlan(replica: Replica, plan: Plan, watch: Watch): Promise<Verified> {
  const done = countDone('Reading back', bytesOf(plan), watch)
  const result: Verified = { checked: 0, different: [] }
  for (const { point, add, revert } of plan.collections) {
    const collection = findCollection(replica, plan.phoneId, point.saved.kind, point.saved.name)
    const expected = add.map((then) => ({ name: then.name, then }))
    if (plan.mode === 'exact') expected.push(...revert.map(({ now, then }) => ({ name: now.name, then })))
    for (const { name, then } of expected) {
      stopIfAsked(watch)
      const now = collection && findItem(replica, collection.id, name)
      if (!now || (await hashStored(replica, now)) !== (await hashWanted(then))) result.different.push(name)
      result.checked++
      done(then)
    }
  }
  return result
}

async function hashStored(replica: Replica, item: Item): Promise<string> {
  const hash = createHash('sha256')
  if (item.fileId === null) return hash.update(readBody(replica, item.seq) ?? '').digest('hex')
  for await (const chunk of readFile(replica, item.fileId)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

async function hashWanted(item: PointItem): Promise<string> {
  if (item.hash !== null) return item.hash
  const hash = createHash('sha256')
  for await (const chunk of item.stream()) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}
