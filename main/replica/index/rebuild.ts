/** Makes the index anew from the bytes: after a repair, or when readers have learned more. */
import { type Progress, stopIfAsked, type Watch } from '../../progress.ts'
import { filePath } from '../files.ts'
import { type Item, MOVED_AWAY, readBody, selectItems } from '../items.ts'
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
  /** Of all these, how many no reader understands, or whose bytes cannot be had. */
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
  for await (const read of readAll(replica, CURRENT, watch)) {
    for (const one of read) count(counts, one)
    const items = read.map(({ item }) => item)
    progress.items += items.length
    progress.bytes += items.reduce((sum, item) => sum + item.size, 0)
    if (replica.world.now() - reportedAt >= 250) {
      watch.report?.({ ...progress })
      reportedAt = replica.world.now()
    }
  }
  for await (const _ of readAll(replica, DELETED, watch));
  watch.report?.({ ...progress })
  return counts
}

/** Reads the versions that a clause names and replaces their entries, batch by batch. */
async function* readAll(replica: Replica, clause: string, watch: Watch): AsyncGenerator<ReadItem[]> {
  for (let last = 0; ; ) {
    stopIfAsked(watch)
    const items = selectItems(replica, `WHERE ${clause} AND seq > ? ORDER BY seq LIMIT ?`, last, BATCH)
    if (items.length === 0) return
    const read: ReadItem[] = []
    for (const item of items) read.push(await readItem(replica, item))
    await replica.write((tx) => {
      for (const { item, facts } of read) if (facts) replaceFacts(tx, item, facts)
    })
    yield read
    last = items.at(-1)!.seq
  }
}

const CURRENT = `until IS NULL AND kind NOT IN ('gone', 'folder')`
/** The last versions of what was deleted: lists of deletions show them. Photos' entries never go. */
const DELETED = `kind NOT IN ('gone', 'folder', 'file') AND until IN
  (SELECT seq FROM versions WHERE kind = 'gone' AND until IS NULL AND item_id <> ${MOVED_AWAY})`

function measure(replica: Replica): { itemsTotal: number; bytesTotal: number } {
  const row = replica
    .statement(`SELECT count(*) AS n, sum(size) AS bytes FROM versions WHERE ${CURRENT}`)
    .get()
  return { itemsTotal: Number(row?.n ?? 0), bytesTotal: Number(row?.bytes ?? 0) }
}

interface ReadItem {
  item: Item
  /** Undefined when the bytes cannot be had: then the entry of old says more than a new one could. */
  facts: Facts | undefined
}

async function readItem(replica: Replica, item: Item): Promise<ReadItem> {
  if (item.fileId !== null) return { item, facts: await readFileItem(filePath(replica, item.fileId), item) }
  const bytes = readBody(replica, item.seq)
  if (!bytes) return { item, facts: undefined }
  return { item, facts: item.kind === 'contact' ? readContact(bytes) : readCalendar(bytes) }
}

async function readFileItem(path: string, { name, modifiedAt }: Item): Promise<Facts | undefined> {
  try {
    return await readPhoto(path, name, modifiedAt)
  } catch (error) {
    // One photo that someone moved away, or that lies on a bad spot of the disk, must not stop the others.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return undefined
  }
}

// A version that was replaced in the meantime has no index entry any more and must not get one; a deletion is no replacement.
function replaceFacts(tx: Transaction, item: Item, facts: Facts): void {
  const { changes } = tx
    .statement(
      `UPDATE versions SET uid = ?, kind = ? WHERE seq = ?
         AND (until IS NULL OR (SELECT g.kind FROM versions g WHERE g.seq = versions.until) = 'gone')`,
    )
    .run(facts.uid, facts.kind, item.seq)
  if (changes > 0) storeFacts(tx, item.seq, facts)
}

function count(counts: RebuiltIndex, { item, facts }: ReadItem): void {
  if (item.kind === 'contact') counts.contacts++
  else if (item.kind === 'file') counts.files++
  else counts.events++
  if (!facts?.readable) counts.unreadable++
}
