/** Opens databases that were made for a test, and gathers what is read from them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import ICAL from 'ical.js'
import { afterAll } from 'vitest'
import type { CapturedItem } from '../../../main/replica/capture.ts'
import type { MadeDatabase } from '../../phone/iphone-backup.ts'

/** @returns what opens a made database; all are closed and removed after the tests of the file. */
export function opener(): (made: MadeDatabase) => DatabaseSync {
  const folder = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-rows-'))
  const open: DatabaseSync[] = []
  afterAll(() => {
    for (const database of open) database.close()
    rmSync(folder, { recursive: true })
  })
  return ({ main, wal }) => {
    const path = join(folder, `${open.length}.db`)
    writeFileSync(path, main)
    if (wal) writeFileSync(`${path}-wal`, wal)
    const database = new DatabaseSync(path)
    open.push(database)
    return database
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** The item as ical.js reads it. */
export function parsed(item: CapturedItem): ICAL.Component {
  return new ICAL.Component(ICAL.parse(Buffer.from(item.bytes).toString()))
}
