/** One capture from end to end: bound to its phone, read through its link, and what is gone settled. */
import type { CaptureRequest, DataKind, Link, Source } from '../links/link.ts'
import { hasCounts, type Progress, type Watch } from '../progress.ts'
import type { Replica, Transaction } from '../replica/replica.ts'
import type { Cause } from '../schedule/records.ts'
import { createBinding } from './binding.ts'
import { linkOf } from './find-sources.ts'
import type { KeptSecrets } from './kept-secrets.ts'
import type { SourceRuns } from './runs.ts'
import { shareHeldBack } from './settle.ts'
import { type Brought, createSink } from './sink.ts'
import { forgetReset, noteCaptured, noteReset } from './sources.ts'

export interface CaptureOrder {
  source: Source
  /** Name of the phone that a source not yet bound belongs to, there or new; left out, a new one called as the source is. */
  phone?: string | undefined
  kinds: readonly DataKind[]
  secrets: CaptureRequest['secrets']
  /** The owner's word that all that is gone may go. */
  accept: boolean
  cause: Cause
  /** Its owner asked for this very capture and is there. */
  asked: boolean
}

export interface CaptureResult extends Brought {
  phone: string
  seconds: number
}

/** What captures and sends are done with. */
export interface CaptureTools {
  replica: Replica
  links: readonly Link[]
  runs: SourceRuns
  kept: KeptSecrets
  /** Keeps the newest backup from before a loss, whatever the rules say. */
  keepBefore(tx: Transaction): void
  log(message: string, error: unknown): void
}

/** Waits for what is on. @throws Problem as the link does, and when the source cannot be bound to that phone. */
export function captureSource(
  { replica, links, runs, keepBefore }: CaptureTools,
  order: CaptureOrder,
  watch: Watch,
): Promise<CaptureResult> {
  const { source, kinds, secrets, accept, cause, asked } = order
  return runs.run({ doing: 'capture', source, cause }, watch, async (watched, note) => {
    const startedAt = replica.world.now()
    const binding = createBinding(replica, source, order.phone)
    const report = reporters(watched)
    const sinkWatch = { ...watched, report: report.sink }
    const { sink, brought, settle } = createSink({ replica, binding, keepBefore, watch: sinkWatch })
    note(brought)
    const cursor = binding.current()?.source.cursor
    const request = { kinds, cursor, secrets, asked, ...(accept ? { accept } : {}) }
    const next = await linkOf(links, source).capture(source, request, sink, {
      ...watched,
      report: report.link,
    })
    await settle(kinds, accept)
    const { phone, source: bound } = await binding.ensure()
    const held = shareHeldBack(replica, bound)
    await replica.write((tx) => {
      noteCaptured(tx, bound.key, source.name, next)
      if (accept && held === 'none') forgetReset(tx, bound.key)
      // A device that does not tell of a reset is known by its emptiness alone.
      else if (bound.installation === null && held === 'all') noteReset(tx, bound.key)
      else if (bound.installation === null && held === 'none') forgetReset(tx, bound.key)
    })
    return { ...brought, phone: phone.name, seconds: (replica.world.now() - startedAt) / 1000 }
  })
}

/** What the link tells of its progress goes on; as long as it counts nothing, the sink's own counts do. */
function reporters({ report }: Watch) {
  let isCounted = false
  return {
    link(progress: Progress) {
      isCounted ||= hasCounts(progress)
      report?.(progress)
    },
    sink(progress: Progress) {
      if (!isCounted) report?.(progress)
    },
  }
}
