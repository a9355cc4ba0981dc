/** What the schedule keeps in the replica's database: when each job is due next, and a record of every run. */
import { z } from 'zod'
import { Plan } from '../../preload/plan.ts'
import { Problem } from '../problem.ts'
import type { Reader, Transaction } from '../replica/replica.ts'

/** Why a run was made; `appeared` is for a phone or account that can be read again. */
export type Cause = 'scheduled' | 'missed' | 'retry' | 'manual' | 'appeared'
/** How it ended; `interrupted` is said at the next start of one that never came to its end. */
export type Result = 'done' | 'failed' | 'cancelled' | 'interrupted'
/** What came of it, as JSON: the job's own figures, or the `problem` that stopped it. */
export type Detail = Record<string, unknown>

export interface Run {
  job: string
  cause: Cause
  /** The time of the plan that it stands for; null for one that nobody had planned. */
  dueAt: number | null
  startedAt: number
  /** Null while it runs, and for one that was interrupted. */
  endedAt: number | null
  /** Null while it runs. */
  result: Result | null
  detail: Detail
}

export interface Schedule {
  plan: Plan
  /** Up to now: the oldest time of the plan that no run stands for yet. Beyond: the next one. */
  dueAt: number
  /** Failed tries since it is due. */
  attempt: number
}

/** A year of hourly runs; older records make room. */
const RUNS_KEPT = 9000

/** @throws Problem `data-damaged` when the stored plan cannot be read. */
export function readSchedule(reader: Reader, job: string): Schedule | null {
  const row = reader.statement('SELECT plan, due_at, attempt FROM schedules WHERE job = ?').get(job)
  if (!row) return null
  const plan = Plan.safeParse(parseJson(String(row.plan)))
  if (!plan.success) {
    throw new Problem('data-damaged', `The stored plan for “${job}” cannot be read.`, 'Set its plan anew.')
  }
  return { plan: plan.data, dueAt: Number(row.due_at), attempt: Number(row.attempt) }
}

export function saveSchedule(tx: Transaction, job: string, schedule: Schedule | null): void {
  if (!schedule) {
    tx.statement('DELETE FROM schedules WHERE job = ?').run(job)
    return
  }
  const { plan, dueAt, attempt } = schedule
  tx.statement('INSERT OR REPLACE INTO schedules (job, plan, due_at, attempt) VALUES (?, ?, ?, ?)').run(
    job,
    JSON.stringify(plan),
    dueAt,
    attempt,
  )
}

/** Records that a run begins; the number is for `recordEnd`. */
export function recordStart(tx: Transaction, run: Run): number {
  const sql = 'INSERT INTO runs (job, cause, due_at, started_at, detail) VALUES (?, ?, ?, ?, ?)'
  const { job, cause, dueAt, startedAt, detail } = run
  const { lastInsertRowid } = tx.statement(sql).run(job, cause, dueAt, startedAt, JSON.stringify(detail))
  const old =
    'DELETE FROM runs WHERE job = ? AND id IN (SELECT id FROM runs WHERE job = ? ORDER BY id DESC LIMIT 8 OFFSET ?)'
  tx.statement(old).run(job, job, RUNS_KEPT)
  return Number(lastInsertRowid)
}

export function recordEnd(tx: Transaction, id: number, run: Run): void {
  const sql = 'UPDATE runs SET ended_at = ?, result = ?, detail = ? WHERE id = ?'
  tx.statement(sql).run(run.endedAt, run.result, JSON.stringify(run.detail), id)
}

/** Marks the runs that a crash or a power cut ended, and returns them. Only right while none is running. */
export function markInterrupted(tx: Transaction, job: string): Run[] {
  const sql = `UPDATE runs SET result = 'interrupted' WHERE job = ? AND result IS NULL RETURNING *`
  return tx.statement(sql).all(job).map(toRun)
}

/** Whether a run that stands for this time of the plan did its work. */
export function isDone(reader: Reader, job: string, dueAt: number): boolean {
  const sql = `SELECT 1 FROM runs WHERE job = ? AND due_at = ? AND result = 'done' LIMIT 1`
  return reader.statement(sql).get(job, dueAt) !== undefined
}

/** The newest runs of a job, the newest first. */
export function listRuns(reader: Reader, job: string, limit: number): Run[] {
  return reader
    .statement('SELECT * FROM runs WHERE job = ? ORDER BY id DESC LIMIT ?')
    .all(job, limit)
    .map(toRun)
}

/** What is recorded of a run that failed. */
export function whyOf(error: unknown): Detail {
  if (error instanceof Problem) return { problem: error.toJSON() }
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

const Row = z.object({
  job: z.string(),
  cause: z.enum(['scheduled', 'missed', 'retry', 'manual', 'appeared']),
  due_at: z.number().nullable(),
  started_at: z.number(),
  ended_at: z.number().nullable(),
  result: z.enum(['done', 'failed', 'cancelled', 'interrupted']).nullable(),
  detail: z.string(),
})

function toRun(row: unknown): Run {
  const { job, cause, due_at, started_at, ended_at, result, detail } = Row.parse(row)
  return {
    job,
    cause,
    dueAt: due_at,
    startedAt: started_at,
    endedAt: ended_at,
    result,
    detail: z.record(z.string(), z.unknown()).parse(JSON.parse(detail)),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
