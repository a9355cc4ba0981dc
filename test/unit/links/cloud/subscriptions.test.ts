/** Published calendars and address books: read when they changed, and never lost by what their server does. */
import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Keeper, keep, PASSWORD } from '../../../peers/cloud-fixture.ts'
import { card } from '../../replica/fixture.ts'

const calendar = (...uids: string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'X-WR-CALNAME:Family\\, all of us',
    ...uids.flatMap((uid) => ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTART:20261123T100000Z', 'END:VEVENT']),
    'END:VCALENDAR',
    '',
  ].join('\r\n')
const UIDS = ['a', 'b', 'c', 'd']

let answer: (request: IncomingMessage, response: ServerResponse) => void
let statuses: number[]
let origin: string
beforeEach(async () => {
  statuses = []
  const server = createServer((request, response) => {
    response.once('finish', () => statuses.push(response.statusCode))
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  publish(calendar(...UIDS))
})

function publish(text: string, validator: 'etag' | 'last-modified' = 'etag'): void {
  const value = validator === 'etag' ? `"${hash('sha256', text)}"` : 'Mon, 23 Nov 2026 10:00:00 GMT'
  const condition = validator === 'etag' ? 'if-none-match' : 'if-modified-since'
  answer = (request, response) => {
    if (request.headers[condition] === value) return void response.writeHead(304).end()
    response.writeHead(200, { [validator]: value }).end(text)
  }
}

const subscribe = (path = '/secret-token/family.ics') => keep({ subscription: origin + path })
const changes = async (keeper: Keeper) => (await keeper.capture()).calendar

test('is read as a calendar of its own name, and its secret address is told to nobody', async () => {
  const keeper = await subscribe()
  expect(await changes(keeper)).toMatchObject({ added: 4 })
  expect(keeper.contents()).toHaveLength(4)
  const [phone] = await keeper.engine.call('phones.list', {})
  expect(phone).toMatchObject({ name: 'Ada', items: 4 })
  expect(JSON.stringify(await keeper.listed())).not.toContain('secret-token')
  answer = (_, response) => void response.writeHead(500).end()
  await expect(keeper.capture()).rejects.toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret-token') }),
  )
})

test.each(['etag', 'last-modified'] as const)(
  'is not read again when its %s is the same',
  async (validator) => {
    publish(calendar(...UIDS), validator)
    const keeper = await subscribe()
    await keeper.capture()
    statuses = []
    expect(await changes(keeper)).toMatchObject({ added: 0, changed: 0, unchanged: 0, gone: 0 })
    expect(statuses).toEqual([304])
    publish(calendar('a', 'b', 'c', 'e'))
    expect(await changes(keeper)).toMatchObject({ added: 1, gone: 1, unchanged: 3 })
  },
)

test('an address book comes the same way', async () => {
  publish(card('a', 'A') + card('b', 'B'))
  const keeper = await subscribe('/people.vcf')
  expect((await keeper.capture()).contacts).toMatchObject({ added: 2 })
  expect(keeper.contents()).toEqual([card('a', 'A'), card('b', 'B')])
})

test.each([
  ['an error', (response: ServerResponse) => response.writeHead(503).end(), 'unreachable'],
  ['nobody there', (response: ServerResponse) => response.writeHead(404).end(), 'unreachable'],
  ['a wish for a password', (response: ServerResponse) => response.writeHead(401).end(), 'wrong-password'],
  ['a sign-in page', (response: ServerResponse) => response.end('<html>Sign in</html>'), 'unreachable'],
  ['nothing', (response: ServerResponse) => response.end(), 'unreachable'],
  ['half of it', (response: ServerResponse) => response.end(calendar(...UIDS).slice(0, 120)), 'unreachable'],
  [
    'a broken line',
    (response: ServerResponse) => response.write('BEGIN:', () => response.destroy()),
    'unreachable',
  ],
])('%s changes nothing, and the state says since when', async (_, trouble, code) => {
  const keeper = await subscribe()
  await keeper.capture()
  const last = keeper.lastChange()
  answer = (_request, response) => void trouble(response)
  await expect(keeper.capture()).rejects.toMatchObject({ code })
  expect(keeper.lastChange()).toBe(last)
  const { state } = await keeper.listed()
  expect(state).toMatchObject({ code, sentence: expect.stringContaining('since 2027-01-15') })
  publish(calendar(...UIDS, 'e'))
  expect(await changes(keeper)).toMatchObject({ added: 1 })
  expect((await keeper.listed()).state.code).toBe('ready')
})

test('one that is empty all at once is held back until its owner’s word', async () => {
  const keeper = await subscribe()
  await keeper.capture()
  const last = keeper.lastChange()
  publish(calendar())
  expect(await keeper.capture()).toMatchObject({ calendar: { gone: 0 }, heldBack: { calendar: 4 } })
  expect(keeper.lastChange()).toBe(last)
  expect(await keeper.capture({ accept: true })).toMatchObject({ calendar: { gone: 4 } })
  expect(keeper.contents()).toEqual([])
})

test('its password goes to its own server alone', async () => {
  const basic = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`
  answer = ({ headers }, response) => {
    if (headers.authorization === basic) response.end(calendar('a'))
    else response.writeHead(401).end()
  }
  const keeper = await keep({ subscription: `${origin}/a.ics`, user: 'ada' })
  expect(await changes(keeper)).toMatchObject({ added: 1 })
  answer = (_, response) =>
    void response.writeHead(302, { location: 'https://elsewhere.example/a.ics' }).end()
  await expect(keeper.capture()).rejects.toMatchObject({ code: 'not-allowed' })
})

test.each([
  'https://127.0.0.1:1/',
  'https://[::1]:1/',
  'https://192.168.0.1/',
  'https://localhost/',
  'http://calendar.example/',
])('a redirect to %s is not followed', async (target) => {
  const keeper = await subscribe()
  answer = (_, response) => void response.writeHead(302, { location: target }).end()
  await expect(keeper.capture()).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:not-allowed|unreachable|bad-input)$/),
  })
  expect(statuses.filter((status) => status === 302)).toHaveLength(1)
})

test.each([
  { subscription: 'http://calendar.example/a.ics' },
  { subscription: 'not an address' },
  { subscription: 'https://ada:secret@calendar.example/a.ics' },
  { subscription: 'https://calendar.example/a.ics', colour: 'green' },
])('%j is refused', async (options) => {
  await expect(keep(options as Record<string, string>)).rejects.toMatchObject({ code: 'bad-input' })
})

test('nothing can be sent to it', async () => {
  const keeper = await subscribe()
  await keeper.capture()
  await expect(keeper.send()).rejects.toMatchObject({ code: 'not-allowed' })
})
