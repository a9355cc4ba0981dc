import { expect, test } from 'vitest'
import { copyItem, moveItem } from '../../../main/replica/copy.ts'
import { folderTotals } from '../../../main/replica/folders.ts'
import {
  changesSince,
  etagOf,
  findItem,
  folderItem,
  listFolder,
  listItems,
  listItemsAt,
  listVersions,
  newestChange,
  putItem,
  readBody,
  removeItem,
} from '../../../main/replica/items.ts'
import { card, testReplica } from './fixture.ts'

test('a card comes back byte for byte, and every version of it stays', async () => {
  const { replica, book, putCard } = await testReplica()
  await putCard('a.vcf', card('1', 'Ada'))
  await putCard('a.vcf', card('1', 'Ada Lovelace'))
  await replica.write((tx) => removeItem(tx, book.id, 'a.vcf', 'test'))
  const versions = listVersions(replica, book.id, 'a.vcf')
  expect(versions.map(({ kind }) => kind)).toEqual(['gone', 'contact', 'contact'])
  expect(readBody(replica, versions[1]!.seq)?.toString()).toBe(card('1', 'Ada Lovelace'))
  expect(readBody(replica, versions[2]!.seq)?.toString()).toBe(card('1', 'Ada'))
  expect(findItem(replica, book.id, 'a.vcf')).toBeUndefined()
})

test('the same bytes again are no change', async () => {
  const { replica, book, putCard } = await testReplica()
  await putCard('a.vcf', card('1', 'Ada'))
  const before = newestChange(replica, book.id)
  const again = await putCard('a.vcf', card('1', 'Ada'))
  expect(again.outcome).toBe('unchanged')
  expect(newestChange(replica, book.id)).toBe(before)
})

test('an entity tag is new for every version, also for one that brings old bytes back', async () => {
  const { replica, book, putCard } = await testReplica()
  const tags = new Set<string>()
  for (const name of ['Ada', 'Grace', 'Ada']) {
    await putCard('a.vcf', card('1', name))
    tags.add(etagOf(findItem(replica, book.id, 'a.vcf')!))
  }
  expect(tags.size).toBe(3)
})

test('conditions are checked against what is there at the moment of the write', async () => {
  const { replica, book, putCard } = await testReplica()
  await putCard('a.vcf', card('1', 'Ada'))
  const tag = etagOf(findItem(replica, book.id, 'a.vcf')!)
  const put = (ifMatch: string[]) =>
    replica.write((tx) => {
      const wanted = { ...folderItem('a.vcf', 0), kind: 'other' as const, hash: String(tx.nextSeq()) }
      return putItem(tx, book.id, wanted, 'test', { ifMatch })
    })
  const outcomes = await Promise.all([put([tag]), put([tag])])
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['changed', 'refused'])
})

test('a UID stands in one item of a book only', async () => {
  const { putCard } = await testReplica()
  await putCard('a.vcf', card('1', 'Ada'))
  const second = await putCard('b.vcf', card('1', 'Ada again'))
  expect(second).toMatchObject({ outcome: 'refused', reason: 'uid-conflict', other: { name: 'a.vcf' } })
})

test('changes since a point name each item once, with its last state', async () => {
  const { replica, book, putCard } = await testReplica()
  await putCard('a.vcf', card('1', 'Ada'))
  const point = replica.lastSeq()
  await putCard('b.vcf', card('2', 'Grace'))
  await putCard('b.vcf', card('2', 'Grace Hopper'))
  await replica.write((tx) => removeItem(tx, book.id, 'a.vcf', 'test'))
  const changes = changesSince(replica, book.id, point)
  expect(changes.map(({ name, kind }) => [name, kind])).toEqual([
    ['b.vcf', 'contact'],
    ['a.vcf', 'gone'],
  ])
  expect(listItemsAt(replica, book.id, point).map(({ name }) => name)).toEqual(['a.vcf'])
})

test('a folder is copied, moved and removed with all below it', async () => {
  const { replica, library, putPhoto } = await testReplica()
  const place = (name: string) => ({ collectionId: library.id, name })
  await replica.write((tx) => {
    for (const name of ['2026', '2026/11', '20260']) putItem(tx, library.id, folderItem(name, 0), 'test')
  })
  await putPhoto('2026/11/a.jpg', Buffer.from('one'))
  await putPhoto('20260/b.jpg', Buffer.from('two'))
  await replica.write((tx) => copyItem(tx, place('2026'), place('copy'), 'test'))
  await replica.write((tx) => moveItem(tx, place('2026'), place('moved'), 'test'))
  const names = listItems(replica, library.id).map(({ name }) => name)
  expect(names).toEqual([
    '20260',
    '20260/b.jpg',
    'copy',
    'copy/11',
    'copy/11/a.jpg',
    'moved',
    'moved/11',
    'moved/11/a.jpg',
  ])
  expect(listFolder(replica, library.id, 'moved/11').map(({ name }) => name)).toEqual(['moved/11/a.jpg'])
  const copied = findItem(replica, library.id, 'copy/11/a.jpg')!
  expect(findItem(replica, library.id, 'moved/11/a.jpg')!.fileId).toBe(copied.fileId)
  await replica.write((tx) => removeItem(tx, library.id, 'copy', 'test'))
  expect(listItems(replica, library.id).some(({ name }) => name.startsWith('copy'))).toBe(false)
  expect(folderTotals(replica, library.id, 'copy')).toEqual({ newestSeq: replica.lastSeq(), bytes: 0 })
})

test('an item keeps its id through new versions, renames and moves; a copy or a new item has its own', async () => {
  const { replica, library } = await testReplica()
  const file = (name: string, hash: string) =>
    ({ ...folderItem(name, 0), kind: 'file', hash, size: hash.length }) as const
  const idOf = (name: string) => findItem(replica, library.id, name)!.itemId
  const at = (name: string) => ({ collectionId: library.id, name })
  await replica.write((tx) => {
    putItem(tx, library.id, folderItem('a', 0), 'test')
    putItem(tx, library.id, file('a/x', '1'), 'test')
  })
  const [folder, item] = [idOf('a'), idOf('a/x')]
  expect(folder).not.toBe(item)
  await replica.write((tx) => {
    putItem(tx, library.id, file('a/x', '22'), 'test')
    moveItem(tx, at('a'), at('b'), 'test')
    copyItem(tx, at('b/x'), at('b/y'), 'test')
    putItem(tx, library.id, folderItem('a', 0), 'test')
  })
  expect([idOf('b'), idOf('b/x')]).toEqual([folder, item])
  expect(new Set([idOf('b'), idOf('b/x'), idOf('b/y'), idOf('a')]).size).toBe(4)
})

test('a folder knows the newest change and the bytes below it', async () => {
  const { replica, library } = await testReplica()
  const put = (name: string, size: number) =>
    replica.write((tx) =>
      putItem(tx, library.id, { ...folderItem(name, 0), kind: 'file', hash: `${size}`, size }, 'test'),
    )
  const bytes = () => ['', 'a', 'a/b'].map((folder) => folderTotals(replica, library.id, folder).bytes)
  const newest = (folder: string) => folderTotals(replica, library.id, folder).newestSeq
  await put('a/b/x', 10)
  await put('a/y', 5)
  expect(bytes()).toEqual([15, 15, 10])
  const before = newest('a/b')
  await put('a/y', 7)
  expect([bytes(), newest('a/b'), newest('a')]).toEqual([[17, 17, 10], before, replica.lastSeq()])
  await replica.write((tx) => removeItem(tx, library.id, 'a/b/x', 'test'))
  expect([bytes(), newest('a/b')]).toEqual([[7, 7, 0], replica.lastSeq()])
})

test('a writer that fails undoes its own changes and nobody else’s', async () => {
  const { replica, book, putCard } = await testReplica()
  const failing = replica.write((tx) => {
    putItem(tx, book.id, { ...folderItem('half', 0), kind: 'other', hash: 'x' }, 'test')
    throw new Error('no')
  })
  const [good, bad] = await Promise.allSettled([putCard('a.vcf', card('1', 'Ada')), failing])
  expect([good.status, bad.status]).toEqual(['fulfilled', 'rejected'])
  expect(listItems(replica, book.id).map(({ name }) => name)).toEqual(['a.vcf'])
})
