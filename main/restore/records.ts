/** What was restored, when and from where, so that it can be shown and undone. */
import { z } from 'zod'
import type { Reader, Replica } from '../replica/replica.ts'

const detailSchema = z.object({
  point: z.string(),
  pointAt: z.number(),
  mode: z.enum(['missing', 'exact']),
  /** The last change before the restore began; undo goes back to it. */
  seqBefore: z.number(),
  /** The snapshot taken before it. */
  safetySnapshot: z.string(),
  /** Collections it made again, and took away: ids of today's replica. */
  made: z.array(z.number()),
  deleted: z.array(z.number()),
  added: z.number(),
  reverted: z.number(),
  removed: z.number(),
  failed: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** Names of items that did not compare equal when read back. */
  different: z.array(z.string()),
  /** The restore that this one undoes. */
  undoes: z.number().nullable(),
})
export type RestoreDetail = z.infer<typeof detailSchema>

export interface RestoreRecord {
  id: number
  phoneId: string
  startedAt: number
  /** Null while it runs, and for one that was cut off. */
  endedAt: number | null
  undoneAt: number | null
  detail: RestoreDetail
}

export async function beginRecord(replica: Replica, phoneId: string, detail: RestoreDetail): Promise<number> {
  return replica.write((tx) => {
    const { lastInsertRowid } = tx
      .statement('INSERT INTO restores (phone_id, started_at, detail) VALUES (?, ?, ?)')
      .run(phoneId, tx.at, JSON.stringify(detail))
    return Number(lastInsertRowid)
  })
}

export async function endRecord(replica: Replica, id: number, detail: RestoreDetail): Promise<void> {
  await replica.write((tx) => {
    tx.statement('UPDATE restores SET ended_at = ?, detail = ? WHERE id = ?').run(
      tx.at,
      JSON.stringify(detail),
      id,
    )
    if (detail.undoes !== null)
      tx.statement('UPDATE restores SET undone_at = ? WHERE id = ?').run(tx.at, detail.undoes)
  })
}

function fromRow(row: Record<string, unknown>): RestoreRecord {
  const time = (value: unknown) => (value === null ? null : Number(value))
  return {
    id: Number(row.id),
    phoneId: String(row.phone_id),
    startedAt: Number(row.started_at),
    endedAt: time(row.ended_at),
    undoneAt: time(row.undone_at),
    detail: detailSchema.parse(JSON.parse(String(row.detail))),
  }
}

/** Restores, newest first. */
export function listRestores(reader: Reader): RestoreRecord[] {
  return reader.statement('SELECT * FROM restores ORDER BY id DESC').all().map(fromRow)
}

export function findRestore(reader: Reader, id: number): RestoreRecord | undefined {
  const row = reader.statement('SELECT * FROM restores WHERE id = ?').get(id)
  return row && fromRow(row)
}
