/** A window's view of the replica: however it is filled and followed, it ends with what is there. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCollection, deleteCollection, findCollection } from '../../../main/replica/collections.ts'
import { moveItem } from '../../../main/replica/copy.ts'
import { type Item, listItems, removeItem } from '../../../main/replica/items.ts'
import { storeText } from '../../../main/replica/store.ts'
import {
  countView,
  listViewCollections,
  pageOfDeleted,
  pageOfView,
  viewChanges,
} from '../../../main/replica/view.ts'
import {
  contactRowSchema,
  eventRowSchema,
  type PagePlace,
  photoRowSchema,
  type ViewTable,
} from '../../../preload/view.ts'
import { card, type TestReplica, testReplica } from './fixture.ts'

const EVENT = (uid: string, day: string) =>
  `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nSUMMARY:Day ${day}\r\nDTSTART:202601${day}T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

/** All rows of a table, read in pages of a few. */
function readAll(page: typeof pageOfView, reader: TestReplica['replica'], table: ViewTable, most = 3) {
  const rows = []
  let next: PagePlace | null = null
  do {
    const one = page(reader, table, next, most)
    rows.push(...one.rows[table])
    next = one.next
  } while (next)
  return rows
}

test('contacts come by name, events and photos newest first, page by page', async () => {
  const { replica, calendar, putCard, putPhoto } = await testReplica()
  for (const name of ['Cy', 'ada', 'Bo', 'ada', 'Eve', 'Di'])
    await putCard(`${Math.random()}.vcf`, card('', name))
  for (const day of ['03', '01', '02'])
    await storeText(replica, calendar, `${day}.ics`, Buffer.from(EVENT(day, day)), 'test')
  for (const year of ['2019', '2021', '2020']) await putPhoto(`IMG_${year}0412_153045.jpg`, Buffer.from(year))

  const contacts = readAll(pageOfView, replica, 'contacts')
  expect(contacts.map((row) => contactRowSchema.parse(row).title)).toEqual([
    'ada',
    'ada',
    'Bo',
    'Cy',
    'Di',
    'Eve',
  ])
  const events = readAll(pageOfView, replica, 'events')
  expect(events.map((row) => eventRowSchema.parse(row).title)).toEqual(['Day 02', 'Day 01', 'Day 03'])
  const photos = readAll(pageOfView, replica, 'photos', 1)
  expect(photos.map((row) => new Date(photoRowSchema.parse(row).takenAt).getUTCFullYear())).toEqual([
    2021, 2020, 2019,
  ])
  expect(countView(replica)).toEqual({ contacts: 6, events: 3, photos: 3 })
})

test('what no reader understands is there by its name', async () => {
  const { replica, putCard } = await testReplica()
  await putCard('odd.vcf', 'BEGIN:VCARD\r\nNOTE:nobody\r\nEND:VCARD\r\n')
  expect(readAll(pageOfView, replica, 'contacts')).toMatchObject([
    { name: 'odd.vcf', title: '', readable: false },
  ])
})

test('what was deleted is listed newest first, with what was known of it; what only moved is not', async () => {
  const { replica, book, putCard } = await testReplica()
  for (const name of ['a', 'b', 'c', 'd']) await putCard(`${name}.vcf`, card(name, name))
  for (const name of ['b', 'a']) await replica.write((tx) => removeItem(tx, book.id, `${name}.vcf`, 'test'))
  const from = { collectionId: book.id, name: 'c.vcf' }
  await replica.write((tx) => moveItem(tx, from, { ...from, name: 'e.vcf' }, 'test'))

  const deleted = readAll(pageOfDeleted, replica, 'contacts', 1)
  expect(deleted.map((row) => contactRowSchema.parse(row).title)).toEqual(['a', 'b'])
  expect(deleted.every(({ deletedAt }) => deletedAt !== null)).toBe(true)
  await putCard('a.vcf', card('a', 'again'))
  expect(readAll(pageOfDeleted, replica, 'contacts')).toMatchObject([{ title: 'b' }])
})

test('a deleted collection is in the view no more', async () => {
  const { replica, phone, book, putCard } = await testReplica()
  await putCard('a.vcf', card('a', 'a'))
  await replica.write((tx) => deleteCollection(tx, book.id))
  expect(listViewCollections(replica).some(({ id }) => id === book.id)).toBe(false)
  expect(readAll(pageOfView, replica, 'contacts')).toEqual([])
  const other = {
    phoneId: phone.id,
    kind: 'contacts',
    name: 'contacts',
    origin: 'ours',
    displayName: 'New',
  } as const
  await replica.write((tx) => createCollection(tx, { ...other, components: [] }))
  expect(findCollection(replica, phone.id, 'contacts', 'contacts')).toBeDefined()
  expect(listViewCollections(replica).map(({ displayName }) => displayName)).toContain('New')
})

const name = fc.constantFrom('a', 'b', 'c', 'd')
const step = fc.oneof(
  fc.record({ kind: fc.constant('put'), name, text: fc.nat(3) }),
  fc.record({ kind: fc.constant('delete'), name }),
  fc.record({ kind: fc.constant('move'), name, to: name }),
  fc.record({ kind: fc.constant('follow'), most: fc.integer({ min: 1, max: 3 }) }),
)

test('who follows the changes ends with what is there, and with what went', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const { replica, book, putCard } = await testReplica()
      const view = new Map<string, { seq: number; deletedAt: number | null }>()
      let since = 0
      const follow = (most: number) => {
        const { rows, left, seq } = viewChanges(replica, since, most, replica.lastSeq())
        for (const row of rows.contacts) view.set(row.name, row)
        for (const [, name] of left) view.delete(name)
        since = seq
      }
      for (const one of steps) {
        if (one.kind === 'put') await putCard(`${one.name}.vcf`, card(one.name, `${one.text}`))
        if (one.kind === 'delete')
          await replica.write((tx) => removeItem(tx, book.id, `${one.name}.vcf`, 'test'))
        if (one.kind === 'move' && one.to !== one.name)
          await replica.write((tx) => {
            const from = { collectionId: book.id, name: `${one.name}.vcf` }
            const isThere = listItems(tx, book.id).some((item: Item) => item.name === from.name)
            if (isThere) moveItem(tx, from, { ...from, name: `${one.to}.vcf` }, 'test')
          })
        if (one.kind === 'follow') follow(one.most)
      }
      while (since < replica.lastSeq()) follow(2)

      const names = (isThere: boolean) =>
        [...view]
          .filter(([, row]) => (row.deletedAt === null) === isThere)
          .map(([name, { seq }]) => `${seq} ${name}`)
      const wanted = (page: typeof pageOfView) =>
        readAll(page, replica, 'contacts').map(({ seq, name }) => `${seq} ${name}`)
      expect(names(true).sort()).toEqual(wanted(pageOfView).sort())
      expect(names(false).sort()).toEqual(wanted(pageOfDeleted).sort())
    }),
    { numRuns: 25 },
  )
})
