/** The calendars of an iPhone: each event with its exceptions as one calendar object. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { writeCalendar } from '../../../formats/icalendar-writer.ts'
import type { CapturedItem } from '../../../replica/capture.ts'
import { columnsOf, groupRows, numberOf, type Row, readRows, textOf, timeOf } from '../rows.ts'
import { type Attached, ITEM_COLUMNS, TASK, type WrittenItem, writeItem } from './event.ts'
import { RECURRENCE_COLUMNS } from './recurrence.ts'

export interface PhoneCalendar {
  /** The same from capture to capture. */
  id: string
  displayName: string
  /** Every event in it can be read. */
  complete: boolean
  objects(): AsyncGenerator<CapturedItem>
}

type Missed = (what: string, reason: string) => void

// What comes from elsewhere by itself, or is made from the contacts.
const SUBSCRIBED = 4
const BIRTHDAYS = 5

/** The calendars that people fill; subscribed ones and birthdays are none. */
export function readCalendars(database: DatabaseSync, missed: Missed): PhoneCalendar[] {
  const stores = new Map(
    [...readRows(database, 'Store', ['ROWID', 'name', 'type'])].map((row) => [Number(row.ROWID), row]),
  )
  const columns = ['ROWID', 'store_id', 'title', 'UUID', 'external_id']
  return [...readRows(database, 'Calendar', columns)].flatMap((row) => {
    const store = stores.get(Number(row.store_id))
    if (store?.type === SUBSCRIBED || store?.type === BIRTHDAYS) return []
    const account = textOf(store?.name)
    const title = textOf(row.title).replace(/^DEFAULT_CALENDAR_NAME$/, '') || 'Calendar'
    const own = textOf(row.external_id) || textOf(row.UUID) || String(row.ROWID)
    return {
      id: `calendar:${account}/${own}`,
      displayName: account === '' || account === 'Default' ? title : `${title} (${account})`,
      complete: !hasUnreadable(database, Number(row.ROWID)),
      objects: () => readObjects(database, Number(row.ROWID), missed),
    }
  })
}

async function* readObjects(
  database: DatabaseSync,
  calendar: number,
  missed: Missed,
): AsyncGenerator<CapturedItem> {
  const attachedTo = readAttached(database)
  const items = [
    ...readRows(database, 'CalendarItem', ITEM_COLUMNS, 'WHERE calendar_id = ?', calendar),
  ].filter(isOurs)
  const masters = new Map(items.filter((row) => !isOccurrence(row)).map((row) => [Number(row.ROWID), row]))
  const occurrences = groupRows(items.filter(isOccurrence), 'orig_item_id')
  // What was changed of a series that is not there itself, as with an invitation to one day of it.
  const single = [...occurrences].filter(([master]) => !masters.has(Number(master))).map(([, rows]) => rows)
  const objects = [...masters.values()].map((row) => [row, ...(occurrences.get(row.ROWID!) ?? [])])
  for (const rows of [...objects, ...single]) {
    const uid = uidOf(rows[0]!)
    const overridden = new Set(rows.filter(isOccurrence).flatMap((row) => timeOf(row.orig_date) ?? []))
    const written: WrittenItem[] = []
    for (const row of rows) {
      // Its days are there without it.
      if (row.phantom_master === 1) continue
      const item = writeItem(row, uid, attachedTo(row), overridden, isOccurrence(row))
      if (item) written.push(item)
      else missed(`The event ${nameOf(row)}`, 'It has no start.')
      for (const reason of item?.unclear ?? []) missed(`The event ${nameOf(row)}`, reason)
    }
    if (written.length === 0) continue
    const lines = written.flatMap((item) => item.lines)
    const times = written.flatMap((item) => item.times)
    yield { bytes: writeCalendar(lines, times), identity: uid }
  }
}

/** Whether any event of the calendar has no start. */
function hasUnreadable(database: DatabaseSync, calendar: number): boolean {
  const rows = readRows(database, 'CalendarItem', ITEM_COLUMNS, 'WHERE calendar_id = ?', calendar)
  return [...rows].some((row) => isOurs(row) && row.entity_type !== TASK && timeOf(row.start_date) === null)
}

function isOurs(row: Row): boolean {
  return (numberOf(row.birthday_id) ?? 0) <= 0 && row.hidden !== 1
}

function isOccurrence(row: Row): boolean {
  return (numberOf(row.orig_item_id) ?? 0) > 0
}

function uidOf(row: Row): string {
  return textOf(row.unique_identifier) || textOf(row.UUID) || `iphone-item-${row.ROWID}`
}

function nameOf(row: Row): string {
  return `“${textOf(row.summary) || 'without a title'}”`
}

/** @returns what the other tables tell of an item. */
function readAttached(database: DatabaseSync): (row: Row) => Attached {
  const byOwner = (table: string, columns: string[], owner = 'owner_id') =>
    groupRows(readRows(database, table, [owner, ...columns]), owner)
  const byId = (table: string, columns: string[]) =>
    new Map<SQLOutputValue, Row>(
      [...readRows(database, table, ['ROWID', ...columns])].map((row) => [row.ROWID!, row]),
    )
  // Newer versions tell by the column's name what owns an alarm.
  const alarmOwner = columnsOf(database, 'Alarm').includes('calendaritem_owner_id')
    ? 'calendaritem_owner_id'
    : 'owner_id'
  const locations = byId('Location', ['title', 'address', 'latitude', 'longitude'])
  const identities = byId('Identity', ['display_name', 'address'])
  const recurrences = byOwner('Recurrence', RECURRENCE_COLUMNS.slice(1))
  const exceptionDates = byOwner('ExceptionDate', ['date'])
  const alarms = byOwner('Alarm', ['trigger_date', 'trigger_interval', 'proximity'], alarmOwner)
  const participants = byOwner('Participant', ['entity_type', 'identity_id', 'email', 'status', 'role'])
  return (row) => {
    const of = (groups: Map<SQLOutputValue, Row[]>) => groups.get(row.ROWID!) ?? []
    return {
      location: locations.get(row.location_id ?? null),
      recurrences: of(recurrences),
      exceptionDates: of(exceptionDates),
      alarms: of(alarms),
      participants: of(participants),
      identity: (id) => identities.get(id ?? null),
    }
  }
}
