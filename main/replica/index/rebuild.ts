/** Makes the index anew from the bytes: after a repair, or when readers have learned more. */
import { stat } from 'node:fs/promises'
import { type Progress, stopIfAsked, type Watch } from '../../progress.ts'
import { filePath } from '../files.ts'
import { type Item, readBody, selectItems } from '../items.ts'
import type { Replica, Transaction } from '../replica.ts'
import { readCalendar } from './calendar.ts'
import { type Facts, storeFacts } from './facts.ts'
import { readPhoto } from './photo.ts'
import { readContact } from './vcard.ts'

export interface RebuiltIndex {
  contacts: number
  /** Events, tasks and all else that lies in calendars. */
  events: number
  files: number
  /** Of all these, how many no reader understands. */
  unreadable: number
}

// One transaction each: short enough that uploads meanwhile hardly wait, and that memory stays flat.
const BATCH = 200

/**
 * Reads all current items again, and replaces their index entries, kinds and UIDs. Bytes, entity tags and the change log stay as
 * they are. Items may change meanwhile; those have a fresh index entry already.
 * @throws Problem `cancelled` between two batches; what was done stays done.
 */
export async function rebuildIndex(replica: Replica, watch: Watch): Promise<RebuiltIndex> {
  const counts: RebuiltIndex = { contacts: 0, events: 0, files: 0, unreadable: 0 }
  const { itemsTotal, bytesTotal } = measure(replica)
  const progress: Progress = { phase: 'Reading again', items: 0, itemsTotal, bytes: 0, bytesTotal }
  let reportedAt = Number.NEGATIVE_INFINITY
  for (let last = 0; ; ) {
    stopIfAsked(watch)
    const items = nextItems(replica, last)
    if (items.length === 0) break
    const read = await readAll(replica, items)
    await replica.write((tx) => {
      for (const { item, facts } of read) replaceFacts(tx, item, facts)
    })
    for (const { facts } of read) count(counts, facts)
    last = items.at(-1)!.seq
    progress.items += items.length
    progress.bytes += items.reduce((sum, item) => sum + item.size, 0)
    if (replica.world.now() - reportedAt >= 250) {
      watch.report?.({ ...progress })
      reportedAt = replica.world.now()
    }
  }
  watch.report?.({ ...progress })
  return counts
}

const CURRENT = `until IS NULL AND kind NOT IN ('gone', 'folder')`

function measure(replica: Replica): { itemsTotal: number; bytesTotal: number } {
  const row = replica
    .statement(`SELECT count(*) AS n, sum(size) AS bytes FROM versions WHERE ${CURRENT}`)
    .get()
  return { itemsTotal: Number(row?.n ?? 0), bytesTotal: Number(row?.bytes ?? 0) }
}

function nextItems(replica: Replica, after: number): Item[] {
  return selectItems(replica, `WHERE ${CURRENT} AND seq > ? ORDER BY seq LIMIT ?`, after, BATCH)
}

async function readAll(replica: Replica, items: Item[]): Promise<{ item: Item; facts: Facts }[]> {
  const read: { item: Item; facts: Facts }[] = []
  for (const item of items) {
    const facts = await readItem(replica, item)
    if (facts) read.push({ item, facts })
  }
  return read
}

/** Undefined when the bytes are not there: then the entry of old says more than a new one could. */
async function readItem(replica: Replica, item: Item): Promise<Facts | undefined> {
  if (item.fileId !== null) {
    const path = filePath(replica, item.fileId)
    const isThere = await stat(path).then(
      () => true,
      () => false,
    )
    return isThere ? readPhoto(path, item.name) : undefined
  }
  const bytes = readBody(replica, item.seq)
  if (!bytes) return undefined
  return item.kind === 'contact' ? readContact(bytes) : readCalendar(bytes)
}

// A version that was replaced in the meantime has no index entry any more and must not get one.
function replaceFacts(tx: Transaction, item: Item, facts: Facts): void {
  const { changes } = tx
    .statement('UPDATE versions SET uid = ?, kind = ? WHERE seq = ? AND until IS NULL')
    .run(facts.uid, facts.kind, item.seq)
  if (changes > 0) storeFacts(tx, item.seq, facts)
}

function count(counts: RebuiltIndex, facts: Facts): void {
  if (facts.kind === 'contact') counts.contacts++
  else if (facts.kind === 'file') counts.files++
  else counts.events++
  if (!facts.readable) counts.unreadable++
}
