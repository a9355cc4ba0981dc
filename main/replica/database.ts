/** The replica's one SQLite database: opened by one process, durable at every commit, upgraded only after a checked copy. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Problem } from '../problem.ts'
import { migrate } from './migrations.ts'

/** A database with its prepared statements, made once per text. */
export interface Database {
  readonly raw: DatabaseSync
  statement(sql: string): StatementSync
  close(): void
}

/**
 * Opens (or makes) `sidekeep.db` in the folder and brings its schema up to date.
 * @throws Problem `data-in-use` when another process has it, `data-newer` when a newer Sidekeep wrote it,
 *   `data-damaged` when SQLite cannot read it.
 */
export function openDatabase(folder: string): Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'sidekeep.db')
  const raw = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 500 })
  try {
    // Exclusive mode makes the second process fail at its first read, and lets go by itself when a process is killed.
    raw.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    raw.exec('PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000')
    migrate(raw, folder)
  } catch (error) {
    raw.close()
    throw asProblem(error, path)
  }
  const statements = new Map<string, StatementSync>()
  return {
    raw,
    statement(sql) {
      const known = statements.get(sql)
      if (known) return known
      const made = raw.prepare(sql)
      statements.set(sql, made)
      return made
    },
    close() {
      statements.clear()
      raw.close()
    },
  }
}

function asProblem(error: unknown, path: string): unknown {
  const code = (error as { errcode?: number }).errcode
  if (code === 5 || code === 261) {
    return new Problem(
      'data-in-use',
      'Another Sidekeep already works with this data folder.',
      'Use that one, or close it and try again.',
      { cause: error },
    )
  }
  if (code === 11 || code === 26) {
    return new Problem(
      'data-damaged',
      `The index file ${path} is damaged.`,
      'Leave it as it is, and bring the data back from the vault into a new data folder.',
      { cause: error },
    )
  }
  return error
}
