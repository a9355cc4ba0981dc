/** Captures from servers that lack things, and that fail in the middle. */
import { beforeEach, expect, test } from 'vitest'
import { type Keeper, keepAccountOf } from '../../../peers/cloud-fixture.ts'
import { card } from '../../replica/fixture.ts'
import { type SmallServer, startSmallServer } from './small-server.ts'

const PEOPLE = 30

let server: SmallServer
let keeper: Keeper
beforeEach(async () => {
  server = await startSmallServer()
  for (let n = 0; n < PEOPLE; n++) server.cards.set(`/own/${n}.vcf`, card(`u${n}`, `Person ${n}`))
  server.cards.set('/shared/x.vcf', card('x', 'Shared'))
  keeper = await keepAccountOf(server.url)
  server.asked.length = 0
})

const everything = () => [...server.cards.values()].sort()
const bodiesAsked = () => server.asked.filter((one) => /^(GET|REPORT)/.test(one))

test.each([
  ['its CTag', { multiget: true, ctag: true }, 1],
  ['ETags alone', { multiget: true, ctag: false }, 1],
  ['neither multiget', { multiget: false, ctag: true }, 2],
])('a server without tokens is compared by %s', async (_, has, requests) => {
  Object.assign(server.has, has)
  await keeper.capture()
  expect(keeper.contents()).toEqual(everything())
  server.asked.length = 0
  await keeper.capture()
  expect(bodiesAsked()).toEqual([])
  server.cards.set('/own/1.vcf', card('u1', 'Changed'))
  server.cards.delete('/own/2.vcf')
  server.asked.length = 0
  await keeper.capture()
  expect(bodiesAsked()).toHaveLength(requests)
  expect(keeper.contents()).toEqual(everything())
})

test('a card that can’t be had is named, stays as it was, and is asked for again', async () => {
  await keeper.capture()
  server.cards.set('/own/1.vcf', card('u1', 'Changed'))
  server.broken.set('/own/1.vcf', 403)
  const held = keeper.contents()
  const { missed } = await keeper.capture()
  expect(missed).toEqual(['/own/: /own/1.vcf: The server answered 403.'])
  expect(keeper.contents()).toEqual(held)
  server.broken.clear()
  expect((await keeper.capture()).missed).toEqual([])
  expect(keeper.contents()).toEqual(everything())
})

test.each([500, 503, 429, 404, 302])(
  'an address book that answers %d changes nothing, and no other waits for it',
  async (status) => {
    await keeper.capture()
    const held = keeper.contents()
    server.cards.set('/shared/x.vcf', card('x', 'Changed'))
    server.cards.set('/own/1.vcf', card('u1', 'Changed'))
    server.broken.set('/own/', status)
    const { missed } = await keeper.capture()
    expect(missed).toEqual([expect.stringContaining('/own/')])
    expect(keeper.contents().filter((one) => !held.includes(one))).toEqual([card('x', 'Changed')])
    expect((await keeper.listed()).state.code).toBe('unreachable')
    server.broken.clear()
    await keeper.capture()
    expect(keeper.contents()).toEqual(everything())
    expect((await keeper.listed()).state.code).toBe('ready')
  },
)

test.each([500, 503, 401, 404, 200])(
  'an account that answers %d to everything changes nothing',
  async (status) => {
    await keeper.capture()
    const held = keeper.contents()
    for (const path of ['/', '/me/', '/own/', '/shared/', '/.well-known/carddav', '/.well-known/caldav']) {
      server.broken.set(path, status)
    }
    await keeper.capture().catch(() => undefined)
    expect(keeper.contents()).toEqual(held)
    expect((await keeper.listed()).state.code).not.toBe('ready')
  },
)

test('an account of somebody else at the same address is held back until its owner’s word', async () => {
  await keeper.capture()
  const held = keeper.contents()
  server.principal = '/you/'
  server.cards.set('/own/1.vcf', card('u1', 'Changed'))
  await expect(keeper.capture()).rejects.toMatchObject({ code: 'not-allowed' })
  expect(keeper.contents()).toEqual(held)
  expect((await keeper.listed()).state).toMatchObject({
    code: 'held',
    sentence: expect.stringContaining('another account'),
  })
  await keeper.capture({ accept: true })
  expect(keeper.contents()).toEqual(everything())
  await keeper.capture()
  expect((await keeper.listed()).state.code).toBe('ready')
})

test('trouble of an account that was let go meanwhile is told, and not remembered', async () => {
  server.broken.set('/', 503)
  server.before = () => keeper.link.disconnect!(keeper.source.id)
  await expect(keeper.capture()).rejects.toMatchObject({ code: 'unreachable' })
  expect(await keeper.link.find({})).toEqual([])
})

test('the same cards at other paths are the same', async () => {
  await keeper.capture()
  const moved = [...server.cards].map(([path, text]) => [path.replace('.vcf', '-moved.vcf'), text] as const)
  server.cards.clear()
  for (const [path, text] of moved) server.cards.set(path, text)
  expect(await keeper.capture()).toMatchObject({ missed: [], contacts: { added: 0, changed: 0, gone: 0 } })
})

test('other cards at the same paths are held back', async () => {
  await keeper.capture()
  const held = keeper.contents()
  for (let n = 0; n < PEOPLE; n++) server.cards.set(`/own/${n}.vcf`, card(`other${n}`, `Stranger ${n}`))
  const { missed } = await keeper.capture()
  expect(missed.join()).toContain(`${PEOPLE} of ${PEOPLE} entries are gone`)
  expect(keeper.contents()).toEqual(held)
})

test('all edited at once is no loss', async () => {
  await keeper.capture()
  for (let n = 0; n < PEOPLE; n++) server.cards.set(`/own/${n}.vcf`, card(`u${n}`, `Renamed ${n}`))
  expect((await keeper.capture()).missed).toEqual([])
  expect(keeper.contents()).toEqual(everything())
})

test('an address book that is no longer there is held back, and let go by its owner’s word', async () => {
  await keeper.capture()
  const held = keeper.contents()
  server.books = ['/own/']
  expect((await keeper.capture()).missed.join()).toContain('no longer in the account, with its 1 entries')
  expect(keeper.contents()).toEqual(held)
  await keeper.capture({ accept: true })
  expect(keeper.contents()).toEqual(everything().filter((one) => one !== server.cards.get('/shared/x.vcf')))
  expect((await keeper.listed()).state.code).toBe('ready')
})

test('two cards with one UID both come, and each is followed', async () => {
  server.cards.set('/own/twin.vcf', card('u1', 'Twin'))
  await keeper.capture()
  expect(keeper.contents()).toEqual(everything())
  server.cards.set('/own/twin.vcf', card('u1', 'Twin, edited'))
  await keeper.capture()
  expect(keeper.contents()).toEqual(everything())
  server.cards.delete('/own/1.vcf')
  await keeper.capture()
  expect(keeper.contents()).toEqual(everything())
})

test('a card without UID is known by its path', async () => {
  const without = (name: string) =>
    `BEGIN:VCARD\r\nVERSION:3.0\r\nN:;${name};;;\r\nFN:${name}\r\nEND:VCARD\r\n`
  server.cards.set('/own/none.vcf', without('Nobody'))
  await keeper.capture()
  server.cards.set('/own/none.vcf', without('Somebody'))
  expect(await keeper.capture()).toMatchObject({ contacts: { changed: 1, added: 0, gone: 0 } })
  expect(keeper.contents()).toEqual(everything())
})
