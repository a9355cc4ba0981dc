import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../main/replica/database.ts'
import { findItem } from '../../../main/replica/items.ts'
import { MIGRATIONS, migrate } from '../../../main/replica/migrations.ts'
import { openReplica } from '../../../main/replica/replica.ts'
import { realWorld } from '../../../main/world.ts'
import { card, temporaryFolder, testReplica } from './fixture.ts'

test('a second process on the same data hears so in plain words', async () => {
  const { folder } = await testReplica()
  const script = `
    const { openReplica } = await import('${new URL('../../../main/replica/replica.ts', import.meta.url)}')
    const { realWorld } = await import('${new URL('../../../main/world.ts', import.meta.url)}')
    try { openReplica(process.argv[1], realWorld) } catch (error) { console.log(JSON.stringify(error)) }`
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    folder,
  ])
  expect(JSON.parse(stdout)).toMatchObject({
    code: 'data-in-use',
    sentence: expect.stringContaining('Another Sidekeep'),
  })
})

test('entity tags and the epoch survive a restart', async () => {
  const { folder, replica, book, putCard } = await testReplica()
  await putCard('a.vcf', card('1', 'Ada'))
  const { epoch } = replica
  const before = findItem(replica, book.id, 'a.vcf')
  await replica.close()
  const again = openReplica(folder, realWorld)
  expect(again.epoch).toBe(epoch)
  expect(findItem(again, book.id, 'a.vcf')).toEqual(before)
  await again.close()
})

const NEXT = { name: 'a next step', sql: 'ALTER TABLE phones ADD COLUMN colour TEXT' }

test('data of an older version is copied and checked before a step is taken', async () => {
  const folder = await temporaryFolder()
  openDatabase(folder).close()
  const raw = new DatabaseSync(join(folder, 'sidekeep.db'))
  migrate(raw, folder, [...MIGRATIONS, NEXT])
  expect(raw.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length + 1 })
  raw.close()
  const copy = new DatabaseSync(join(folder, 'before-upgrade', `version-${MIGRATIONS.length}.db`), {
    readOnly: true,
  })
  expect(copy.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length })
  copy.close()
})

test('a step that fails leaves the data as it was, and the copy beside it', async () => {
  const folder = await temporaryFolder()
  openDatabase(folder).close()
  const raw = new DatabaseSync(join(folder, 'sidekeep.db'))
  const broken = { name: 'broken', sql: 'CREATE TABLE half (x); SELECT no_such_function()' }
  expect(() => migrate(raw, folder, [...MIGRATIONS, broken])).toThrow()
  expect(raw.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length })
  expect(raw.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'`).get()).toEqual({ n: 0 })
  raw.close()
  expect(existsSync(join(folder, 'before-upgrade'))).toBe(true)
})

test('data of a newer Sidekeep is left alone', async () => {
  const folder = await temporaryFolder()
  openDatabase(folder).close()
  const raw = new DatabaseSync(join(folder, 'sidekeep.db'))
  raw.exec('PRAGMA user_version = 99')
  raw.close()
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'data-newer' }))
})

test('a file that is no database is told as damage', async () => {
  const folder = await temporaryFolder()
  const { writeFile } = await import('node:fs/promises')
  await writeFile(join(folder, 'sidekeep.db'), Buffer.alloc(8192, 'not a database '))
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'data-damaged' }))
})
