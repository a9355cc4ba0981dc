/** A phone that lost everything but kept its account and its sync tokens gets all back by its next sync, on the real program. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seeded } from '../phone/chance.ts'
import { type Serving, serve, sidekeep } from '../phone/command-line.ts'
import { contentsOf } from '../phone/contents.ts'
import { createPhone, type Pairing } from '../phone/phone.ts'
import { deleteItem, firstCollection, visibleItems } from '../phone/phone-store.ts'
import { loseMemory } from '../phone/reset.ts'
import { editAtRandom, fill, NOW } from './phones.ts'

let folder: string
let serving: Serving | undefined
let pairing: Pairing

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-restore-'))
  serving = await serve(folder)
  pairing = { ...((await sidekeep(folder, ['phones', 'add', 'Ada'])) as Pairing), url: serving.url }
})

afterEach(async () => {
  await serving?.stop()
  await rm(folder, { recursive: true })
})

test.each([
  ['a query of 90 days', 90],
  ['sync-collection', null],
])('with events by %s', async (_way, pastEventDays) => {
  const chance = seeded(31)
  const phone = createPhone(pairing, { now: () => NOW, pastEventDays })
  await phone.sync()
  fill(phone, chance, { contacts: 30, events: 20, photos: 5 })
  await phone.sync()
  const before = contentsOf(phone.store)
  await sidekeep(folder, ['backup'])

  loseMemory(phone.store)
  await phone.sync()
  expect(contentsOf(phone.store).size).toBe(0)
  const restored = await sidekeep(folder, ['restore', '--phone', 'Ada'])
  expect(restored).toMatchObject({ added: 55, reverted: 0, removed: 0, failed: [], different: [] })
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(before)

  // Life goes on: what is edited after a restore is synced as ever.
  for (let n = 0; n < 10; n++) editAtRandom(phone, chance)
  const edited = contentsOf(phone.store)
  await phone.sync()
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(edited)
  expect(phone.tally).toMatchObject({ conflicts: 0, refused: 0 })
  phone.close()
})

test('an exact restore takes away what came since, on the phone too, and can be undone', async () => {
  const chance = seeded(32)
  const phone = createPhone(pairing, { now: () => NOW })
  await phone.sync()
  fill(phone, chance, { contacts: 10, events: 5 })
  await phone.sync()
  const before = contentsOf(phone.store)
  await sidekeep(folder, ['backup'])
  fill(phone, chance, { contacts: 3 })
  deleteItem(firstCollection(phone.store, 'contacts'), visibleItems(phone.store, 'contacts')[0]!)
  await phone.sync()
  const after = contentsOf(phone.store)

  const { restore } = (await sidekeep(folder, ['restore', '--phone', 'Ada', '--exact'])) as {
    restore: number
  }
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(before)
  await sidekeep(folder, ['restore', '--undo', String(restore)])
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(after)
  phone.close()
})
