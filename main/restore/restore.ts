/** Restore from end to end: choose the point, plan, keep today safe, apply, read back, and remember how to undo it. */
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { deleteCollection, getCollection } from '../replica/collections.ts'
import { isHeldAt, standingChangesBy } from '../replica/history.ts'
import { listItems, listItemsAt } from '../replica/items.ts'
import type { Phone } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import type { Vault } from '../vault/vault.ts'
import { applyPlan } from './apply.ts'
import { choosePoint } from './choose-point.ts'
import { historyPoint } from './history-point.ts'
import { mirrorsIntoAccount } from './into-account.ts'
import { itemKey, type Mode, makePlan, type Scope } from './plan.ts'
import type { Point } from './point.ts'
import { type Preview, previewOf } from './preview.ts'
import { beginRecord, endRecord, findRestore, type RestoreDetail, type RestoreRecord } from './records.ts'
import { verifyPlan } from './verify.ts'

/** What a restore works with. */
export interface RestoreTools {
  replica: Replica
  vault: Vault
  /** Takes a snapshot of the replica as it is; returns its id. */
  backup(watch: Watch): Promise<string>
}

export interface RestoreRequest {
  phone: Phone
  /** See `choosePoint`. */
  at: string | undefined
  mode: Mode
  scope: Scope
  /** Bring what was captured elsewhere into the phone's own accounts, and nothing else; only with mode `missing`. */
  intoAccount?: boolean
}

export interface RestoreResult {
  restore: number
  preview: Preview
  detail: RestoreDetail
}

/** What the restore would do; changes nothing. */
export async function previewRestore(
  tools: RestoreTools,
  request: RestoreRequest,
  watch: Watch,
): Promise<Preview> {
  const { point, scope } = await pointOf(tools, request, watch)
  return previewOf(await makePlan(tools.replica, request.phone.id, point, request.mode, scope, watch))
}

/** Restores. Cut off or stopped, running it again finishes it. */
export async function restore(
  tools: RestoreTools,
  request: RestoreRequest,
  watch: Watch,
): Promise<RestoreResult> {
  const { point, scope } = await pointOf(tools, request, watch)
  return run(tools, request.phone, point, request.mode, scope, null, watch)
}

async function pointOf(
  { replica, vault }: RestoreTools,
  { phone, at, mode, scope, intoAccount = false }: RestoreRequest,
  watch: Watch,
): Promise<{ point: Point; scope: Scope }> {
  const point = await choosePoint(replica, vault, phone, at)
  if (!intoAccount) return { point, scope }
  if (mode === 'exact') {
    throw new Problem(
      'bad-input',
      'What was captured elsewhere can only be added to an account.',
      'Leave out that all is to be exactly as it was.',
    )
  }
  // What is chosen is named by where it was captured, and all of it is wanted.
  return { point: await mirrorsIntoAccount(replica, phone.id, point, scope, watch), scope: {} }
}

/**
 * Takes a restore back: all it changed, and nobody changed since, is again as it was before it.
 * @throws Problem `not-found` for an unknown restore, `bad-input` for one that is undone already.
 */
export async function undoRestore(
  tools: RestoreTools,
  phone: Phone,
  id: number,
  watch: Watch,
): Promise<RestoreResult> {
  const record = findRestore(tools.replica, id)
  if (record?.phoneId !== phone.id) {
    throw new Problem(
      'not-found',
      `There is no restore ${id} of “${phone.name}”.`,
      'See `sidekeep restore --list`.',
    )
  }
  if (record.undoneAt !== null) {
    throw new Problem(
      'bad-input',
      'That restore is undone already.',
      'To bring its result back, undo the undo.',
    )
  }
  const point = await pointBefore(tools, phone, record)
  const result = await run(
    tools,
    phone,
    point,
    'exact',
    { items: touchedBy(tools.replica, record) },
    id,
    watch,
  )
  await tools.replica.write((tx) => {
    for (const made of record.detail.made) {
      if (listItems(tx, made).length === 0) deleteCollection(tx, made)
    }
  })
  return result
}

async function pointBefore(
  tools: RestoreTools,
  phone: Phone,
  { detail, startedAt }: RestoreRecord,
): Promise<Point> {
  const { replica, vault } = tools
  if (isHeldAt(replica, phone.id, detail.seqBefore))
    return historyPoint(replica, phone.id, detail.seqBefore, startedAt)
  return choosePoint(replica, vault, phone, detail.safetySnapshot)
}

// What the phone changed after the restore is the phone's, and stays.
function touchedBy(replica: Replica, { id, detail }: RestoreRecord): Set<string> {
  const touched = new Set<string>()
  for (const item of standingChangesBy(replica, `restore:${id}`)) {
    touched.add(itemKey(getCollection(replica, item.collectionId)!, item.name))
  }
  for (const deleted of detail.deleted) {
    const collection = getCollection(replica, deleted)!
    for (const { name } of listItemsAt(replica, deleted, detail.seqBefore))
      touched.add(itemKey(collection, name))
  }
  return touched
}

async function run(
  tools: RestoreTools,
  phone: Phone,
  point: Point,
  mode: Mode,
  scope: Scope,
  undoes: number | null,
  watch: Watch,
): Promise<RestoreResult> {
  const { replica } = tools
  const plan = await makePlan(replica, phone.id, point, mode, scope, watch)
  stopIfAsked(watch)
  const safetySnapshot = await tools.backup(watch)
  const seqBefore = replica.lastSeq()
  const start: RestoreDetail = {
    ...{ point: point.id, pointAt: point.at, mode, seqBefore, safetySnapshot, undoes },
    ...{ made: [], deleted: [], added: 0, reverted: 0, removed: 0, failed: [], different: [] },
  }
  const id = await beginRecord(replica, phone.id, start)
  const applied = await applyPlan(replica, phone, plan, `restore:${id}`, watch)
  const { different } = await verifyPlan(replica, plan, watch)
  const detail: RestoreDetail = { ...start, ...applied, different }
  await endRecord(replica, id, detail)
  return { restore: id, preview: previewOf(plan), detail }
}
