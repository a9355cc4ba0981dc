/** How much the replica holds of a phone now. */
import type { Reader } from './replica.ts'

export interface Tally {
  kind: 'contacts' | 'events' | 'tasks' | 'photos'
  count: number
  /** Of the items as they were sent; what was sent twice counts twice. */
  bytes: number
  /** When the first of those that are there came: milliseconds since 1970; null when there is none. */
  since: number | null
}

const KINDS = [
  { kind: 'contacts', collection: 'contacts', items: `'contact', 'other'` },
  // Journals and what no reader understands lie in calendars as well.
  { kind: 'events', collection: 'calendar', items: `'event', 'other'` },
  { kind: 'tasks', collection: 'calendar', items: `'task'` },
  { kind: 'photos', collection: 'files', items: `'file'` },
] as const

/** Per kind over all collections of the phone, whatever their origin: a contact that is in two of them counts twice. */
export function tallyPhone(reader: Reader, phoneId: string): Tally[] {
  return KINDS.map(({ kind, collection, items }) => {
    const standing = `FROM versions v JOIN collections c ON c.id = v.collection_id
      WHERE c.phone_id = ? AND c.kind = '${collection}' AND c.deleted_seq IS NULL AND v.kind IN (${items}) AND v.until IS NULL`
    const sums = reader
      .statement(
        `SELECT count(*) AS count, coalesce(sum(v.size), 0) AS bytes, min(v.item_id) AS first ${standing}`,
      )
      .get(phoneId)
    const count = Number(sums?.count)
    return {
      kind,
      count,
      bytes: Number(sums?.bytes),
      since: count === 0 ? null : timeOf(reader, Number(sums?.first)),
    }
  })
}

// An item's id is the change that first made it.
function timeOf(reader: Reader, seq: number): number {
  return Number(reader.statement('SELECT at FROM versions WHERE seq = ?').get(seq)?.at)
}
