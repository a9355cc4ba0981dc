/** What is done with sources, one thing at a time: each can be seen while it is on, can be stopped, and leaves a record. */
import type { Source } from '../links/link.ts'
import { Problem } from '../problem.ts'
import { type Progress, stopIfAsked, type Watch } from '../progress.ts'
import type { Replica } from '../replica/replica.ts'
import {
  type Cause,
  listRuns,
  markInterrupted,
  type Run,
  recordEnd,
  recordStart,
  whyOf,
} from '../schedule/records.ts'
import { takeTurns } from '../turns.ts'

export type Doing = 'capture' | 'send'
type Whose = Pick<Source, 'link' | 'id'>

/** A capture or a send that is on. */
export interface Running {
  doing: Doing
  link: Source['link']
  id: string
  startedAt: number
  progress: Progress | null
}

export interface SourceRun {
  doing: Doing
  source: Whose
  cause: Cause
}

/** Names what is to be recorded of a run; it is read when the run ends, however it ends. */
export type Note = (detail: object) => void

export interface SourceRuns {
  /** Waits for those before, then does the work under a record. @throws Problem `cancelled` when it was stopped, and as the work does. */
  run<T>(run: SourceRun, watch: Watch, work: (watch: Watch, note: Note) => Promise<T>): Promise<T>
  /** Does something else with a source while nothing is on. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  running(): Running | null
  /** Whether anything is on or waits. */
  isBusy(): boolean
  /** The newest first. */
  list(doing: Doing, source: Whose, limit: number): Run[]
  /** Asks what is on to stop; what came or went so far stays. */
  cancel(): void
  /** Stops what is on and lets nothing more begin. */
  close(): Promise<void>
}

/** Marks what a crash or a power cut ended. Call it once per process, before any other. */
export async function createSourceRuns(replica: Replica): Promise<SourceRuns> {
  const takeTurn = takeTurns()
  const closing = new AbortController()
  let current: (Running & { controller: AbortController }) | null = null
  let waiting = 0

  await replica.write((tx) => {
    const cutOff = `SELECT DISTINCT job FROM runs WHERE result IS NULL AND (job LIKE 'capture:%' OR job LIKE 'send:%')`
    for (const { job } of tx.statement(cutOff).all()) markInterrupted(tx, String(job))
  })

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    waiting++
    try {
      return await takeTurn(async () => {
        stopIfAsked({ signal: closing.signal })
        return work()
      })
    } finally {
      waiting--
    }
  }

  async function perform<T>(
    { doing, source: { link, id }, cause }: SourceRun,
    watch: Watch,
    work: (watch: Watch, note: Note) => Promise<T>,
  ): Promise<T> {
    stopIfAsked(watch)
    const startedAt = replica.world.now()
    const controller = new AbortController()
    const running = { doing, link, id, startedAt, progress: null as Progress | null, controller }
    current = running
    const stops = [controller.signal, closing.signal, ...(watch.signal ? [watch.signal] : [])]
    const signal = AbortSignal.any(stops)
    const report = (progress: Progress) => {
      running.progress = progress
      watch.report?.(progress)
    }
    const blank: Run = {
      ...{ job: jobOf(doing, { link, id }), cause, dueAt: null, startedAt },
      ...{ endedAt: null, result: null, detail: {} },
    }
    const record = await replica.write((tx) => recordStart(tx, blank))
    let noted: object = {}
    const end = (result: Run['result'], why: Run['detail'] = {}) =>
      replica.write((tx) =>
        recordEnd(tx, record, { ...blank, result, detail: { ...noted, ...why }, endedAt: tx.at }),
      )
    try {
      const result = await work({ signal, report }, (detail) => {
        noted = detail
      })
      await end('done')
      return result
    } catch (error) {
      const stopped = signal.aborted
      await end(stopped ? 'cancelled' : 'failed', whyOf(error))
      throw stopped ? stoppedAsAsked(error) : error
    } finally {
      current = null
    }
  }

  return {
    run: (run, watch, work) => inTurn(() => perform(run, watch, work)),
    inTurn,
    running: () => current,
    isBusy: () => waiting > 0,
    list: (doing, source, limit) => listRuns(replica, jobOf(doing, source), limit),
    cancel: () => current?.controller.abort(),
    async close() {
      closing.abort()
      await takeTurn(async () => undefined)
    },
  }
}

function jobOf(doing: Doing, { link, id }: Whose): string {
  return `${doing}:${link}:${id}`
}

function stoppedAsAsked(cause: unknown): Problem {
  if (cause instanceof Problem && cause.code === 'cancelled') return cause
  return new Problem(
    'cancelled',
    'Stopped, as asked.',
    'Start it again at any time; it goes on from where it was.',
    { cause },
  )
}
