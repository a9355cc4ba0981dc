/** The stand-ins of a phone behave as the tools and providers do that they stand for, where a reader or writer could stumble. */
import { expect, test } from 'vitest'
import { dropStrangers } from '../../../android/content-providers.ts'
import { createContentStandIn, runContent } from '../../../android/content-stand-in.ts'

const CONTACTS = 'content://com.android.contacts'
const CALENDAR = 'content://com.android.calendar'
const AS_SYNC = '?caller_is_syncadapter=true&account_name=a&account_type=LOCAL'

function start() {
  const { database, add } = createContentStandIn()
  const content = (...args: string[]) => runContent(database, args)
  const insert = (uri: string, ...binds: string[]) =>
    content('insert', '--uri', uri, ...binds.flatMap((bind) => ['--bind', bind]))
  const query = (uri: string, projection: string, ...more: string[]) =>
    content('query', '--uri', uri, '--projection', projection, ...more)
  return { database, add, content, insert, query }
}

test('what a query prints is not escaped, and NULL and pictures are words', () => {
  const { add, query } = start()
  const text = 'a, data2=b\nRow: 1 _id=9, data1=c'
  add('data', { raw_contact_id: 1, mimetype: 'x', data1: text, data15: Buffer.from('jpeg') })
  expect(query(`${CONTACTS}/data`, '_id:data1:data2:data15').stdout).toBe(
    `Row: 0 _id=1, data1=${text}, data2=NULL, data15=BLOB\n`,
  )
  expect(query(`${CONTACTS}/groups`, '_id').stdout).toBe('No result found.\n')
})

test('a failure is told in words alone, and what is inserted is not told at all', () => {
  const { insert, query } = start()
  expect(insert(`${CONTACTS}/raw_contacts`, 'sourceid:s:7')).toEqual({ stdout: '', stderr: '', exitCode: 0 })
  for (const failed of [
    query(`${CONTACTS}/nothing`, '_id'),
    query(`${CONTACTS}/data`, 'hex(data1)'),
    query(`${CONTACTS}/data`, 'colour'),
    insert(`${CONTACTS}/data`, 'mimetype:s:x'),
  ]) {
    expect(failed).toMatchObject({ stdout: '', exitCode: 0 })
    expect(failed.stderr).toMatch(/^Error while accessing provider:content:.*\njava\./)
  }
})

test('a binding has three parts, in which colons are escaped', () => {
  const { insert, query } = start()
  expect(insert(`${CONTACTS}/groups`, 'title:s:a:b').stdout).toContain('[ERROR] Binding not well formed')
  insert(`${CONTACTS}/groups`, String.raw`title:s:a\:b\\c`)
  expect(query(`${CONTACTS}/groups`, 'title').stdout).toBe('Row: 0 title=a:b\\c\n')
})

test('calendars and their marks are for sync adapters, and events for all keep the rules', () => {
  const { insert, query } = start()
  const refused = (...binds: string[]) => insert(`${CALENDAR}/events`, ...binds).stderr
  expect(insert(`${CALENDAR}/calendars`, 'name:s:x').stderr).toContain('Only sync adapters')
  expect(insert(`${CALENDAR}/calendars?caller_is_syncadapter=true`, 'name:s:x').stderr).toContain('account')
  expect(insert(`${CALENDAR}/calendars${AS_SYNC}&limit=1`, 'name:s:x').stderr).toContain('limit')
  expect(insert(`${CALENDAR}/calendars${AS_SYNC}`, 'name:s:x').stderr).toBe('')
  const event = ['calendar_id:i:1', 'dtstart:l:1700000000000', 'eventTimezone:s:UTC']
  expect(refused(...event)).toContain('exactly one of')
  expect(refused(...event, 'dtend:l:1700000000001', 'duration:s:P1D')).toContain('exactly one of')
  expect(refused(...event, 'dtend:l:1700000000001', '_sync_id:s:x')).toContain('Only sync adapters')
  expect(refused(...event, 'dtend:l:1700000000001')).toBe('')
  // The calendar's provider takes expressions, which tell texts apart.
  expect(query(`${CALENDAR}/calendars`, 'hex(name) AS h:typeof(_sync_id) AS t').stdout).toBe(
    'Row: 0 h=78, t=null\n',
  )
})

test('what an account has yet to hear of is marked, what it does not know is dropped', () => {
  const { database, add, content, query } = start()
  const [own, synced] = [{}, { account_type: 'com.google', account_name: 'a' }].map((account) =>
    add('raw_contacts', account),
  )
  add('calendars', { account_type: 'LOCAL', account_name: 'a' })
  add('calendars', { account_type: 'com.gone', account_name: 'a' })
  content('delete', '--uri', `${CONTACTS}/raw_contacts`, '--where', `_id IN (${own},${synced})`)
  expect(query(`${CONTACTS}/raw_contacts`, '_id:deleted').stdout).toBe(`Row: 0 _id=${synced}, deleted=1\n`)
  dropStrangers(database, [])
  expect(query(`${CONTACTS}/raw_contacts`, '_id').stdout).toBe('No result found.\n')
  expect(query(`${CALENDAR}/calendars`, 'account_type').stdout).toBe('Row: 0 account_type=LOCAL\n')
})
