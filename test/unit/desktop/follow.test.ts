/** The window's view over a real replica: filled, followed, cut off, emptied; in the end it holds what the engine holds. */
import 'fake-indexeddb/auto'
import { expect, onTestFinished, test } from 'vitest'
import { createAnnouncements } from '../../../main/announcements.ts'
import { viewMethods } from '../../../main/methods/view.ts'
import { deleteCollection } from '../../../main/replica/collections.ts'
import { removeItem } from '../../../main/replica/items.ts'
import type { Replica } from '../../../main/replica/replica.ts'
import type { Client } from '../../../preload/client.ts'
import { openView, type ViewDatabase } from '../../../renderer/desktop/view/database.ts'
import { type Filling, followView } from '../../../renderer/desktop/view/follow.ts'
import { card, testReplica } from '../replica/fixture.ts'

let databases = 0

function freshDatabase(): ViewDatabase {
  const database = openView(`view ${++databases}`)
  onTestFinished(() => database.close())
  return database
}

/** The engine's side without a carrier: its methods on the view, and its event. @param fails makes a call fail. */
function clientOf(
  replica: Replica,
  fails: (method: string) => boolean = () => false,
): Pick<Client, 'call' | 'on'> {
  const methods = viewMethods({ replica } as Parameters<typeof viewMethods>[0])
  const announcements = createAnnouncements({
    changed: () => ({ epoch: replica.epoch, seq: replica.lastSeq() }),
    work: () => ({ now: [], ended: 0 }),
  })
  replica.onChange(() => announcements.moved('changed'))
  onTestFinished(() => announcements.close())
  return {
    async call(method, input) {
      if (fails(method)) throw new Error(`${method} was cut off`)
      return methods[method as keyof typeof methods](input as never, {}) as never
    },
    on: (event, listener) =>
      announcements.listen((name, payload) => {
        if (String(name) === event) listener(payload as never)
      }),
  }
}

function follow(database: ViewDatabase, client: Pick<Client, 'call' | 'on'>) {
  const fillings: (Filling | null)[] = []
  const failures: unknown[] = []
  const following = followView(database, client, {
    filling: (now) => fillings.push(now),
    failed: (error) => failures.push(error),
    retryAfter: 20,
  })
  onTestFinished(following.stop)
  return { ...following, fillings, failures }
}

const namesOf = async (database: ViewDatabase, here: 0 | 1) =>
  (await database.contacts.toArray())
    .filter((row) => row.here === here)
    .map(({ name }) => name)
    .sort()

test('is filled page by page, and tells how far it is', async () => {
  const { replica, putCard, putPhoto } = await testReplica()
  await Promise.all(Array.from({ length: 700 }, (_, n) => putCard(`${n}.vcf`, card(`u${n}`, `Name ${n}`))))
  await putPhoto('IMG_20190412_153045.jpg', Buffer.from('photo'))
  const database = freshDatabase()
  const { caughtUp, fillings, failures } = follow(database, clientOf(replica))
  await caughtUp()
  expect(await database.contacts.count()).toBe(700)
  expect(await database.photos.toArray()).toMatchObject([
    { takenAt: Date.UTC(2019, 3, 12, 15, 30, 45), here: 1 },
  ])
  expect(fillings[0]).toEqual({ rows: 0, total: 701 })
  expect(fillings).toContainEqual({ rows: 301, total: 701 })
  expect(fillings.at(-1)).toBeNull()
  expect(failures).toEqual([])
})

test('follows what comes, changes and goes by itself', async () => {
  const { replica, book, putCard } = await testReplica()
  await putCard('a.vcf', card('a', 'Ada'))
  const database = freshDatabase()
  await follow(database, clientOf(replica)).caughtUp()
  await putCard('b.vcf', card('b', 'Bob'))
  await replica.write((tx) => removeItem(tx, book.id, 'a.vcf', 'test'))
  await expect.poll(() => namesOf(database, 1)).toEqual(['b.vcf'])
  expect(await namesOf(database, 0)).toEqual(['a.vcf'])
})

test('a filling that is cut off goes on where it was, and misses nothing that came meanwhile', async () => {
  const { replica, book, putCard } = await testReplica()
  await Promise.all(Array.from({ length: 400 }, (_, n) => putCard(`${n}.vcf`, card(`u${n}`, `Name ${n}`))))
  const database = freshDatabase()
  let calls = 0
  const first = follow(
    database,
    clientOf(replica, (method) => method === 'view.page' && ++calls > 1),
  )
  await first.caughtUp()
  first.stop()
  expect(first.failures).not.toEqual([])
  expect(await database.contacts.count()).toBe(300)

  await putCard('new.vcf', card('new', 'Aaron'))
  await putCard('5.vcf', card('u5', 'Changed'))
  await replica.write((tx) => removeItem(tx, book.id, '7.vcf', 'test'))
  const second = follow(database, clientOf(replica))
  await second.caughtUp()
  expect(second.fillings[0]).toMatchObject({ rows: 300 })
  expect(await namesOf(database, 1)).toHaveLength(400)
  expect(await namesOf(database, 0)).toEqual(['7.vcf'])
  expect(await database.contacts.get([book.id, '5.vcf'])).toMatchObject({ title: 'Changed' })
})

test('what failed is tried again by itself', async () => {
  const { replica, putCard } = await testReplica()
  await putCard('a.vcf', card('a', 'Ada'))
  const database = freshDatabase()
  let isDown = true
  const client = clientOf(replica, () => isDown)
  const { failures } = follow(database, client)
  await expect.poll(() => failures.length).toBeGreaterThan(1)
  isDown = false
  await expect.poll(() => namesOf(database, 1)).toEqual(['a.vcf'])
})

test('is emptied and filled anew when it is of another log', async () => {
  const one = await testReplica()
  await one.putCard('old.vcf', card('old', 'Old'))
  const database = freshDatabase()
  const first = follow(database, clientOf(one.replica))
  await first.caughtUp()
  first.stop()
  const other = await testReplica()
  await other.putCard('new.vcf', card('new', 'New'))
  await follow(database, clientOf(other.replica)).caughtUp()
  expect(await namesOf(database, 1)).toEqual(['new.vcf'])
})

test('what lay in a collection that is gone goes with it', async () => {
  const { replica, book, putCard } = await testReplica()
  await putCard('a.vcf', card('a', 'Ada'))
  const database = freshDatabase()
  await follow(database, clientOf(replica)).caughtUp()
  await replica.write((tx) => deleteCollection(tx, book.id))
  await expect.poll(() => database.contacts.count()).toBe(0)
  expect(await database.collections.get(book.id)).toBeUndefined()
})

test('a contact is found by any word of its name, mail or number', async () => {
  const { replica, putCard } = await testReplica()
  const text = card('a', 'André Müller').replace(
    'END:VCARD',
    'ORG:Große Straße GmbH\r\nTEL:+49 (30) 12-34\r\nEMAIL:a.mueller@example.org\r\nEND:VCARD',
  )
  await putCard('a.vcf', text)
  const database = freshDatabase()
  await follow(database, clientOf(replica)).caughtUp()
  for (const word of ['andre', 'muller', 'strasse', '49301234', 'mueller', 'example'])
    expect(await database.contacts.where('words').startsWith(word).count(), word).toBe(1)
})
