/** Backups broken in ways that nobody thought of: each is read, or refused with a sentence, and no wrong step is taken on the way. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createIphoneLink } from '../../../main/links/iphone/iphone.ts'
import { Problem } from '../../../main/problem.ts'
import { type Chance, seeded } from '../../phone/chance.ts'
import { UDID, writeBackup } from '../../phone/iphone-backup.ts'
import { apple, makeAddressBook, makeCalendars, makePhotos, phoneFiles } from '../../phone/iphone-data.ts'
import { recorder } from './recorder.ts'

const SEEDS = Array.from({ length: 120 }, (_, n) => n + 1)
const TAKEN = Date.UTC(2026, 10, 20)
const CODES = /^(?:data-damaged|wrong-password|busy|not-found)$/

let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-broken-'))
})
afterEach(() => rmSync(top, { recursive: true }))

const people = Array.from({ length: 20 }, (_, n) => ({ ROWID: n + 1, First: `Ada ${n}`, StoreID: 0 }))
const events = people.map(({ ROWID }) => ({
  ...{
    ROWID,
    summary: `Event ${ROWID}`,
    calendar_id: 1,
    entity_type: 2,
    unique_identifier: `event-${ROWID}`,
  },
  start_date: apple(TAKEN),
}))
const files = [
  ...phoneFiles({
    addressBook: makeAddressBook('new', { people }, true),
    calendar: makeCalendars('new', {
      CalendarItem: events,
      Recurrence: [{ owner_id: 1, frequency: 1, interval: 1 }],
    }),
    photos: makePhotos(
      'new',
      [{ directory: 'DCIM/100APPLE', filename: 'IMG_0001.JPG' }],
      [{ name: 'A', photos: [0] }],
    ),
  }),
  { domain: 'CameraRollDomain', path: 'Media/DCIM/100APPLE/IMG_0001.JPG', bytes: Buffer.alloc(5000, 1) },
]

const DAMAGES: ((bytes: Buffer, chance: Chance) => Buffer)[] = [
  (bytes, chance) => {
    for (let n = chance.between(1, 30); n > 0; n--)
      bytes[chance.between(0, bytes.length - 1)] = chance.between(0, 255)
    return bytes
  },
  (bytes, chance) => bytes.subarray(0, chance.between(0, bytes.length - 1)),
  (bytes, chance) => bytes.fill(0, chance.between(0, bytes.length - 1)),
  (bytes, chance) => {
    const at = chance.between(0, bytes.length - 1)
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.alloc(chance.between(1, 600), 0x41),
      bytes.subarray(at),
    ])
  },
]

it.each([undefined, 'secret'])('a backup with password %s, broken anywhere', async (password) => {
  const place = join(top, 'place')
  mkdirSync(join(top, 'temporary'))
  const link = createIphoneLink({
    ...{ places: [place], own: join(top, 'own'), temporary: join(top, 'temporary') },
    memory: { read: () => undefined, write: async () => undefined },
    run: async () => undefined,
    now: () => TAKEN,
  })
  const plan = { udid: UDID, name: 'iPhone', takenAt: TAKEN, files, ...(password ? { password } : {}) }
  const rounds = { outer: 20, inner: 10 }
  const folder = writeBackup(place, { ...plan, rounds })
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  )
  let refused = 0
  for (const seed of SEEDS) {
    const chance = seeded(seed)
    const path = join(folder, chance.pick(paths))
    const whole = readFileSync(path)
    const told = `seed ${seed}: ${path}`
    writeFileSync(path, chance.pick(DAMAGES)(Buffer.from(whole), chance))
    try {
      const [source] = await link.find({})
      if (source) {
        const request = { kinds: ['contacts', 'calendar', 'photos'] as const, cursor: undefined }
        const secrets: Record<string, string> = password ? { password } : {}
        const { sink, missed } = recorder()
        await link.capture(source, { ...request, secrets }, sink, {})
        refused += Number(missed.length > 0)
      }
    } catch (error) {
      refused++
      expect(error, told).toBeInstanceOf(Problem)
      const { code, message, next } = error as Problem
      expect(code, told).toMatch(CODES)
      expect(message.length > 10 && next.length > 10, told).toBe(true)
    }
    expect(readdirSync(join(top, 'temporary')), `${told}: what is left in the clear`).toEqual([])
    writeFileSync(path, whole)
  }
  expect(refused).toBeGreaterThan(SEEDS.length / 4)
})
