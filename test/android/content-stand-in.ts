/**
 * Stands in for Android's `content` program and the providers behind it, on SQLite: it prints without escaping, prints NULL and BLOB,
 * ends with 0 whatever happened, and tells no ids of what it inserted, as the real one does. What a provider itself would refuse is
 * modelled for the rules that we rely on only.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Ran, Shell } from '../../main/links/android/shell.ts'

const COLUMNS = {
  raw_contacts:
    'account_name TEXT, account_type TEXT, sourceid TEXT, version INTEGER DEFAULT 1, deleted INTEGER DEFAULT 0, starred INTEGER DEFAULT 0',
  data: `raw_contact_id INTEGER, mimetype TEXT, is_primary INTEGER DEFAULT 0, is_super_primary INTEGER DEFAULT 0, ${Array.from({ length: 14 }, (_, n) => `data${n + 1} TEXT`).join(', ')}, data15 BLOB`,
  groups:
    'account_name TEXT, account_type TEXT, title TEXT, deleted INTEGER DEFAULT 0, auto_add INTEGER DEFAULT 0, sourceid TEXT',
  calendars:
    'account_name TEXT, account_type TEXT, _sync_id TEXT, name TEXT, calendar_displayName TEXT, calendar_color INTEGER, calendar_access_level INTEGER, visible INTEGER DEFAULT 1, sync_events INTEGER, calendar_timezone TEXT, ownerAccount TEXT, deleted INTEGER DEFAULT 0',
  events:
    'calendar_id INTEGER, title TEXT, eventLocation TEXT, description TEXT, eventStatus INTEGER, dtstart INTEGER, dtend INTEGER, duration TEXT, eventTimezone TEXT, eventEndTimezone TEXT, allDay INTEGER DEFAULT 0, accessLevel INTEGER DEFAULT 0, availability INTEGER DEFAULT 0, rrule TEXT, rdate TEXT, exrule TEXT, exdate TEXT, original_id INTEGER, original_sync_id TEXT, originalInstanceTime INTEGER, originalAllDay INTEGER, organizer TEXT, uid2445 TEXT, _sync_id TEXT, deleted INTEGER DEFAULT 0, dirty INTEGER DEFAULT 0',
  reminders: 'event_id INTEGER, minutes INTEGER, method INTEGER',
  attendees:
    'event_id INTEGER, attendeeName TEXT, attendeeEmail TEXT, attendeeStatus INTEGER, attendeeRelationship INTEGER, attendeeType INTEGER',
} as const

type Table = keyof typeof COLUMNS

export interface ContentStandIn {
  database: DatabaseSync
  shell: Shell
  /** Puts rows in as an app on the phone would. @returns the row's id. */
  add(table: Table, row: Record<string, SQLInputValue>): number
  /** How often the program was started: each start costs a second on a real phone. */
  readonly starts: number
}

/** @param file of the database; in memory unless told. */
export function createContentStandIn(file = ':memory:'): ContentStandIn {
  const database = new DatabaseSync(file)
  for (const [table, columns] of Object.entries(COLUMNS)) {
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (_id INTEGER PRIMARY KEY AUTOINCREMENT, ${columns})`)
  }
  let starts = 0
  return {
    database,
    get starts() {
      return starts
    },
    async shell([program, ...args]) {
      if (program !== 'content') return ran('', `${program}: inaccessible or not found\n`, 127)
      starts++
      return runContent(database, args)
    },
    add(table, row) {
      return insert(database, table, row)
    },
  }
}

function ran(stdout: string, stderr = '', exitCode = 0): Ran {
  return { stdout, stderr, exitCode }
}

function insert(database: DatabaseSync, table: Table, row: Record<string, SQLInputValue>): number {
  // At least one column has to be named; the number is made by SQLite.
  const names = ['_id', ...Object.keys(row)]
  const sql = `INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`
  return Number(database.prepare(sql).run(null, ...Object.values(row).map(whole)).lastInsertRowid)
}

// A number without a fraction is one of SQLite's whole numbers.
function whole(value: SQLInputValue): SQLInputValue {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}

/** What the program does with its arguments. */
export function runContent(database: DatabaseSync, args: readonly string[]): Ran {
  const [command, ...rest] = args
  const options: Record<string, string> = {}
  const binds: string[] = []
  for (let at = 0; at < rest.length; at += 2) {
    const [name, value] = [rest[at]!, rest[at + 1]]
    if (!name.startsWith('--') || value === undefined || value.startsWith('--')) {
      return ran(`usage: adb shell content [subcommand] [options]\n\n[ERROR] Unsupported argument: ${name}\n`)
    }
    if (name === '--bind') binds.push(value)
    else options[name] = value
  }
  try {
    const table = tableOf(options['--uri'] ?? '')
    const where = options['--where'] ? ` WHERE ${options['--where']}` : ''
    if (command === 'query') return ran(query(database, table, where, options))
    if (command === 'delete') database.exec(`DELETE FROM ${table}${where}`)
    else if (command === 'insert') insert(database, table, Object.fromEntries(binds.map(readBinding)))
    else if (command === 'update') {
      const values = binds.map(readBinding)
      const set = values.map(([column]) => `${column}=?`).join()
      database.prepare(`UPDATE ${table} SET ${set}${where}`).run(...values.map(([, value]) => whole(value)))
    } else return ran(`[ERROR] Unsupported command: ${command}\n`)
    return ran('')
  } catch (error) {
    const [uri, said] = [options['--uri'], (error as Error).message]
    return ran(
      '',
      `Error while accessing provider:${uri}\njava.lang.IllegalArgumentException: ${said}\n\tat android.os.Parcel.createException(Parcel.java:2071)\n`,
    )
  }
}

function tableOf(uri: string): Table {
  const [, table] = /^content:\/\/com\.android\.(?:contacts|calendar)\/(\w+)(?:\?.*)?$/.exec(uri) ?? []
  if (!table || !(table in COLUMNS)) throw new Error(`Unknown URI ${uri}`)
  return table as Table
}

function query(database: DatabaseSync, table: Table, where: string, options: Record<string, string>): string {
  const projection = (options['--projection'] ?? '*').split(':')
  // The calendar's provider takes any projection; that of contacts knows its columns.
  const isStrict = !options['--uri']!.includes('calendar')
  if (isStrict && projection.some((column) => !/^\w+$/.test(column)))
    throw new Error(`Invalid column ${projection}`)
  const sort = options['--sort'] ? ` ORDER BY ${options['--sort']}` : ''
  const statement = database.prepare(`SELECT ${projection.join()} FROM ${table}${where}${sort}`)
  const rows = statement.all().map((row, n) => {
    const values = Object.entries(row).map(([column, value]) => `${column}=${printed(value)}`)
    return `Row: ${n} ${values.join(', ')}\n`
  })
  return rows.length === 0 ? 'No result found.\n' : rows.join('')
}

function printed(value: unknown): string {
  if (value === null) return 'NULL'
  return value instanceof Uint8Array ? 'BLOB' : String(value)
}

/** `column:type:value`, with a backslash in front of colons and backslashes that belong to a part. */
function readBinding(text: string): [string, SQLInputValue] {
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && /[\\:]/.test(text[at + 1] ?? '')) part += text[++at]
    else if (text[at] !== ':') part += text[at]
    else {
      parts.push(part)
      part = ''
    }
  }
  parts.push(part)
  const [column = '', type = '', value = ''] = parts
  if (parts.length !== 3) throw new Error('Binding not well formed')
  if (type === 'n') return [column, null]
  return [column, type === 's' ? value : Number(value)]
}
