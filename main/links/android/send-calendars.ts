/**
 * Brings events back into calendars of our own on the phone, which need no account. What is on the phone already, in whatever
 * calendar, is left alone; an event of ours that is not whole, because a cable was pulled, is written anew.
 */
import type { Watch } from '../../progress.ts'
import type { SendReport, SentItem } from '../link.ts'
import { writeSeries } from './calendar-object.ts'
import {
  CALENDAR,
  type CalendarRows,
  type DeletedEvent,
  type EventRow,
  readCalendars,
  readDeletedOfOurs,
  readEvents,
  type Series,
} from './calendar-rows.ts'
import type { ContentTool } from './content-tool.ts'
import type { Step, Values } from './content-writer.ts'
import { type PlannedEvent, type PlannedSeries, planSeries } from './event-rows.ts'
import { calendarMark, OUR_ACCOUNT } from './own-marks.ts'
import type { Providers } from './providers.ts'
import { holdsEvent } from './same-event.ts'

interface Planned {
  item: SentItem
  series: PlannedSeries
  /** What is of it in our calendar, and not as it should be. */
  isReplaced: boolean
}

/** @throws Problem when calendars can be neither read nor written. */
export async function sendCalendars(
  phone: Omit<Providers, 'user'>,
  items: readonly SentItem[],
  { dryRun }: { dryRun: boolean },
  watch: Watch,
): Promise<SendReport> {
  const report: SendReport = { added: 0, changed: 0, unchanged: 0, failed: [], next: null }
  if (items.length === 0) return report
  const calendars = await readCalendars(phone.tool, phone.identity)
  const planned = plan(items, calendars, phone.zone, report)
  const failed = dryRun ? new Map<SentItem, string>() : await write(phone, planned, calendars, watch)
  for (const [{ name }, reason] of failed) report.failed.push({ name, reason })
  const done = planned.filter(({ item }) => !failed.has(item))
  for (const { isReplaced } of done) report[isReplaced ? 'changed' : 'added']++
  const partial = done
    .filter(({ series }) => series.leftOut.length > 0)
    .map(({ item: { name }, series }) => ({
      ...{ name, reason: `A phone’s calendar has no place for ${series.leftOut.join(', ')}.` },
    }))
  return partial.length > 0 ? { ...report, partial } : report
}

/** Counts what is there already and what cannot go. */
function plan(
  items: readonly SentItem[],
  calendars: readonly CalendarRows[],
  zone: string,
  report: SendReport,
): Planned[] {
  const present = new Map<string, { series: Series; isOurs: boolean }[]>()
  for (const { series, isOurs } of calendars) {
    for (const one of series) present.set(one.uid, [...(present.get(one.uid) ?? []), { series: one, isOurs }])
  }
  const planned: Planned[] = []
  const seen = new Set<string>()
  for (const item of items) {
    const series = planSeries(item.bytes, zone)
    const fail = (reason: string) => report.failed.push({ name: item.name, reason })
    if (typeof series === 'string') {
      fail(series)
      continue
    }
    const there = present.get(series.uid) ?? []
    const key = JSON.stringify([placeOf(item), series.uid])
    if (seen.has(key)) fail('Another entry of its calendar has the same identity.')
    else if (there.some((one) => isSame(one.series, series, item.bytes))) report.unchanged++
    else if (there.some(({ isOurs }) => !isOurs))
      fail('Another version of it is in a calendar of the phone, and was left as it is.')
    else planned.push({ item, series, isReplaced: there.length > 0 })
    seen.add(key)
  }
  return planned
}

function isSame(present: Series, wanted: PlannedSeries, bytes: Uint8Array): boolean {
  if (writeSeries(present)?.equals(bytes)) return true
  const rows = [...(present.master ? [present.master] : []), ...present.exceptions]
  return wanted.events.every((event) => rows.some((row) => holdsEvent(row, event)))
}

/** An item whose place on the phone is known. */
interface Placed extends Planned {
  calendarId: number
}

/** So many are whole on the phone before the next are begun: a pulled cable leaves few that are not. */
const AT_ONCE = 100

/** @returns why some are not there as they should be, by reading back. */
async function write(
  { tool, writer, identity }: Omit<Providers, 'user'>,
  planned: readonly Planned[],
  calendars: readonly CalendarRows[],
  watch: Watch,
): Promise<Map<SentItem, string>> {
  const failed = new Map<SentItem, string>()
  if (planned.length === 0) return failed
  const places = [...Map.groupBy(planned, ({ item }) => placeOf(item)).values()].map(([first]) => first!.item)
  const missing = places.filter((item) => !findOurs(calendars, item))
  const quietly: Watch = { signal: watch.signal }
  await writer.run(missing.map(calendarStep), quietly)
  const ours = missing.length > 0 ? await readCalendars(tool, identity) : calendars
  const placed = planned.flatMap((one): Placed[] => {
    const calendarId = findOurs(ours, one.item)?.rowId
    if (calendarId === undefined) failed.set(one.item, 'The phone made no calendar for it.')
    return calendarId === undefined ? [] : [{ ...one, calendarId }]
  })
  const deleted = await readDeletedOfOurs(tool)
  for (let at = 0; at < placed.length; at += AT_ONCE) {
    watch.report?.({
      ...{ phase: 'Sending events', items: at, itemsTotal: placed.length },
      ...{ bytes: 0, bytesTotal: null },
    })
    const some = placed.slice(at, at + AT_ONCE)
    for (const [item, reason] of await writeSome({ tool, writer }, some, deleted, quietly))
      failed.set(item, reason)
  }
  return failed
}

async function writeSome(
  { tool, writer }: Pick<Providers, 'tool' | 'writer'>,
  placed: readonly Placed[],
  deleted: readonly DeletedEvent[],
  watch: Watch,
): Promise<Map<SentItem, string>> {
  const failed = new Map<SentItem, string>()
  const steps = placed.flatMap((one) => stepsFor(one, deleted).map((step) => ({ item: one.item, step })))
  const said = await writer.run(
    steps.map(({ step }) => step),
    watch,
  )
  for (const [place, error] of said) failed.set(steps[place]!.item, `The phone says: ${error}`)
  const events = placed.flatMap(({ item, series, calendarId }) =>
    series.events.map((event) => ({ item, event, key: keyOf(calendarId, event.mark) })),
  )
  const marks = placed.map(({ series }) => series.mark)
  const written = await readMarked(tool, marks)
  const further = events.flatMap(({ key, event }) => furtherSteps(written.get(key)?.id, event))
  await writer.run(further, watch)
  const after = further.length > 0 ? await readMarked(tool, marks) : written
  for (const { item, event, key } of events) {
    const row = after.get(key)
    if (!(row && holdsEvent(row, event)) && !failed.has(item))
      failed.set(item, 'The phone did not keep all of it.')
  }
  return failed
}

/** An event before what differs of it, and before both what is in the way: an older state, or what an app deleted. */
function stepsFor({ series, isReplaced, calendarId }: Placed, deleted: readonly DeletedEvent[]): Step[] {
  const { mark, events } = series
  const isOld = (one: DeletedEvent) => one.calendarRowId === calendarId && one.mark.startsWith(mark)
  const where = `calendar_id=${calendarId} AND (_sync_id='${mark}' OR original_sync_id='${mark}')`
  const inserts = events.map(({ values }): Step => {
    return { command: 'insert', uri: uriOf('events'), values: { ...values, calendar_id: calendarId } }
  })
  if (!(isReplaced || deleted.some(isOld))) return inserts
  return [{ command: 'delete', uri: uriOf('events'), where }, ...inserts]
}

/** Events that we wrote, by calendar and mark. */
async function readMarked(tool: ContentTool, marks: readonly string[]): Promise<Map<string, EventRow>> {
  const list = marks.map((mark) => `'${mark}'`).join()
  const events = await readEvents(
    tool,
    `deleted=0 AND (_sync_id IN (${list}) OR original_sync_id IN (${list}))`,
  )
  return new Map(
    events.map((event) => [keyOf(Number(event.row.calendar_id), event.row._sync_id ?? ''), event]),
  )
}

function keyOf(calendarId: number, mark: string): string {
  return `${calendarId} ${mark}`
}

function placeOf({ collection }: SentItem): string {
  return calendarMark(collection.id, collection.displayName)
}

/** The calendar of ours that an item goes to. */
function findOurs(calendars: readonly CalendarRows[], { collection }: SentItem): CalendarRows | undefined {
  const { account_type, account_name } = OUR_ACCOUNT
  const named = [account_type, account_name, calendarMark(null, collection.displayName)].join('/')
  return calendars.find(({ isOurs, id }) => isOurs && id === (collection.id ?? named))
}

/** Only a sync adapter makes calendars and gives names to events; its URI says for which account it speaks. */
function uriOf(table: string): string {
  const query = new URLSearchParams({ caller_is_syncadapter: 'true', ...OUR_ACCOUNT })
  return `${CALENDAR}/${table}?${query}`
}

/** Calendars of phones have a colour; as Android writes it, with the opaque byte in front. */
const COLOUR = 0xff2b6cb0 - 2 ** 32
/** May be read, changed and shared by its owner (CalendarContract.CAL_ACCESS_OWNER). */
const OWNER = 700

function calendarStep({ collection }: SentItem): Step {
  const { displayName } = collection
  const values: Values = {
    ...OUR_ACCOUNT,
    _sync_id: calendarMark(collection.id, displayName),
    name: displayName,
    calendar_displayName: displayName,
    ...{ calendar_color: COLOUR, calendar_access_level: OWNER, visible: 1, sync_events: 1 },
    ownerAccount: OUR_ACCOUNT.account_name,
  }
  return { command: 'insert', uri: uriOf('calendars'), values }
}

function furtherSteps(eventId: number | undefined, { reminders, attendees }: PlannedEvent): Step[] {
  if (eventId === undefined) return []
  const insert = (table: string) => (values: Values) =>
    ({ command: 'insert', uri: uriOf(table), values: { event_id: eventId, ...values } }) as const
  return [...reminders.map(insert('reminders')), ...attendees.map(insert('attendees'))]
}
