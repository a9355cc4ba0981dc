/** The connection breaks at random requests of many syncs, while the phone's owner goes on editing; in the end nothing is lost or doubled. */
import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startDav } from '../peers/dav-fixture.ts'
import { type Chance, seeded } from '../phone/chance.ts'
import { type Contents, contentsOf } from '../phone/contents.ts'
import { ConnectionLost, type Fault } from '../phone/dav-session.ts'
import { createPhone, type Phone } from '../phone/phone.ts'
import { editAtRandom, fill, isAllSent, NOW, pairingOf, uidsOf } from './phones.ts'

const FAULTS: Fault[] = ['before-sending', 'while-sending', 'before-answer']
const ROUNDS = 25
const EDITS_PER_ROUND = 3

// A failed test names its seed; SEED=n runs that one again.
const seeds = process.env.SEED ? [Number(process.env.SEED)] : [1, 2, randomInt(1_000_000)]

test.each(seeds)('seed %i', async (seed) => {
  await using dav = await startDav()
  const chance = seeded(seed)
  let faults = 0
  let flaky = false
  const phone = createPhone(pairingOf(dav), {
    now: () => NOW,
    pastEventDays: chance.pick([90, null]),
    beforeRequest: () => {
      if (!flaky || !chance.often(0.08)) return undefined
      faults++
      return chance.pick(FAULTS)
    },
  })
  await phone.sync()
  const owner = rememberingOwner(phone, chance)
  fill(phone, chance, { contacts: 20, events: 10, photos: 4 })
  owner.remember()
  flaky = true
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = 0; n < EDITS_PER_ROUND; n++) owner.edit()
    await phone.sync().catch((error: unknown) => expect(error).toBeInstanceOf(ConnectionLost))
  }
  flaky = false
  await phone.sync()
  await phone.sync()

  expect(faults).toBeGreaterThan(5)
  expect(isAllSent(phone)).toBe(true)
  expect(new Set(uidsOf(phone)).size).toBe(uidsOf(phone).length)
  const held = contentsOf(phone.store)
  expect(owner.missingFrom(held)).toEqual([])
  expect(owner.neverWroteIn(held)).toEqual([])
  // A change gives way only where an answer was lost and the server had the phone's own earlier version.
  expect(owner.outdatedIn(held).length).toBeLessThanOrEqual(phone.tally.conflicts)
  const other = createPhone(pairingOf(dav), { now: () => NOW, pastEventDays: null })
  await other.sync()
  expect(contentsOf(other.store)).toEqual(held)
  expect(await readdir(dav.replica.incoming)).toEqual([])
  expect(dav.logged).toEqual([])
  phone.close()
  other.close()
})

/** The owner, who knows every version they ever wrote, and what they mean to have now. */
function rememberingOwner(phone: Phone, chance: Chance) {
  const wanted: Contents = new Map()
  const written = new Map<string, Set<string>>()
  const remember = (before: Contents = new Map()): void => {
    const after = contentsOf(phone.store)
    for (const [name, value] of after) {
      if (before.get(name) === value) continue
      wanted.set(name, value)
      written.set(name, (written.get(name) ?? new Set()).add(value))
    }
    for (const name of before.keys()) if (!after.has(name)) wanted.delete(name)
  }
  return {
    remember,
    edit() {
      const before = contentsOf(phone.store)
      editAtRandom(phone, chance)
      remember(before)
    },
    missingFrom: (held: Contents) => [...wanted.keys()].filter((name) => !held.has(name)),
    neverWroteIn: (held: Contents) =>
      [...held].filter(([name, value]) => !written.get(name)?.has(value)).map(([name]) => name),
    outdatedIn: (held: Contents) =>
      [...wanted].filter(([name, value]) => held.get(name) !== value).map(([name]) => name),
  }
}
