/** Captures a phone's calendars, those of all its accounts. */
import type { CapturedItem } from '../../replica/capture.ts'
import type { CaptureSink } from '../link.ts'
import { writeSeries } from './calendar-object.ts'
import { readCalendars, type Series } from './calendar-rows.ts'
import type { ContentTool } from './content-tool.ts'

/**
 * Hands every calendar to the sink. One that is switched off on the phone is passed over: its events are in its account still, and
 * what was captured of it stays. @throws Problem when calendars cannot be read.
 */
export async function captureCalendars(
  tool: ContentTool,
  phoneIdentity: string,
  sink: CaptureSink,
): Promise<void> {
  const calendars = await readCalendars(tool, phoneIdentity)
  sink.listed(
    'calendar',
    calendars.map(({ id }) => id),
  )
  for (const { id, displayName, isSwitchedOff, series } of calendars) {
    if (isSwitchedOff && series.length === 0) continue
    await sink.collection({
      kind: 'calendar',
      id,
      displayName,
      items: objects(series),
      complete: !isSwitchedOff,
    })
  }
}

async function* objects(all: readonly Series[]): AsyncGenerator<CapturedItem> {
  for (const series of all) {
    const bytes = writeSeries(series)
    if (bytes) yield { bytes, identity: series.uid }
  }
}
