/** A first capture of thousands tells how far it is, can be stopped or cut off, and goes on there. */
import { beforeEach, expect, test } from 'vitest'
import type { Progress } from '../../../../main/progress.ts'
import { type Keeper, keepAccountOf } from '../../../peers/cloud-fixture.ts'
import { card } from '../../replica/fixture.ts'
import { type SmallServer, startSmallServer } from './small-server.ts'

const PEOPLE = 2_300
const BATCH = 100
/** As many are stored before it is remembered how far it came. */
const PART = 500

let server: SmallServer
let keeper: Keeper
beforeEach(async () => {
  server = await startSmallServer()
  server.books = ['/own/']
  for (let n = 0; n < PEOPLE; n++) server.cards.set(`/own/${n}.vcf`, card(`u${n}`, `Person ${n}`))
  keeper = await keepAccountOf(server.url)
  server.asked.length = 0
})

const multigets = () => server.asked.filter((one) => one.startsWith('REPORT')).length
const everything = () => [...server.cards.values()].sort()

test('it shows how many of how many', async () => {
  const seen: Progress[] = []
  await keeper.capture({}, { report: (progress) => void seen.push(progress) })
  expect(seen.map(({ items }) => items)).toEqual(
    Array.from({ length: PEOPLE / BATCH + 1 }, (_, n) => n * BATCH),
  )
  expect(seen.every(({ phase, itemsTotal }) => phase === 'Reading /own/' && itemsTotal === PEOPLE)).toBe(true)
  expect(seen.at(-1)!.bytes).toBe(everything().join('').length)
})

test('stopped, it keeps what came, and fetches only the rest', async () => {
  const controller = new AbortController()
  server.before = (request) => {
    if (request.startsWith('REPORT') && multigets() === 13) controller.abort()
  }
  await expect(keeper.capture({}, { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' })
  expect(keeper.contents()).toHaveLength(2 * PART)
  expect((await keeper.listed()).lastRun).toMatchObject({ result: 'cancelled' })
  server.before = () => undefined
  server.asked.length = 0
  const { contacts, missed } = await keeper.capture()
  expect(missed).toEqual([])
  expect(contacts).toMatchObject({ added: PEOPLE - 2 * PART, changed: 0, unchanged: 0, gone: 0 })
  expect(multigets()).toBe((PEOPLE - 2 * PART) / BATCH)
  expect(keeper.contents()).toEqual(everything())
})

test('cut off by its server, it goes on there too, and sees what went meanwhile', async () => {
  server.before = () => {
    if (multigets() > 16) server.broken.set('/own/', 503)
  }
  expect((await keeper.capture()).missed).toHaveLength(1)
  expect(keeper.contents()).toHaveLength(3 * PART)
  server.before = () => undefined
  server.broken.clear()
  server.cards.delete('/own/0.vcf')
  server.cards.set('/own/1.vcf', card('u1', 'Changed'))
  const { contacts, missed } = await keeper.capture()
  expect(missed).toEqual([])
  expect(contacts).toMatchObject({ added: PEOPLE - 3 * PART, changed: 1, gone: 1 })
  expect(keeper.contents()).toEqual(everything())
  expect((await keeper.listed()).state.code).toBe('ready')
})

test('a later capture that is cut off does not forget what is gone', async () => {
  await keeper.capture()
  for (let n = 0; n < 600; n++) server.cards.set(`/own/${n}.vcf`, card(`u${n}`, `Changed ${n}`))
  server.cards.delete('/own/700.vcf')
  server.asked.length = 0
  server.before = () => {
    if (multigets() > 5) server.broken.set('/own/', 503)
  }
  await keeper.capture()
  server.before = () => undefined
  server.broken.clear()
  expect(await keeper.capture()).toMatchObject({ contacts: { changed: 100, gone: 1 }, missed: [] })
  expect(keeper.contents()).toEqual(everything())
})
