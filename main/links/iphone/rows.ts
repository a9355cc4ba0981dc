/** Reads tables of Apple's databases, whose columns come and go with the versions of iOS. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'

/** A row by the names that were asked for; a column that the table does not have is null. */
export type Row = Record<string, SQLOutputValue>

/** The columns of a table as it spells them; empty when there is no such table. */
export function columnsOf(database: DatabaseSync, table: string): string[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name))
}

/**
 * The rows of a table, one after another; none when there is no such table. `ROWID` may be asked for of any.
 * @param rest of the query, such as `WHERE owner_id = ?`; what it names has to be there.
 */
export function* readRows(
  database: DatabaseSync,
  table: string,
  columns: readonly string[],
  rest = '',
  ...values: SQLInputValue[]
): Generator<Row> {
  const present = new Map(columnsOf(database, table).map((name) => [name.toLowerCase(), name]))
  if (present.size === 0) return
  const selected = columns.map((column) => {
    const known = column === 'ROWID' ? 'ROWID' : present.get(column.toLowerCase())
    return known === undefined
      ? `NULL AS "${column}"`
      : `${known === 'ROWID' ? 'ROWID' : `"${known}"`} AS "${column}"`
  })
  yield* database.prepare(`SELECT ${selected.join(', ')} FROM "${table}" ${rest}`).iterate(...values)
}

/** The rows by one of their columns. */
export function groupRows(rows: Iterable<Row>, column: string): Map<SQLOutputValue, Row[]> {
  const groups = new Map<SQLOutputValue, Row[]>()
  for (const row of rows) {
    const group = groups.get(row[column]!)
    if (group) group.push(row)
    else groups.set(row[column]!, [row])
  }
  return groups
}

/** A value as text; '' for what is not there. */
export function textOf(value: SQLOutputValue | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** A value as a number, also when it is written as text; null for what is none. */
export function numberOf(value: SQLOutputValue | undefined): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : null
}

/** Seconds between 1970 and 2001, from where Apple counts. */
const EPOCH = 978_307_200

/** Apple's seconds since 2001 as milliseconds since 1970; null for what is no time. */
export function timeOf(value: SQLOutputValue | undefined): number | null {
  const seconds = numberOf(value)
  // Years beyond these have no text in any calendar, and the lowest number of 32 bits stands for no time.
  if (seconds === null || seconds < -6e10 || seconds > 2.5e11 || seconds === -(2 ** 31)) return null
  return Math.round((seconds + EPOCH) * 1000)
}
