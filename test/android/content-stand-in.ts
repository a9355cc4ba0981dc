/**
 * Stands in for Android's `content` program, on SQLite: it prints without escaping, prints NULL and BLOB, ends with 0 whatever
 * happened, and tells no ids of what it inserted, as the real one does.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Ran, Shell } from '../../main/links/android/shell.ts'
import {
  createTables,
  deleteRows,
  insertAllowed,
  insertRow,
  type Table,
  type Target,
  targetOf,
  updateRows,
  type Values,
} from './content-providers.ts'

export interface ContentStandIn {
  database: DatabaseSync
  shell: Shell
  /** Puts rows in as an app on the phone would. @returns the row's id. */
  add(table: Table, row: Values): number
  /** How often the program was started: each start costs a second on a real phone. */
  readonly starts: number
}

/** @param file of the database; in memory unless told. */
export function createContentStandIn(file = ':memory:'): ContentStandIn {
  const database = new DatabaseSync(file)
  // Whatever ends a test, nobody reads its phone again.
  database.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF')
  createTables(database)
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
    add: (table, row) => insertRow(database, table, row),
  }
}

function ran(stdout: string, stderr = '', exitCode = 0): Ran {
  return { stdout, stderr, exitCode }
}

const USAGE = 'usage: adb shell content [subcommand] [options]\n\n'

/** What the program does with its arguments. */
export function runContent(database: DatabaseSync, args: readonly string[]): Ran {
  const [command, ...rest] = args
  const options: Record<string, string> = {}
  const values: Values = {}
  for (let at = 0; at < rest.length; at += 2) {
    const [name, value] = [rest[at]!, rest[at + 1]]
    if (!name.startsWith('--') || value === undefined || value.startsWith('--')) {
      return ran(`${USAGE}[ERROR] Unsupported argument: ${name}\n`)
    }
    if (name === '--bind') {
      const binding = readBinding(value)
      if (!binding) return ran(`${USAGE}[ERROR] Binding not well formed: ${value}\n`)
      values[binding[0]] = binding[1]
    } else options[name] = value
  }
  const uri = options['--uri'] ?? ''
  // Of the provider of photos, only the call that has it look at files is there.
  if (command === 'call' && uri === 'content://media') {
    database.prepare('INSERT INTO scans VALUES (?, ?)').run(options['--method'] ?? '', options['--arg'] ?? '')
    return ran('Result: null\n')
  }
  try {
    const target = targetOf(uri)
    const where = [options['--where'], target.where].flatMap((part) => part ?? []).join(' AND ') || '1'
    switch (command) {
      case 'query':
        return ran(query(database, target, where, options))
      case 'insert':
        insertAllowed(database, target, values)
        return ran('')
      case 'update':
        updateRows(database, target, where, values)
        return ran('')
      case 'delete':
        deleteRows(database, target, where)
        return ran('')
      default:
        return ran(`[ERROR] Unsupported command: ${command}\n`)
    }
  } catch (error) {
    const said = (error as Error).message
    return ran(
      '',
      `Error while accessing provider:${uri}\njava.lang.IllegalArgumentException: ${said}\n\tat android.os.Parcel.createException(Parcel.java:2071)\n`,
    )
  }
}

function query(
  database: DatabaseSync,
  { table, isStrict }: Target,
  where: string,
  options: Record<string, string>,
): string {
  const projection = (options['--projection'] ?? '*').split(':')
  if (isStrict && projection.some((column) => !/^\w+$/.test(column)))
    throw new Error(`Invalid column ${projection}`)
  const sort = options['--sort'] ? ` ORDER BY ${options['--sort']}` : ''
  const statement = database.prepare(`SELECT ${projection.join()} FROM ${table} WHERE ${where}${sort}`)
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
function readBinding(text: string): [string, SQLInputValue] | null {
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
  if (parts.length !== 3) return null
  if (type === 'n') return [column, null]
  return [column, type === 's' ? value : Number(value)]
}
