/**
 * Android's providers of contacts and calendars, on SQLite: of what they refuse and do by themselves, the rules that we rely on or have
 * to get round are modelled (ContactsProvider2 and CalendarProvider2 of AOSP).
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

const COLUMNS = {
  raw_contacts:
    'account_name TEXT, account_type TEXT, sourceid TEXT, version INTEGER DEFAULT 1, deleted INTEGER DEFAULT 0, starred INTEGER DEFAULT 0',
  data: `raw_contact_id INTEGER, mimetype TEXT, is_primary INTEGER DEFAULT 0, is_super_primary INTEGER DEFAULT 0, ${Array.from({ length: 14 }, (_, n) => `data${n + 1} TEXT`).join(', ')}, data15 BLOB`,
  groups:
    'account_name TEXT, account_type TEXT, title TEXT, deleted INTEGER DEFAULT 0, auto_add INTEGER DEFAULT 0, group_visible INTEGER DEFAULT 0, sourceid TEXT',
  calendars:
    'account_name TEXT, account_type TEXT, _sync_id TEXT, name TEXT, calendar_displayName TEXT, calendar_color INTEGER, calendar_access_level INTEGER, visible INTEGER DEFAULT 1, sync_events INTEGER, calendar_timezone TEXT, ownerAccount TEXT, deleted INTEGER DEFAULT 0',
  events:
    'calendar_id INTEGER, title TEXT, eventLocation TEXT, description TEXT, eventStatus INTEGER, dtstart INTEGER, dtend INTEGER, duration TEXT, eventTimezone TEXT, eventEndTimezone TEXT, allDay INTEGER DEFAULT 0, accessLevel INTEGER DEFAULT 0, availability INTEGER DEFAULT 0, hasAlarm INTEGER DEFAULT 0, rrule TEXT, rdate TEXT, exrule TEXT, exdate TEXT, original_id INTEGER, original_sync_id TEXT, originalInstanceTime INTEGER, originalAllDay INTEGER, organizer TEXT, uid2445 TEXT, _sync_id TEXT, deleted INTEGER DEFAULT 0, dirty INTEGER DEFAULT 0',
  reminders: 'event_id INTEGER, minutes INTEGER, method INTEGER',
  attendees:
    'event_id INTEGER, attendeeName TEXT, attendeeEmail TEXT, attendeeStatus INTEGER, attendeeRelationship INTEGER, attendeeType INTEGER',
  extendedproperties: 'event_id INTEGER, name TEXT, value TEXT',
} as const

const CONTACTS_TABLES = new Set(['raw_contacts', 'data', 'groups'])

export type Table = keyof typeof COLUMNS
export type Values = Record<string, SQLInputValue>

export function createTables(database: DatabaseSync): void {
  for (const [table, columns] of Object.entries(COLUMNS)) {
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (_id INTEGER PRIMARY KEY AUTOINCREMENT, ${columns})`)
  }
  // What the provider of photos was asked to look at.
  database.exec(`CREATE TABLE IF NOT EXISTS scans (method TEXT, arg TEXT);
    CREATE INDEX IF NOT EXISTS data_of ON data (raw_contact_id);
    CREATE INDEX IF NOT EXISTS raw_contacts_by ON raw_contacts (sourceid);
    CREATE INDEX IF NOT EXISTS events_by ON events (_sync_id);
    CREATE INDEX IF NOT EXISTS reminders_of ON reminders (event_id);
    CREATE INDEX IF NOT EXISTS attendees_of ON attendees (event_id)`)
}

/** Empties all tables and counts ids from 1 again, as a reset does. */
export function clearTables(database: DatabaseSync): void {
  for (const table of Object.keys(COLUMNS)) database.exec(`DELETE FROM ${table}`)
  database.exec('DELETE FROM sqlite_sequence')
}

/** What a URI of the two providers is about. */
export interface Target {
  table: Table
  /** Condition of a URI that ends with an id. */
  where: string | null
  isStrict: boolean
  isSyncAdapter: boolean
}

const URI = /^content:\/\/com\.android\.(contacts|calendar)\/(\w+)(?:\/(\d+))?(?:\?(.*))?$/
const PARAMETERS = new Set(['caller_is_syncadapter', 'account_name', 'account_type'])

/** @throws what the program prints for a URI that no provider takes. */
export function targetOf(uri: string): Target {
  const [, authority, table, id, query] = URI.exec(uri) ?? []
  if (!table || !(table in COLUMNS) || CONTACTS_TABLES.has(table) !== (authority === 'contacts')) {
    throw new Error(`Unknown URI ${uri}`)
  }
  const parameters = new URLSearchParams(query)
  const isSyncAdapter = ['1', 'true'].includes(parameters.get('caller_is_syncadapter') ?? '')
  if (authority === 'calendar') {
    for (const name of parameters.keys())
      if (!PARAMETERS.has(name)) throw new Error(`Invalid URI parameter ${name}`)
    if (isSyncAdapter && !(parameters.get('account_name') && parameters.get('account_type'))) {
      throw new Error('Must specify both account_name and account_type')
    }
  }
  const where = id === undefined ? null : `_id=${id}`
  // The calendar's provider takes any projection; that of contacts knows its columns.
  return { table: table as Table, where, isStrict: authority === 'contacts', isSyncAdapter }
}

/** What an app or a sync adapter may insert. @throws the provider's refusal. */
export function insertAllowed(
  database: DatabaseSync,
  { table, isSyncAdapter }: Target,
  values: Values,
): number {
  const need = (column: string, sentence: string) => {
    if (values[column] === undefined || values[column] === null) throw new Error(sentence)
  }
  switch (table) {
    case 'data':
      need('raw_contact_id', 'raw_contact_id is required')
      need('mimetype', 'mimetype is required')
      bumpVersion(database, `_id=${Number(values.raw_contact_id)}`)
      break
    case 'calendars':
    case 'extendedproperties':
      if (!isSyncAdapter)
        throw new Error(`Only sync adapters may write using content://com.android.calendar/${table}`)
      break
    case 'events':
      need('calendar_id', 'Event values must include a calendar_id')
      need('dtstart', 'DTSTART field missing from event')
      if (!isSyncAdapter) checkEvent(values)
      return insertEvent(database, { ...values, ...(isSyncAdapter ? {} : { dirty: 1 }) })
    case 'reminders':
    case 'attendees':
      need('event_id', `${table} values must include an event_id`)
      break
    default:
      if (Object.keys(values).length === 0) throw new Error('Empty values')
      return insertRow(database, table, withAccount(values))
  }
  return insertRow(database, table, values)
}

/** An empty account is none: the row lies on the phone alone. */
function withAccount(values: Values): Values {
  return { ...values, account_name: values.account_name || null, account_type: values.account_type || null }
}

function checkEvent(values: Values): void {
  if (values.eventTimezone == null) throw new Error('Event values must include an eventTimezone')
  if ((values.dtend == null) === (values.duration == null)) {
    throw new Error('Event must have exactly one of DTEND and DURATION')
  }
  for (const column of ['_sync_id', 'dirty', 'deleted', 'original_sync_id']) {
    if (values[column] !== undefined) throw new Error(`Only sync adapters may write to ${column}`)
  }
}

/** Exceptions know their event by both its names, as soon as each is there. */
function insertEvent(database: DatabaseSync, values: Values): number {
  const master = database
    .prepare('SELECT _id, _sync_id FROM events WHERE (_sync_id=? OR _id=?) AND calendar_id=?')
    .get(values.original_sync_id ?? null, values.original_id ?? null, values.calendar_id!)
  const names = master ? { original_id: master._id!, original_sync_id: master._sync_id! } : {}
  return insertRow(database, 'events', { ...values, ...names })
}

export function deleteRows(database: DatabaseSync, { table, isSyncAdapter }: Target, where: string): void {
  const ids = database
    .prepare(`SELECT _id FROM ${table} WHERE ${where}`)
    .all()
    .map(({ _id }) => Number(_id))
  if (ids.length === 0) return
  const those = `(${ids.join()})`
  if (table === 'data')
    bumpVersion(database, `_id IN (SELECT raw_contact_id FROM data WHERE _id IN ${those})`)
  if (table === 'calendars') {
    database.exec(`DELETE FROM events WHERE calendar_id IN ${those}`)
  } else if (table === 'raw_contacts' && !isSyncAdapter) {
    // Its account has yet to hear of it; what lies on the phone alone is gone at once.
    database.exec(
      `UPDATE raw_contacts SET deleted=1, version=version+1 WHERE _id IN ${those} AND account_type IS NOT NULL`,
    )
  } else if (table === 'events' && !isSyncAdapter) {
    database.exec(`UPDATE events SET deleted=1, dirty=1 WHERE _id IN ${those} AND _sync_id IS NOT NULL`)
  }
  const isMarked = !isSyncAdapter && (table === 'raw_contacts' || table === 'events') ? ' AND deleted=0' : ''
  database.exec(`DELETE FROM ${table} WHERE _id IN ${those}${isMarked}`)
  database.exec(`DELETE FROM data WHERE raw_contact_id NOT IN (SELECT _id FROM raw_contacts);
    DELETE FROM reminders WHERE event_id NOT IN (SELECT _id FROM events);
    DELETE FROM attendees WHERE event_id NOT IN (SELECT _id FROM events)`)
}

export function updateRows(database: DatabaseSync, { table }: Target, where: string, values: Values): void {
  const set = Object.keys(values)
    .map((column) => `${column}=?`)
    .join()
  if (table === 'data') bumpVersion(database, `_id IN (SELECT raw_contact_id FROM data WHERE ${where})`)
  if (table === 'raw_contacts') bumpVersion(database, where)
  database.prepare(`UPDATE ${table} SET ${set} WHERE ${where}`).run(...Object.values(values).map(whole))
}

/** What providers do when accounts change: rows of accounts that are not on the phone are taken away. */
export function dropStrangers(database: DatabaseSync, accounts: readonly string[]): void {
  const known = accounts.map((type) => `'${type}'`).join()
  const contacts: Target = { table: 'raw_contacts', where: null, isStrict: true, isSyncAdapter: true }
  deleteRows(database, contacts, `account_type IS NOT NULL AND account_type NOT IN (${known})`)
  const calendars: Target = { table: 'calendars', where: null, isStrict: false, isSyncAdapter: true }
  deleteRows(database, calendars, `account_type<>'LOCAL' AND account_type NOT IN (${known})`)
}

function bumpVersion(database: DatabaseSync, where: string): void {
  database.exec(`UPDATE raw_contacts SET version=version+1 WHERE ${where}`)
}

/** Puts a row in as it is. @returns its id. */
export function insertRow(database: DatabaseSync, table: Table, row: Values): number {
  // At least one column has to be named; the number is made by SQLite.
  const names = ['_id', ...Object.keys(row)]
  const sql = `INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`
  return Number(database.prepare(sql).run(null, ...Object.values(row).map(whole)).lastInsertRowid)
}

// A number without a fraction is one of SQLite's whole numbers.
function whole(value: SQLInputValue): SQLInputValue {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}
