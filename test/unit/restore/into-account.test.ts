/** What was captured elsewhere comes into the phone's own accounts: each once, where it fits, and undone when asked. */
import { expect, test } from 'vitest'
import { openMirror, storeCapture } from '../../../main/replica/capture.ts'
import { findCollection } from '../../../main/replica/collections.ts'
import { listItems } from '../../../main/replica/items.ts'
import { restore, undoRestore } from '../../../main/restore/restore.ts'
import { card } from '../replica/fixture.ts'
import { type TestRestore, testRestore } from './fixture.ts'

async function capture(
  { replica, phone }: TestRestore,
  kind: 'contacts' | 'calendar',
  name: string,
  texts: string[],
) {
  const mirror = await openMirror(replica, phone.id, kind, name, name)
  const items = async function* () {
    for (const text of texts) yield { bytes: Buffer.from(text) }
  }
  await storeCapture(replica, mirror, items(), { cause: 'test', complete: true })
}

const component = (kind: string, uid: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:${kind}\r\nUID:${uid}\r\nDTSTART:20261101T100000Z\r\nSUMMARY:${uid}\r\nEND:${kind}\r\nEND:VCALENDAR\r\n`

const into = (kept: TestRestore, at?: string) =>
  restore(kept.tools, { phone: kept.phone, at, mode: 'missing', scope: {}, intoAccount: true }, {})

test('contacts come into the first own book, without those that are there by UID, and once from several mirrors', async () => {
  const kept = await testRestore()
  await kept.putCard('ada.vcf', card('1', 'Ada as the phone has her'))
  await capture(kept, 'contacts', 'google', [card('1', 'Ada'), card('2', 'Bob')])
  await capture(kept, 'contacts', 'icloud', [card('2', 'Bob again'), card('3', 'Cleo')])
  const snapshot = await kept.snapshot()
  const { restore: id, detail } = await into(kept, snapshot)
  expect(detail).toMatchObject({ added: 2, failed: [], different: [] })
  expect(Object.values(kept.cards()).sort()).toEqual(
    [card('1', 'Ada as the phone has her'), card('2', 'Bob'), card('3', 'Cleo')].sort(),
  )
  expect((await into(kept, snapshot)).detail).toMatchObject({ added: 0, failed: [] })
  await undoRestore(kept.tools, kept.phone, id, {})
  expect(Object.keys(kept.cards())).toEqual(['ada.vcf'])
})

test('tasks come into the calendar for tasks, events into the one for events', async () => {
  const kept = await testRestore()
  const { replica, phone, calendar } = kept
  await capture(kept, 'calendar', 'work', [component('VEVENT', 'e'), component('VTODO', 't')])
  await kept.snapshot()
  expect((await into(kept)).detail).toMatchObject({ added: 2, failed: [] })
  const tasks = findCollection(replica, phone.id, 'calendar', 'tasks')!
  expect(listItems(replica, calendar.id).map(({ uid }) => uid)).toEqual(['e'])
  expect(listItems(replica, tasks.id).map(({ uid }) => uid)).toEqual(['t'])
})

test('chosen lists only, and never exactly', async () => {
  const kept = await testRestore()
  await capture(kept, 'contacts', 'google', [card('1', 'Ada')])
  await capture(kept, 'contacts', 'icloud', [card('2', 'Bob')])
  const at = await kept.snapshot()
  const request = { phone: kept.phone, at, scope: { collections: ['icloud'] }, intoAccount: true }
  await expect(restore(kept.tools, { ...request, mode: 'exact' }, {})).rejects.toMatchObject({
    code: 'bad-input',
  })
  expect((await restore(kept.tools, { ...request, mode: 'missing' }, {})).detail).toMatchObject({ added: 1 })
  expect(Object.values(kept.cards())).toEqual([card('2', 'Bob')])
})
