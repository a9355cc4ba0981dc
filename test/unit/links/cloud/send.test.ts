/** What is sent back goes where it may, over nothing that changed, and never twice. */
import { beforeEach, expect, test } from 'vitest'
import type { SentItem } from '../../../../main/links/link.ts'
import { type Keeper, keepAccountOf, PASSWORD } from '../../../peers/cloud-fixture.ts'
import { card } from '../../replica/fixture.ts'
import { type SmallServer, startSmallServer } from './small-server.ts'

let server: SmallServer
let keeper: Keeper
beforeEach(async () => {
  server = await startSmallServer()
  keeper = await keepAccountOf(server.url)
})

const item = (text: string, displayName = 'Contacts'): SentItem => ({
  kind: 'contacts',
  name: 'x.vcf',
  bytes: Buffer.from(text),
  collection: { id: null, displayName },
})

function send(items: SentItem[], dryRun = false) {
  return keeper.link.send(keeper.source, { items, files: [], dryRun, secrets: { password: PASSWORD } }, {})
}

const none = { added: 0, changed: 0, unchanged: 0, failed: [], next: null }
const puts = () => server.asked.filter((one) => one.startsWith('PUT'))

test('a preview tells the same and writes nothing', async () => {
  server.cards.set('/own/a.vcf', card('a', 'Old'))
  const items = [item(card('a', 'New')), item(card('b', 'B'))]
  expect(await send(items, true)).toEqual({ ...none, added: 1, changed: 1 })
  expect(puts()).toEqual([])
  expect(await send(items)).toEqual({ ...none, added: 1, changed: 1 })
  expect([...server.cards.values()].sort()).toEqual([card('a', 'New'), card('b', 'B')].sort())
  expect(await send(items)).toEqual({ ...none, unchanged: 2 })
})

test('nothing goes into an address book that may only be read', async () => {
  expect(await send([item(card('a', 'A'), '/shared/')])).toEqual({ ...none, added: 1 })
  expect([...server.cards.keys()].every((path) => path.startsWith('/own/'))).toBe(true)
  server.readOnly.add('/own/')
  const { failed } = await send([item(card('b', 'B'))])
  expect(failed).toEqual([{ name: 'x.vcf', reason: 'The account has no address book that may be written.' }])
})

test('what came from an address book that may only be read is not put elsewhere', async () => {
  server.cards.set('/shared/x.vcf', card('x', 'Shared'))
  const shared = (text: string) => ({
    ...item(text),
    collection: { id: `${server.url}shared/`, displayName: '/shared/' },
  })
  expect(await send([shared(card('x', 'Shared'))])).toEqual({ ...none, unchanged: 1 })
  const { failed } = await send([shared(card('x', 'Edited here'))])
  expect(failed).toEqual([{ name: 'x.vcf', reason: '“/shared/” may only be read.' }])
  expect(puts()).toEqual([])
})

test('a card that changes there at that moment is left alone', async () => {
  server.cards.set('/own/a.vcf', card('a', 'Old'))
  const { set } = server.cards
  let raced = false
  // Between our look and our write, somebody else writes.
  server.cards.get = function get(path) {
    const value = Map.prototype.get.call(this, path)
    if (server.asked.at(-1)?.startsWith('PUT') && !raced) {
      raced = true
      set.call(this, path, card('a', 'Elsewhere'))
      return card('a', 'Elsewhere')
    }
    return value
  }
  const { failed } = await send([item(card('a', 'New'))])
  expect(failed).toEqual([{ name: 'x.vcf', reason: 'It was changed in the account at this very moment.' }])
  expect(server.cards.get('/own/a.vcf')).toBe(card('a', 'Elsewhere'))
})

test('the same card sent twice at once is written once, and two of one UID are not mixed', async () => {
  const report = await send([item(card('a', 'A')), item(card('a', 'A')), item(card('a', 'Another'))])
  expect(report).toMatchObject({
    added: 1,
    unchanged: 1,
    failed: [{ reason: expect.stringContaining('same UID') }],
  })
  expect([...server.cards.values()]).toEqual([card('a', 'A')])
})

test('two lists that go into one address book do not overwrite each other', async () => {
  const report = await send([item(card('a', 'A'), 'Friends'), item(card('a', 'Another'), 'Work')])
  expect(report).toMatchObject({
    added: 1,
    changed: 0,
    failed: [{ reason: expect.stringContaining('same UID') }],
  })
  expect([...server.cards.values()]).toEqual([card('a', 'A')])
})

test('twins that are there stay as they are', async () => {
  server.cards.set('/own/1.vcf', card('a', 'One'))
  server.cards.set('/own/2.vcf', card('a', 'Two'))
  const { failed, ...counts } = await send([
    item(card('a', 'Two')),
    item(card('a', 'One')),
    item(card('a', 'Three')),
  ])
  expect(counts).toMatchObject({ added: 0, changed: 0, unchanged: 2 })
  expect(failed).toHaveLength(1)
  expect(puts()).toEqual([])
})

test('a card without UID gets one, the same each time', async () => {
  const text = 'BEGIN:VCARD\r\nVERSION:3.0\r\nN:;A;;;\r\nFN:A\r\nEND:VCARD\r\n'
  expect(await send([item(text)])).toEqual({ ...none, added: 1 })
  expect(await send([item(text)])).toEqual({ ...none, unchanged: 1 })
  expect([...server.cards.values()].join()).toMatch(/\r\nUID:[0-9a-f]{32}\r\nEND:VCARD\r\n$/)
})

test('a place that another card has is not taken', async () => {
  await send([item(card('a', 'A'))])
  const [path] = server.cards.keys()
  server.cards.set(path!, card('moved in', 'Other'))
  expect(await send([item(card('a', 'A'))])).toEqual({ ...none, added: 1 })
  expect([...server.cards.values()].sort()).toEqual([card('a', 'A'), card('moved in', 'Other')].sort())
})

test('nothing is added while something there can’t be read, for it may be it', async () => {
  server.cards.set('/own/a.vcf', card('a', 'A'))
  server.broken.set('/own/a.vcf', 403)
  const { failed } = await send([item(card('a', 'New'))])
  expect(failed).toEqual([{ name: 'x.vcf', reason: 'It may be among what could not be read there.' }])
  expect(puts()).toEqual([])
})

test('it tells how far it is', async () => {
  const seen: unknown[] = []
  const items = ['a', 'b'].map((uid) => item(card(uid, uid)))
  const request = { items, files: [], dryRun: false, secrets: { password: PASSWORD } }
  await keeper.link.send(keeper.source, request, {
    report: ({ items, itemsTotal }) => void seen.push([items, itemsTotal]),
  })
  expect(seen).toEqual([
    [1, 2],
    [2, 2],
  ])
})

test('what the server refuses is told, and a server that fails ends it', async () => {
  await send([item(card('a', 'A'))])
  const [path] = server.cards.keys()
  server.cards.clear()
  server.broken.set(path!, 507)
  expect((await send([item(card('a', 'A'))])).failed).toEqual([
    { name: 'x.vcf', reason: 'The account is full.' },
  ])
  server.broken.set(path!, 503)
  await expect(send([item(card('a', 'A'))])).rejects.toMatchObject({ code: 'unreachable' })
})
