/** A capture is compared with the one before: what is new, changed and gone is seen, and what is the same makes no noise. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CapturedItem, openMirror, storeCapture } from '../../../main/replica/capture.ts'
import type { Collection } from '../../../main/replica/collections.ts'
import { listItems, listVersions, readBody } from '../../../main/replica/items.ts'
import type { Replica } from '../../../main/replica/replica.ts'
import { card, testReplica } from './fixture.ts'

async function testMirror() {
  const { replica, phone } = await testReplica()
  const mirror = await openMirror(replica, phone.id, 'contacts', 'sent', 'Sent from the phone')
  return { replica, phone, mirror }
}

function take(replica: Replica, mirror: Collection, items: (string | CapturedItem)[], complete = false) {
  const source = async function* (): AsyncGenerator<CapturedItem> {
    for (const item of items) yield typeof item === 'string' ? { bytes: Buffer.from(item) } : item
  }
  return storeCapture(replica, mirror, source(), { cause: 'test', complete })
}

function contents(replica: Replica, mirror: Collection): string[] {
  return listItems(replica, mirror.id)
    .map(({ seq }) => readBody(replica, seq)!.toString())
    .sort()
}

const none = { added: 0, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }
const withoutUid = (name: string) => `BEGIN:VCARD\r\nVERSION:2.1\r\nN:${name}\r\nEND:VCARD\r\n`

test('what is new is added, what changed is changed, and the same again is no change', async () => {
  const { replica, mirror } = await testMirror()
  expect(await take(replica, mirror, [card('1', 'Ada'), card('2', 'Bob')])).toEqual({ ...none, added: 2 })
  const before = replica.lastSeq()
  expect(await take(replica, mirror, [card('2', 'Bob'), card('1', 'Ada')])).toEqual({ ...none, unchanged: 2 })
  expect(replica.lastSeq()).toBe(before)
  expect(await take(replica, mirror, [card('1', 'Ada L.'), card('2', 'Bob')])).toEqual({
    ...none,
    changed: 1,
    unchanged: 1,
  })
  expect(contents(replica, mirror)).toEqual([card('1', 'Ada L.'), card('2', 'Bob')])
})

test('only a complete capture says that something is gone, and its versions stay', async () => {
  const { replica, mirror } = await testMirror()
  await take(replica, mirror, [card('1', 'Ada'), card('2', 'Bob')])
  expect(await take(replica, mirror, [card('1', 'Ada')])).toEqual({ ...none, unchanged: 1 })
  const [bob] = listItems(replica, mirror.id).filter(({ uid }) => uid === '2')
  expect(await take(replica, mirror, [card('1', 'Ada')], true)).toEqual({ ...none, unchanged: 1, gone: 1 })
  expect(contents(replica, mirror)).toEqual([card('1', 'Ada')])
  expect(listVersions(replica, mirror.id, bob!.name).map(({ kind }) => kind)).toEqual(['gone', 'contact'])
  expect(await take(replica, mirror, [card('2', 'Bob')])).toEqual({ ...none, added: 1 })
})

test('a capture of what changed takes away what it names, but nothing that came again', async () => {
  const { replica, mirror } = await testMirror()
  await take(replica, mirror, [
    card('a', 'A'),
    card('b', 'B'),
    { bytes: Buffer.from(withoutUid('C')), identity: '/c' },
  ])
  const source = async function* (): AsyncGenerator<CapturedItem> {
    yield { bytes: Buffer.from(card('b', 'B')) }
  }
  const gone = () => ['uid:b', '/c', 'uid:never there']
  expect(await storeCapture(replica, mirror, source(), { cause: 'test', complete: false, gone })).toEqual({
    ...none,
    unchanged: 1,
    gone: 1,
  })
  expect(contents(replica, mirror)).toEqual([card('a', 'A'), card('b', 'B')].sort())
})

test('a complete capture that breaks off takes nothing away', async () => {
  const { replica, mirror } = await testMirror()
  await take(replica, mirror, [card('1', 'Ada'), card('2', 'Bob')])
  const broken = async function* (): AsyncGenerator<CapturedItem> {
    yield { bytes: Buffer.from(card('1', 'Ada')) }
    throw new Error('the cable was pulled')
  }
  const capture = storeCapture(replica, mirror, broken(), { cause: 'test', complete: true })
  await expect(capture).rejects.toThrow('the cable was pulled')
  expect(contents(replica, mirror)).toHaveLength(2)
})

test('without UID the content names an item, whatever white space follows it', async () => {
  const { replica, mirror } = await testMirror()
  await take(replica, mirror, [withoutUid('Ada')])
  expect(await take(replica, mirror, [`${withoutUid('Ada')}\r\n`, withoutUid('Bob')])).toEqual({
    ...none,
    added: 1,
    unchanged: 1,
  })
})

test('an identity given by the source goes before the UID', async () => {
  const { replica, mirror } = await testMirror()
  const at = (identity: string, text: string) => ({ identity, bytes: Buffer.from(text) })
  await take(replica, mirror, [at('google/1', card('1', 'Ada')), at('google/2', card('1', 'Ada'))])
  expect(contents(replica, mirror)).toEqual([card('1', 'Ada'), card('1', 'Ada')])
  expect(await take(replica, mirror, [at('google/2', card('9', 'Eve'))], true)).toEqual({
    ...none,
    changed: 1,
    gone: 1,
  })
})

test('what nobody can read is kept and told', async () => {
  const { replica, mirror } = await testMirror()
  expect(await take(replica, mirror, ['??', '??', '!!'])).toEqual({ ...none, added: 2, unreadable: 2 })
  expect(contents(replica, mirror)).toEqual(['!!', '??'])
  expect(await take(replica, mirror, ['!!', '??'])).toEqual({ ...none, unchanged: 2, unreadable: 2 })
})

test('a mirror keeps off an account of ours that has its name', async () => {
  const { replica, phone } = await testReplica()
  const mirror = await openMirror(replica, phone.id, 'contacts', 'contacts', 'Sent')
  expect(mirror).toMatchObject({ name: 'contacts-2', origin: 'mirror' })
  expect(await openMirror(replica, phone.id, 'contacts', 'contacts', 'Sent')).toEqual(mirror)
})

test('whatever cards come, all are kept, and the same again in any order is no change', async () => {
  const text = fc.oneof(
    fc
      .tuple(fc.constantFrom('1', '2', '3'), fc.constantFrom('Ada', 'Bob'))
      .map(([uid, name]) => card(uid, name)),
    fc.constantFrom('Ada', 'Bob').map(withoutUid),
    fc.constantFrom('??', '!!'),
  )
  const { replica, phone } = await testMirror()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(text, { maxLength: 6 }), { maxLength: 4 }), async (captures) => {
      const name = `run-${runs++}`
      const mirror = await openMirror(replica, phone.id, 'contacts', name, name)
      for (const items of captures) {
        await take(replica, mirror, items)
        const held = contents(replica, mirror)
        expect(held).toEqual(expect.arrayContaining([...new Set(items)]))
        const before = replica.lastSeq()
        const again = await take(replica, mirror, items.toReversed())
        expect(again).toMatchObject({ added: 0, changed: 0, unchanged: new Set(items).size })
        expect(replica.lastSeq()).toBe(before)
      }
    }),
    { numRuns: 30 },
  )
})
