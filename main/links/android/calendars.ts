/** Captures a phone's calendars, those of all its accounts. */
import type { CapturedItem } from '../../replica/capture.ts'
import type { CaptureSink } from '../link.ts'
import { writeSeries } from './calendar-object.ts'
import { readCalendars, readDeletedOfOurs, type Series } from './calendar-rows.ts'
import type { ContentTool } from './content-tool.ts'

/**
 * Hands every calendar to the sink, together with what was written back of it. One that is switched off on the phone is passed over: its
 * events are in its account still, and what was captured of it stays. @throws Problem when calendars cannot be read.
 */
export async function captureCalendars(
  tool: ContentTool,
  phoneIdentity: string,
  sink: CaptureSink,
): Promise<void> {
  const calendars = await readCalendars(tool, phoneIdentity)
  const deleted = calendars.some(({ isOurs }) => isOurs) ? await readDeletedOfOurs(tool) : []
  const byId = Map.groupBy(calendars, ({ id }) => id)
  sink.listed('calendar', [...byId.keys()])
  for (const [id, parts] of byId) {
    // What is in a calendar itself goes before what came back into another.
    const [first = parts[0]!, ...others] = parts.toSorted(
      (a, b) => Number(a.isWrittenBack) - Number(b.isWrittenBack),
    )
    const series = others.reduce((all, part) => withMissing(all, part.series), first.series)
    if (first.isSwitchedOff && series.length === 0) continue
    const places = new Set(parts.map(({ rowId }) => rowId))
    const there = new Set(series.map(({ uid }) => uid))
    await sink.collection({
      ...{ kind: 'calendar', id, displayName: first.displayName, items: objects(series) },
      complete: !(first.isSwitchedOff || first.isWrittenBack),
      gone: () =>
        deleted
          .filter(({ calendarRowId, uid }) => places.has(calendarRowId) && !there.has(uid))
          .map(({ uid }) => uid),
    })
  }
}

function withMissing(all: readonly Series[], copies: readonly Series[]): Series[] {
  const there = new Set(all.map(({ uid }) => uid))
  return [...all, ...copies.filter(({ uid }) => !there.has(uid))]
}

async function* objects(all: readonly Series[]): AsyncGenerator<CapturedItem> {
  for (const series of all) {
    const bytes = writeSeries(series)
    if (bytes) yield { bytes, identity: series.uid }
  }
}
