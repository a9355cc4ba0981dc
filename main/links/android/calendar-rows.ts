/** The rows of Android's calendar provider (CalendarContract): calendars, events with their exceptions, reminders and attendees. */
import { hash } from 'node:crypto'
import type { Row } from './content-output.ts'
import type { ContentTool } from './content-tool.ts'

export const CALENDAR = 'content://com.android.calendar'

export interface EventRow {
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
  id: string
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
  const rows = await tool.readAsHex(`${CALENDAR}/events`, EVENT_COLUMNS, 'deleted=0')
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
  const events = [...rows].map(([id, row]) => ({
    id,
    row,
    reminders: remindersOf.get(id) ?? [],
    attendees: attendeesOf.get(id) ?? [],
  }))
  const eventsOf = Map.groupBy(events, ({ row }) => Number(row.calendar_id))
  return [...calendars].map(([id, calendar]) => {
    const place = [calendar.account_type ?? '', calendar.account_name ?? '']
    const key = [...place, calendar._sync_id || calendar.name || String(id)].join('/')
    const isLocal = place[0] === 'LOCAL'
    return {
      id: key,
      displayName: calendar.calendar_displayName || calendar.name || 'Calendar',
      isSwitchedOff: calendar.sync_events === '0' && !isLocal,
      series: seriesOf(eventsOf.get(id) ?? [], key, phoneIdentity),
    }
  })
}

type NumberedEvent = EventRow & { id: number }

function seriesOf(events: readonly NumberedEvent[], calendar: string, phoneIdentity: string): Series[] {
  const byId = new Map<string, Series>()
  const bySyncId = new Map<string, Series>()
  const all: Series[] = []
  const isException = ({ row }: NumberedEvent) => row.original_id !== null || row.original_sync_id !== null
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
        uid: identityOf([calendar, syncId ?? `${phoneIdentity}/${id}`]),
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

function uidOf({ id, row }: NumberedEvent, calendar: string, phoneIdentity: string): string {
  return row.uid2445 || identityOf([calendar, row._sync_id || `${phoneIdentity}/${id}`])
}

function identityOf(parts: readonly string[]): string {
  return `android-${hash('sha256', JSON.stringify(parts)).slice(0, 32)}`
}
