/** Captures from end to end: one at a time, each with a record of what it brought and what it could not read. */
import type { CaptureRequest, DataKind, Link, Source } from '../links/link.ts'
import { Problem } from '../problem.ts'
import { type Progress, stopIfAsked, type Watch } from '../progress.ts'
import { addCapturedPhone, findPairedPhone, findPhone, usableName } from '../replica/phones.ts'
import type { Replica, Transaction } from '../replica/replica.ts'
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
import { type Binding, type Bound, type Brought, createSink } from './sink.ts'
import { bindSource, findBound, noteCaptured } from './sources.ts'

export interface CaptureOrder {
  source: Source
  /** Name of the phone that a source not yet bound belongs to, there or new; left out, a new one called as the source is. */
  phone?: string | undefined
  kinds: readonly DataKind[]
  secrets: CaptureRequest['secrets']
  /** The owner's word that all that is gone may go. */
  accept: boolean
  cause: Cause
}

export interface CaptureResult extends Brought {
  phone: string
  seconds: number
}

/** A capture that is on. */
export interface RunningCapture {
  link: Source['link']
  id: string
  startedAt: number
  progress: Progress | null
}

export interface Captures {
  /** Waits for those before. @throws Problem as the link does, and when the source cannot be bound to that phone. */
  run(order: CaptureOrder, watch: Watch): Promise<CaptureResult>
  /** Does something else with a source while no capture is on. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  running(): RunningCapture | null
  /** Whether any is on or waits. */
  isBusy(): boolean
  lastRun(source: Pick<Source, 'link' | 'id'>): Run | null
  /** Asks the capture that is on to stop; what came stays. */
  cancel(): void
  /** Stops what is on and lets nothing more begin. */
  close(): Promise<void>
}

export interface CapturesSettings {
  replica: Replica
  linkOf(source: Pick<Source, 'link'>): Link
  /** Keeps the newest backup from before a loss, whatever the rules say. */
  keepBefore(tx: Transaction): void
}

/** Marks what a crash or a power cut ended. Call it once per process, before any other. */
export async function createCaptures({ replica, linkOf, keepBefore }: CapturesSettings): Promise<Captures> {
  const takeTurn = takeTurns()
  const closing = new AbortController()
  let current: (RunningCapture & { controller: AbortController }) | null = null
  let waiting = 0

  await replica.write((tx) => {
    const cutOff = `SELECT DISTINCT job FROM runs WHERE result IS NULL AND job LIKE 'capture:%'`
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

  async function perform(order: CaptureOrder, watch: Watch): Promise<CaptureResult> {
    stopIfAsked(watch)
    const { source } = order
    const binding = createBinding(replica, order)
    const startedAt = replica.world.now()
    const controller = new AbortController()
    const running = { link: source.link, id: source.id, startedAt, progress: null, controller }
    current = running
    const stops = [controller.signal, closing.signal, ...(watch.signal ? [watch.signal] : [])]
    const signal = AbortSignal.any(stops)
    const report = reporters(running, watch)
    const sinkWatch = { signal, report: report.sink }
    const { sink, brought, settle } = createSink({ replica, binding, keepBefore, watch: sinkWatch })
    const blank: Run = {
      ...{ job: jobOf(source), cause: order.cause, dueAt: null, startedAt },
      ...{ endedAt: null, result: null, detail: {} },
    }
    const record = await replica.write((tx) => recordStart(tx, blank))
    const end = (result: Run['result'], detail: Run['detail']) =>
      replica.write((tx) => recordEnd(tx, record, { ...blank, result, detail, endedAt: tx.at }))
    try {
      const { kinds, secrets, accept } = order
      const cursor = binding.current()?.source.cursor
      const request = { kinds, cursor, secrets, ...(accept ? { accept } : {}) }
      const next = await linkOf(source).capture(source, request, sink, { signal, report: report.link })
      await settle(accept)
      const { phone, source: bound } = await binding.ensure()
      await replica.write((tx) => noteCaptured(tx, bound.key, source.name, next))
      await end('done', { ...brought })
      return { ...brought, phone: phone.name, seconds: (replica.world.now() - startedAt) / 1000 }
    } catch (error) {
      const stopped = signal.aborted
      await end(stopped ? 'cancelled' : 'failed', { ...brought, ...whyOf(error) })
      throw stopped && !(error instanceof Problem) ? stoppedAsAsked(error) : error
    } finally {
      current = null
    }
  }

  return {
    run: (order, watch) => inTurn(() => perform(order, watch)),
    inTurn,
    running: () => current,
    isBusy: () => waiting > 0,
    lastRun: (source) => listRuns(replica, jobOf(source), 1)[0] ?? null,
    cancel: () => current?.controller.abort(),
    async close() {
      closing.abort()
      await takeTurn(async () => undefined)
    },
  }
}

function jobOf({ link, id }: Pick<Source, 'link' | 'id'>): string {
  return `capture:${link}:${id}`
}

/** What the link tells of its progress goes on; as long as it tells nothing, the sink's own counts do. */
function reporters(running: { progress: Progress | null }, watch: Watch) {
  let isTold = false
  const pass = (progress: Progress) => {
    running.progress = progress
    watch.report?.(progress)
  }
  return {
    link(progress: Progress) {
      isTold = true
      pass(progress)
    },
    sink(progress: Progress) {
      if (!isTold) pass(progress)
    },
  }
}

/** @throws Problem at once when the source and that phone do not go together. */
function createBinding(replica: Replica, { source, phone: wanted }: CaptureOrder): Binding {
  let bound = findBoundPhone(replica, source, wanted)
  let binding: Promise<Bound> | undefined
  if (!bound) phoneFor(replica, source, wanted)
  return {
    current: () => bound,
    ensure() {
      if (bound) return Promise.resolve(bound)
      binding ??= replica.write((tx) => {
        const planned = phoneFor(tx, source, wanted)
        const phone =
          typeof planned === 'string'
            ? addCapturedPhone(tx, replica.world, planned, platformOf(source))
            : planned
        return { phone, source: bindSource(tx, source, phone.id) }
      })
      return binding.then((made) => {
        bound = made
        return made
      })
    },
  }
}

function findBoundPhone(replica: Replica, source: Source, wanted: string | undefined): Bound | undefined {
  const known = findBound(replica, source.link, source.id)
  if (!known) return undefined
  const phone = findPairedPhone(replica, known.phoneId)
  if (!phone) {
    throw new Problem(
      'not-found',
      `“${source.name}” belongs to a phone that was removed.`,
      'Pair that phone again, or forget the source and capture it anew.',
    )
  }
  if (wanted !== undefined && findPhone(replica, wanted)?.id !== phone.id) {
    throw new Problem(
      'already-exists',
      `“${source.name}” belongs to “${phone.name}” already.`,
      'To give it to another phone, forget it first: what it brought stays with its phone.',
    )
  }
  return { source: known, phone }
}

/** The phone that a source is to be bound to, or the name of the one to be made. */
function phoneFor(reader: Pick<Replica, 'statement'>, source: Source, wanted: string | undefined) {
  const name = wanted ?? usableName(source.name, 'Phone')
  const phone = findPhone(reader, name)
  if (!phone || phone.removedAt !== null) return name
  if (wanted !== undefined) return phone
  throw new Problem(
    'already-exists',
    `There is a phone called “${phone.name}” already.`,
    'Say that its data belongs there, or give it another name.',
  )
}

function platformOf({ link }: Source) {
  return link === 'cloud' ? 'other' : link
}

function stoppedAsAsked(cause: unknown): Problem {
  return new Problem(
    'cancelled',
    'Stopped, as asked.',
    'Start it again at any time; it goes on from where it was.',
    {
      cause,
    },
  )
}
