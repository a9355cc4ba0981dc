import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createCollection, deleteCollection, findCollection } from '../../../main/replica/collections.ts'
import { releaseHistory } from '../../../main/replica/history.ts'
import {
  changesSince,
  etagOf,
  findItem,
  listItems,
  newestChange,
  removeItem,
} from '../../../main/replica/items.ts'
import { readFile } from '../../../main/replica/open-file.ts'
import { listProperties, setProperty } from '../../../main/replica/properties.ts'
import { itemKey } from '../../../main/restore/plan.ts'
import { listRestores } from '../../../main/restore/records.ts'
import { previewRestore, undoRestore } from '../../../main/restore/restore.ts'
import { card, worldAt } from '../replica/fixture.ts'
import { testRestore } from './fixture.ts'

test('brings back what is missing, and leaves what changed or came since', async () => {
  const { putCard, snapshot, remove, restore, cards } = await testRestore()
  for (const uid of ['1', '2', '3']) await putCard(`${uid}.vcf`, card(uid, 'then'))
  await snapshot()
  await remove('1.vcf')
  await putCard('2.vcf', card('2', 'now'))
  await putCard('4.vcf', card('4', 'now'))
  const { preview, detail } = await restore()
  expect(preview.totals).toEqual({ add: 1, revert: 1, unchanged: 1, onlyOnPhone: 1 })
  expect(detail).toMatchObject({ added: 1, reverted: 0, removed: 0, failed: [], different: [] })
  expect(cards()).toEqual({
    '1.vcf': card('1', 'then'),
    '2.vcf': card('2', 'now'),
    '3.vcf': card('3', 'then'),
    '4.vcf': card('4', 'now'),
  })
})

test('makes all exactly as it was', async () => {
  const { putCard, snapshot, remove, restore, cards } = await testRestore()
  for (const uid of ['1', '2']) await putCard(`${uid}.vcf`, card(uid, 'then'))
  const id = await snapshot()
  const then = cards()
  await remove('1.vcf')
  await putCard('2.vcf', card('2', 'now'))
  await putCard('3.vcf', card('3', 'now'))
  const { detail } = await restore(id.slice(0, 8), 'exact')
  expect(detail).toMatchObject({ added: 1, reverted: 1, removed: 1 })
  expect(cards()).toEqual(then)
})

test('the phone’s next sync sees what was brought back as new', async () => {
  const { replica, book, putCard, snapshot, remove, restore } = await testRestore()
  await putCard('1.vcf', card('1', 'Ada'))
  const before = etagOf(findItem(replica, book.id, '1.vcf')!)
  await snapshot()
  await remove('1.vcf')
  const token = newestChange(replica, book.id)
  await restore()
  expect(changesSince(replica, book.id, token).map(({ name, kind }) => [name, kind])).toEqual([
    ['1.vcf', 'contact'],
  ])
  expect(etagOf(findItem(replica, book.id, '1.vcf')!)).not.toBe(before)
})

test('a card that the reset phone sent again under another name is not brought back twice', async () => {
  const { putCard, snapshot, remove, restore, cards } = await testRestore()
  await putCard('old.vcf', card('1', 'Ada'))
  await putCard('other.vcf', card('2', 'Grace'))
  await snapshot()
  await remove('old.vcf')
  await remove('other.vcf')
  await putCard('new.vcf', card('1', 'Ada'))
  await putCard('newer.vcf', card('2', 'Grace H.'))
  const { preview } = await restore()
  expect(preview.totals).toEqual({ add: 0, revert: 1, unchanged: 1, onlyOnPhone: 0 })
  expect(Object.keys(cards())).toEqual(['new.vcf', 'newer.vcf'])
})

test('a preview changes nothing', async () => {
  const { tools, phone, putCard, snapshot, remove } = await testRestore()
  await putCard('1.vcf', card('1', 'Ada'))
  await snapshot()
  await remove('1.vcf')
  const before = tools.replica.lastSeq()
  const request = { phone, at: undefined, mode: 'exact', scope: {} } as const
  const preview = await previewRestore(tools, request, {})
  expect(preview.collections[0]).toMatchObject({ add: 1, examples: { add: ['1.vcf'] } })
  expect(tools.replica.lastSeq()).toBe(before)
})

test('what no reader understands is brought back byte for byte', async () => {
  const { putCard, snapshot, remove, restore, cards } = await testRestore()
  const broken = 'BEGIN:VCARD\r\n\u0000\u0001 neither name nor end'
  await putCard('broken.vcf', broken)
  await putCard('no-ending', card('2', 'Grace'))
  await snapshot()
  await remove('broken.vcf')
  await remove('no-ending')
  await restore()
  expect(cards()).toEqual({ 'broken.vcf': broken, 'no-ending': card('2', 'Grace') })
})

test('photos come back into their folders, large ones too', async () => {
  const { replica, library, putPhoto, snapshot, restore } = await testRestore()
  const large = Buffer.alloc(20 << 20, 'a film ')
  large.writeUInt32LE(7, 9 << 20)
  await putPhoto('2026/11/a.jpg', Buffer.from('small'), 1_500_000_000_000)
  await putPhoto('2026/film.mp4', large)
  await putPhoto('empty.txt', Buffer.alloc(0))
  await snapshot()
  await replica.write((tx) => {
    for (const name of ['2026/11/a.jpg', '2026/film.mp4', 'empty.txt'])
      removeItem(tx, library.id, name, 'test')
  })
  await releaseHistory(replica)
  expect((await restore()).detail).toMatchObject({ added: 3, failed: [], different: [] })
  const film = findItem(replica, library.id, '2026/film.mp4')!
  const hash = createHash('sha256')
  for await (const chunk of readFile(replica, film.fileId!)) hash.update(chunk as Buffer)
  expect(hash.digest('hex')).toBe(createHash('sha256').update(large).digest('hex'))
  expect(findItem(replica, library.id, '2026/11/a.jpg')!.modifiedAt).toBe(1_500_000_000_000)
  expect((await restore()).preview.totals).toMatchObject({ add: 0, unchanged: 3 })
})

test('a deleted calendar is made again with its colour and what it held', async () => {
  const { replica, phone, snapshot, restore } = await testRestore()
  const colour = {
    namespace: 'http://apple.com/ns/ical/',
    local: 'calendar-color',
    xml: '<c xmlns="x">#FF0000</c>',
  }
  const calendar = await replica.write((tx) => {
    const wanted = {
      phoneId: phone.id,
      kind: 'calendar',
      name: 'work',
      origin: 'ours',
      displayName: 'Work / Büro',
    } as const
    const made = createCollection(tx, { ...wanted, components: ['VEVENT'] })
    setProperty(tx, made.id, '', colour)
    return made
  })
  await snapshot()
  await replica.write((tx) => deleteCollection(tx, calendar.id))
  await restore()
  const again = findCollection(replica, phone.id, 'calendar', 'work')!
  expect(again).toMatchObject({ displayName: 'Work / Büro', components: ['VEVENT'] })
  expect(listProperties(replica, again.id, '')).toEqual([colour])
})

test('only the chosen kinds, collections or items are touched', async () => {
  const { replica, library, book, putCard, putPhoto, snapshot, remove, restore, cards } = await testRestore()
  for (const uid of ['1', '2']) await putCard(`${uid}.vcf`, card(uid, 'Ada'))
  await putPhoto('a.jpg', Buffer.from('photo'))
  await snapshot()
  for (const name of ['1.vcf', '2.vcf']) await remove(name)
  await replica.write((tx) => removeItem(tx, library.id, 'a.jpg', 'test'))
  await restore(undefined, 'missing', { items: new Set([itemKey(book, '2.vcf')]) })
  expect(Object.keys(cards())).toEqual(['2.vcf'])
  await restore(undefined, 'missing', { kinds: ['files'] })
  expect(Object.keys(cards())).toEqual(['2.vcf'])
  expect(listItems(replica, library.id).map(({ name }) => name)).toEqual(['a.jpg'])
  await restore(undefined, 'missing', { collections: ['contacts'] })
  expect(Object.keys(cards())).toEqual(['1.vcf', '2.vcf'])
})

test('a restore is undone, but for what the phone changed after it; and the undo can be undone', async () => {
  const { tools, phone, putCard, snapshot, remove, restore, cards } = await testRestore()
  for (const uid of ['1', '2', '3']) await putCard(`${uid}.vcf`, card(uid, 'then'))
  const id = await snapshot()
  await remove('1.vcf')
  await putCard('2.vcf', card('2', 'now'))
  await putCard('3.vcf', card('3', 'now'))
  await putCard('4.vcf', card('4', 'now'))
  const before = cards()
  const first = await restore(id, 'exact')
  const restored = cards()
  await releaseHistory(tools.replica)
  await putCard('3.vcf', card('3', 'after'))
  const undone = await undoRestore(tools, phone, first.restore, {})
  expect(cards()).toEqual({ ...before, '3.vcf': card('3', 'after') })
  await undoRestore(tools, phone, undone.restore, {})
  expect(cards()).toEqual({ ...restored, '3.vcf': card('3', 'after') })
  await expect(undoRestore(tools, phone, first.restore, {})).rejects.toMatchObject({ code: 'bad-input' })
  expect(listRestores(tools.replica).map(({ undoneAt }) => undoneAt !== null)).toEqual([false, true, true])
})

test('stopped in the middle, it is finished by running it again, without duplicates', async () => {
  const { putCard, snapshot, remove, restore, cards } = await testRestore()
  for (let n = 0; n < 100; n++) await putCard(`${n}.vcf`, card(`${n}`, `Person ${n}`))
  const all = cards()
  const id = await snapshot()
  for (let n = 0; n < 100; n++) await remove(`${n}.vcf`)
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(), 60)
  await restore(id, 'missing', {}, stopping.signal).catch((error) => expect(error.code).toBe('cancelled'))
  await restore(id)
  expect(cards()).toEqual(all)
})

test('a moment between two backups is found in the change log, and an older one in a snapshot', async () => {
  const world = worldAt(Date.UTC(2026, 10, 20, 12))
  const { replica, putCard, snapshot, restore, cards } = await testRestore(world)
  world.set(Date.UTC(2026, 10, 21, 12))
  await putCard('1.vcf', card('1', 'first'))
  world.set(Date.UTC(2026, 10, 21, 13))
  await snapshot()
  world.set(Date.UTC(2026, 10, 21, 14))
  await putCard('1.vcf', card('1', 'second'))
  world.set(Date.UTC(2026, 10, 21, 15))
  await putCard('1.vcf', card('1', 'third'))
  await releaseHistory(replica)

  const second = await restore('2026-11-21T14:30:00Z', 'exact')
  expect(second.detail.point).toMatch(/^change:/)
  expect(cards()).toEqual({ '1.vcf': card('1', 'second') })
  const first = await restore('2026-11-21T13:59:00Z', 'exact')
  expect(first.detail.point).toMatch(/^snapshot:/)
  expect(cards()).toEqual({ '1.vcf': card('1', 'first') })
  await expect(restore('2026-11-19')).rejects.toMatchObject({ code: 'not-found' })
  await expect(restore('when it was good')).rejects.toMatchObject({ code: 'bad-input' })
})

test('without a time, it goes back to before the loss, even when backups went on after it', async () => {
  const { putCard, snapshot, remove, restore, cards } = await testRestore()
  for (let n = 0; n < 10; n++) await putCard(`${n}.vcf`, card(`${n}`, 'then'))
  await snapshot()
  await remove('0.vcf')
  const id = await snapshot()
  for (let n = 1; n < 10; n++) await remove(`${n}.vcf`)
  await snapshot()
  await snapshot()
  const { detail } = await restore()
  expect(detail.point).toBe(`snapshot:${id}`)
  expect(Object.keys(cards())).toHaveLength(9)
  expect((await restore()).detail.point).toBe(`snapshot:${id}`)
})
