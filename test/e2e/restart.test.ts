/** The real program is killed and started again in the middle of syncs; the phone goes on, and all that was acknowledged is there. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seeded } from '../phone/chance.ts'
import { type Serving, serve, sidekeep } from '../phone/command-line.ts'
import { contentsOf } from '../phone/contents.ts'
import { ConnectionLost } from '../phone/dav-session.ts'
import { createPhone, type Pairing } from '../phone/phone.ts'
import { editAtRandom, fill, isAllSent, NOW, uidsOf } from './phones.ts'

let folder: string
let serving: Serving | undefined
let pairing: Pairing

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-restart-'))
  serving = await serve(folder)
  const paired = (await sidekeep(folder, ['phones', 'add', 'Ada'])) as Pairing
  pairing = { ...paired, url: serving.url }
})

afterEach(async () => {
  await serving?.stop()
  await rm(folder, { recursive: true })
})

test.each(['kill', 'stop'] as const)('%s', async (way) => {
  const chance = seeded(5)
  let untilRestart = Number.POSITIVE_INFINITY
  let restarted: Promise<void> | undefined
  const restart = async (): Promise<void> => {
    await serving![way]()
    serving = await serve(folder, Number(new URL(pairing.url).port))
  }
  const phone = createPhone(pairing, {
    now: () => NOW,
    beforeRequest: () => {
      // It is not waited for: the request is on its way while the program ends.
      if (untilRestart-- === 0) restarted = restart()
      return undefined
    },
  })
  await phone.sync()
  let before = contentsOf(phone.store)
  for (const requests of [5, 20, 25]) {
    // More than is sent before the restart and, as a program that is told to stop finishes what has begun, during it.
    fill(phone, chance, { contacts: 30, events: 10, photos: 5 })
    before = contentsOf(phone.store)
    untilRestart = requests
    await phone.sync().catch((error: unknown) => expect(error).toBeInstanceOf(ConnectionLost))
    expect(restarted).toBeDefined()
    await restarted
    restarted = undefined
  }
  await phone.sync()
  expect(contentsOf(phone.store)).toEqual(before)
  for (let n = 0; n < 20; n++) editAtRandom(phone, chance)
  await phone.sync()
  expect(isAllSent(phone)).toBe(true)
  expect(new Set(uidsOf(phone)).size).toBe(uidsOf(phone).length)
  const other = createPhone(pairing, { now: () => NOW })
  await other.sync()
  expect(contentsOf(other.store)).toEqual(contentsOf(phone.store))
  phone.close()
  other.close()
})
