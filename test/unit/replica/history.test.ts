import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { getCollection } from '../../../main/replica/collections.ts'
import { filePath } from '../../../main/replica/files.ts'
import {
  changedBetween,
  isHeldAt,
  KEEP_TOMBSTONES,
  KEEP_UNHELD,
  recordHeld,
  releaseHistory,
  seqAtTime,
} from '../../../main/replica/history.ts'
import { findItem, listVersions, readBody, removeItem } from '../../../main/replica/items.ts'
import { card, testReplica, worldAt } from './fixture.ts'

const START = Date.UTC(2026, 0, 1)

test('a past version is let go only once a snapshot holds it', async () => {
  const { replica, phone, book, putCard } = await testReplica()
  await putCard('a.vcf', card('1', 'first'))
  const snapshotSeq = replica.lastSeq()
  await putCard('a.vcf', card('1', 'second'))
  const between = replica.lastSeq()
  await putCard('a.vcf', card('1', 'third'))
  await replica.write((tx) =>
    recordHeld(tx, replica.epoch, { vaultId: 'v', snapshotId: 's', seq: snapshotSeq, at: tx.at }),
  )
  await releaseHistory(replica)
  const bodies = listVersions(replica, book.id, 'a.vcf').map(({ seq }) => readBody(replica, seq)?.toString())
  expect(bodies).toEqual([card('1', 'third'), card('1', 'second'), undefined])
  expect(isHeldAt(replica, phone.id, snapshotSeq)).toBe(false)
  expect(isHeldAt(replica, phone.id, between)).toBe(true)
})

test('what no snapshot ever held is kept for its time', async () => {
  const world = worldAt(START)
  const { replica, book, putCard } = await testReplica(world)
  await putCard('a.vcf', card('1', 'first'))
  await putCard('a.vcf', card('1', 'second'))
  const [, first] = listVersions(replica, book.id, 'a.vcf')
  world.set(START + KEEP_UNHELD)
  await releaseHistory(replica)
  expect(readBody(replica, first!.seq)).toBeDefined()
  world.set(START + KEEP_UNHELD + 1)
  await releaseHistory(replica)
  expect(readBody(replica, first!.seq)).toBeUndefined()
  expect(readBody(replica, findItem(replica, book.id, 'a.vcf')!.seq)).toBeDefined()
})

test('a deleted photo stays on disk until a snapshot holds it, and then makes room', async () => {
  const { replica, library, putPhoto } = await testReplica()
  await putPhoto('a.jpg', Buffer.from('photo'))
  const path = filePath(replica, findItem(replica, library.id, 'a.jpg')!.fileId!)
  const seq = replica.lastSeq()
  await replica.write((tx) => removeItem(tx, library.id, 'a.jpg', 'test'))
  expect(await releaseHistory(replica)).toBe(0)
  expect(existsSync(path)).toBe(true)
  await replica.write((tx) =>
    recordHeld(tx, replica.epoch, { vaultId: 'v', snapshotId: 's', seq, at: tx.at }),
  )
  expect(await releaseHistory(replica)).toBe(5)
  expect(existsSync(path)).toBe(false)
})

test('old deletions are forgotten, and tokens from before them with them', async () => {
  const world = worldAt(START)
  const { replica, book, putCard } = await testReplica(world)
  await putCard('a.vcf', card('1', 'Ada'))
  await replica.write((tx) => removeItem(tx, book.id, 'a.vcf', 'test'))
  const deletion = replica.lastSeq()
  await releaseHistory(replica)
  expect(getCollection(replica, book.id)!.forgottenSeq).toBe(0)
  world.set(START + KEEP_TOMBSTONES + 1)
  await releaseHistory(replica)
  expect(getCollection(replica, book.id)!.forgottenSeq).toBe(deletion)
  const cards = changedBetween(replica, 0, replica.lastSeq()).filter(
    ({ collectionId }) => collectionId === book.id,
  )
  expect(cards).toEqual([])
})

test('a time names the last change before it', async () => {
  const world = worldAt(START)
  const { replica, putCard } = await testReplica(world)
  world.set(START + 1000)
  await putCard('a.vcf', card('1', 'Ada'))
  const first = replica.lastSeq()
  world.set(START + 2000)
  await putCard('b.vcf', card('2', 'Grace'))
  expect(seqAtTime(replica, START + 1999)).toBe(first)
  expect(seqAtTime(replica, START + 2000)).toBe(replica.lastSeq())
})
