/** What checks found, kept in the records of runs: evidence for "Am I safe?". */
import { z } from 'zod'
import type { Output } from '../../preload/contract.ts'
import type { Reader, Replica } from '../replica/replica.ts'
import { listRuns, recordEnd, recordStart } from '../schedule/records.ts'

const JOB = 'check'

const detailSchema = z.object({
  /** Nothing was damaged or missing, as far as was read. */
  isWhole: z.boolean(),
  /** Every byte was read. */
  readData: z.boolean(),
  bytesRead: z.number(),
})

export interface Check {
  at: number
  isWhole: boolean
}

export async function recordCheck(replica: Replica, found: Output<'verify'>): Promise<void> {
  const { ok, readData, bytesRead, seconds } = found
  const detail: z.infer<typeof detailSchema> = { isWhole: ok, readData, bytesRead }
  await replica.write((tx) => {
    const startedAt = Math.round(tx.at - seconds * 1000)
    const run = { job: JOB, cause: 'manual', dueAt: null, startedAt, detail } as const
    const id = recordStart(tx, { ...run, endedAt: null, result: null })
    recordEnd(tx, id, { ...run, endedAt: tx.at, result: 'done' })
  })
}

/** The newest check that read everything back, or a newer one that found damage without; null when there was none. */
export function lastCheck(reader: Reader): Check | null {
  for (const { endedAt, detail } of listRuns(reader, JOB, 100)) {
    const { isWhole, readData } = detailSchema.parse(detail)
    if (endedAt !== null && (readData || !isWhole)) return { at: endedAt, isWhole }
  }
  return null
}
