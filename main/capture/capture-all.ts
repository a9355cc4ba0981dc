/** Captures that nobody asked for: of sources that belong to a phone, on the schedule and when they appear. */
import type { DataKind, Source } from '../links/link.ts'
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { findPairedPhone } from '../replica/phones.ts'
import type { Cause } from '../schedule/records.ts'
import { type CaptureTools, captureSource } from './captures.ts'
import { findBound } from './sources.ts'

/** Those of the sources that belong to a phone and can be read at this moment without asking anyone. */
export function readable({ replica, kept }: CaptureTools, sources: readonly Source[]): Source[] {
  return sources.filter((source) => {
    const bound = findBound(replica, source.link, source.id)
    if (!bound || !findPairedPhone(replica, bound.phoneId)) return false
    const { code } = source.state
    return code === 'ready' || (code === 'password-needed' && kept.names(source).length > 0)
  })
}

// An account is looked at only when it is captured: trying is the one way to see that all is well again.
const WORTH_A_TRY = new Set(['unreachable', 'held'])

/** Those, and the ones that may have become so since they were last asked. */
export function worthATry(tools: CaptureTools, sources: readonly Source[]): Source[] {
  return readable(
    tools,
    sources.map((source) =>
      WORTH_A_TRY.has(source.state.code) ? { ...source, state: { ...source.state, code: 'ready' } } : source,
    ),
  )
}

/** Captures one after the other. What fails is in its record and in the log, and the others go on. @throws Problem `cancelled`. */
export async function captureAll(
  tools: CaptureTools,
  sources: readonly Source[],
  cause: Cause,
  watch: Watch,
): Promise<void> {
  for (const source of sources) {
    stopIfAsked(watch)
    try {
      const secrets = await tools.kept.read(source)
      await captureSource(
        tools,
        { source, kinds: readableKinds(source), secrets, accept: false, cause, asked: false },
        watch,
      )
    } catch (error) {
      stopIfAsked(watch)
      if (!(error instanceof Problem && error.code === 'cancelled'))
        tools.log(`“${source.name}” could not be captured`, error)
    }
  }
}

/** The kinds of data that the source lets be read. */
export function readableKinds({ abilities }: Source): DataKind[] {
  return (['contacts', 'calendar', 'photos'] as const).filter((kind) => abilities[kind].read)
}
