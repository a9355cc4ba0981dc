/** The index can be thrown away and made anew. */
import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Progress } from '../../../../main/progress.ts'
import { filePath } from '../../../../main/replica/files.ts'
import { rebuildIndex } from '../../../../main/replica/index/rebuild.ts'
import { findItem, listItems, removeItem } from '../../../../main/replica/items.ts'
import type { Replica } from '../../../../main/replica/replica.ts'
import { storeText } from '../../../../main/replica/store.ts'
import { card, testReplica } from '../fixture.ts'

const TABLES = ['contact_index', 'event_index', 'photo_index']

function index(replica: Replica) {
  return TABLES.map((table) => replica.statement(`SELECT * FROM ${table} ORDER BY seq`).all())
}

const EVENT =
  'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e1\r\nDTSTART:20260101T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'

test('from the bytes alone comes the same index, and nothing else changes', async () => {
  const { replica, book, calendar, library, putCard, putPhoto } = await testReplica()
  await Promise.all(Array.from({ length: 450 }, (_, n) => putCard(`${n}.vcf`, card(`u${n}`, `Name ${n}`))))
  await putCard('broken.vcf', 'BEGIN:VCARD\r\nNOTE:nobody\r\nEND:VCARD\r\n')
  await putCard('old.vcf', card('old', 'Old'))
  await putCard('old.vcf', card('old', 'New'))
  await replica.write((tx) => removeItem(tx, book.id, '7.vcf', 'test'))
  await storeText(replica, calendar, 'e1.ics', Buffer.from(EVENT), 'test')
  await putPhoto('2026/IMG_20190412_153045.jpg', Buffer.from('no photo'))
  const before = index(replica)
  const items = [book, calendar, library].map((collection) => listItems(replica, collection.id))
  await replica.write((tx) => {
    for (const table of TABLES) tx.statement(`DELETE FROM ${table}`).run()
    tx.statement(
      `UPDATE versions SET uid = NULL, kind = CASE kind WHEN 'event' THEN 'other' ELSE kind END`,
    ).run()
  })
  const seq = replica.lastSeq()

  const reports: Progress[] = []
  const counts = await rebuildIndex(replica, { report: (progress) => reports.push(progress) })

  expect(counts).toEqual({ contacts: 451, events: 1, files: 1, unreadable: 2 })
  expect(index(replica)).toEqual(before)
  expect([book, calendar, library].map((collection) => listItems(replica, collection.id))).toEqual(items)
  expect(replica.lastSeq()).toBe(seq)
  expect(reports.at(-1)).toMatchObject({ items: 453, itemsTotal: 453 })
})

test('a photo that is gone from the disk keeps its old entry', async () => {
  const { replica, library, putPhoto } = await testReplica()
  await putPhoto('IMG_20190412_153045.jpg', Buffer.from('no photo'))
  const before = index(replica)
  await rm(filePath(replica, findItem(replica, library.id, 'IMG_20190412_153045.jpg')!.fileId!))
  expect(await rebuildIndex(replica, {})).toMatchObject({ files: 1, unreadable: 1 })
  expect(index(replica)).toEqual(before)
})

test('stops when asked', async () => {
  const { replica, putCard } = await testReplica()
  await putCard('a.vcf', card('a', 'A'))
  await expect(rebuildIndex(replica, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'cancelled',
  })
})
