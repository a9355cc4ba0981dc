/** The rows of Android's calendar provider (CalendarContract): calendars, events with their exceptions, reminders and attendees. */
import { hash } from 'node:crypto'
import type { Row } from './content-output.ts'
import type { ContentTool } from './content-tool.ts'
import { calendarFrom, HAS_EVENT_MARK, OUR_ACCOUNT } from './own-marks.ts'

export const CALENDAR = 'content://com.android.calendar'

export interface EventRow {
  id: number
  row: Row
  reminders: Row[]
  attendees: Row[]
}

/** An event and the occurrences of it that differ; without a master when only the occurrences are on the phone. */
export interface Series {
  uid: string
  master: EventRow | null
  exceptions: EventRow[]
}

export interface CalendarRows {
  /** Several calendars have the same when one was written back from the other. */
  id: string
  rowId: number
  /** The calendar was made by us, and an app on the phone may have changed it since. */
  isOurs: boolean
  /** It holds what we wrote back of another calendar, which may be a part of it only. */
  isWrittenBack: boolean
  displayName: string
  /** Switched off in the phone's calendar app: an account's events are then no longer on the phone. */
  isSwitchedOff: boolean
  series: Series[]
}

const EVENT_COLUMNS = {
  fixed: [
    ...['calendar_id', 'eventStatus', 'dtstart', 'dtend', 'allDay', 'accessLevel', 'availability'],
    ...['original_id', 'originalInstanceTime', 'originalAllDay'],
  ],
  texts: [
    ...['title', 'eventLocation', 'description', 'duration', 'eventTimezone', 'eventEndTimezone'],
    ...['rrule', 'rdate', 'exrule', 'exdate', 'original_sync_id', 'organizer', 'uid2445', '_sync_id'],
  ],
}

/**
 * All calendars of a phone's user. @param phoneIdentity sets events apart that have no other identity than their number.
 * @throws Problem when they cannot be read.
 */
export async function readCalendars(tool: ContentTool, phoneIdentity: string): Promise<CalendarRows[]> {
  const calendars = await tool.readAsHex(
    `${CALENDAR}/calendars`,
    {
      fixed: ['sync_events'],
      texts: ['account_type', 'account_name', '_sync_id', 'name', 'calendar_displayName'],
    },
    'deleted=0',
  )
  const events = await readEvents(tool, 'deleted=0')
  const eventsOf = Map.groupBy(events, ({ row }) => Number(row.calendar_id))
  return [...calendars].map(([rowId, calendar]) => {
    const place = [calendar.account_type ?? '', calendar.account_name ?? '']
    const isLocal = place[0] === OUR_ACCOUNT.account_type
    const isOurs = isLocal && place[1] === OUR_ACCOUNT.account_name
    const from = isOurs ? calendarFrom(calendar._sync_id ?? null) : null
    const id = from ?? [...place, calendar._sync_id || calendar.name || String(rowId)].join('/')
    return {
      ...{ id, rowId, isOurs, isWrittenBack: from !== null },
      displayName: calendar.calendar_displayName || calendar.name || 'Calendar',
      isSwitchedOff: calendar.sync_events === '0' && !isLocal,
      series: seriesOf(eventsOf.get(rowId) ?? [], id, phoneIdentity),
    }
  })
}

/** Events with their reminders and attendees, in the order of their numbers. @param where in SQL. */
export async function readEvents(tool: ContentTool, where: string): Promise<EventRow[]> {
  const rows = await tool.readAsHex(`${CALENDAR}/events`, EVENT_COLUMNS, where)
  const reminders = await tool.readAsHex(`${CALENDAR}/reminders`, {
    fixed: ['event_id', 'minutes', 'method'],
    texts: [],
  })
  const attendees = await tool.readAsHex(`${CALENDAR}/attendees`, {
    fixed: ['event_id', 'attendeeStatus', 'attendeeRelationship', 'attendeeType'],
    texts: ['attendeeName', 'attendeeEmail'],
  })
  const remindersOf = Map.groupBy(reminders.values(), ({ event_id }) => Number(event_id))
  const attendeesOf = Map.groupBy(attendees.values(), ({ event_id }) => Number(event_id))
  return [...rows].map(([id, row]) => ({
    ...{ id, row },
    reminders: remindersOf.get(id) ?? [],
    attendees: attendeesOf.get(id) ?? [],
  }))
}

/** A row that an app deleted of a calendar of ours, and that stays as a mark for an account that there is not. */
export interface DeletedEvent {
  calendarRowId: number
  mark: string
  uid: string
}

export async function readDeletedOfOurs(tool: ContentTool): Promise<DeletedEvent[]> {
  const columns = { fixed: ['calendar_id'], texts: ['_sync_id', 'uid2445'] }
  const rows = await tool.readAsHex(`${CALENDAR}/events`, columns, `deleted=1 AND ${HAS_EVENT_MARK}`)
  return [...rows.values()].map(({ calendar_id, _sync_id, uid2445 }) => ({
    ...{ calendarRowId: Number(calendar_id), mark: _sync_id ?? '', uid: uid2445 ?? '' },
  }))
}

function seriesOf(events: readonly EventRow[], calendar: string, phoneIdentity: string): Series[] {
  const byId = new Map<string, Series>()
  const bySyncId = new Map<string, Series>()
  const all: Series[] = []
  const isException = ({ row }: EventRow) => row.original_id !== null || row.original_sync_id !== null
  for (const event of events) {
    if (isException(event)) continue
    const series = { uid: uidOf(event, calendar, phoneIdentity), master: event, exceptions: [] }
    all.push(series)
    byId.set(String(event.id), series)
    if (event.row._sync_id) bySyncId.set(event.row._sync_id, series)
  }
  for (const event of events) {
    if (!isException(event)) continue
    const { original_id: id, original_sync_id: syncId } = event.row
    let series = byId.get(id ?? '') ?? bySyncId.get(syncId ?? '')
    if (!series) {
      series = {
        uid: event.row.uid2445 || identityOf([calendar, syncId ?? `${phoneIdentity}/${id}`]),
        master: null,
        exceptions: [],
      }
      all.push(series)
      if (id) byId.set(id, series)
      if (syncId) bySyncId.set(syncId, series)
    }
    series.exceptions.push(event)
  }
  return all
}

function uidOf({ id, row }: EventRow, calendar: string, phoneIdentity: string): string {
  return row.uid2445 || identityOf([calendar, row._sync_id || `${phoneIdentity}/${id}`])
}

function identityOf(parts: readonly string[]): string {
  return `android-${hash('sha256', JSON.stringify(parts)).slice(0, 32)}`
}
