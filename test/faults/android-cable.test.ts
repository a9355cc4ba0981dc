/** The cable of an Android phone is pulled in the middle, again and again: nothing half is kept, nothing is lost, nothing comes twice. */
import { randomInt } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MIME } from '../../main/links/android/contact-card.ts'
import { Problem } from '../../main/problem.ts'
import { describePhone } from '../android/describe-phone.ts'
import { type Keeper, openKeeper } from '../android/keeper.ts'
import { type Phone, startPhone } from '../android/phone.ts'
import { addContacts, addEvents, addPhotos } from '../android/phone-data.ts'
import { seeded } from '../phone/chance.ts'

const SEED = Number(process.env.SEED ?? randomInt(2 ** 31))
/** While it is read, and as often while it is written. */
const PULLS = 10
const [CONTACTS, EVENTS, PHOTOS] = [20, 10, 20]
const NOW = Date.UTC(2026, 10, 20, 9)
const SOURCE = 'android:android-CABLE1'

describePhone(`the cable of an Android phone, pulled with seed ${SEED}`, (programs) => {
  const chance = seeded(SEED)
  const photos = new Map<string, Buffer>()
  let phone: Phone
  let keeper: Keeper

  beforeAll(async () => {
    phone = await startPhone({ ...programs, serial: 'CABLE1' })
    await fill()
    await phone.plugIn()
    keeper = await openKeeper(phone.socket)
  }, 60_000)

  afterAll(async () => {
    await keeper?.close()
    await phone?.stop()
  })

  async function fill(): Promise<void> {
    addContacts(phone.content, chance, CONTACTS)
    addEvents(phone.content, chance, EVENTS, NOW)
    for (const [path, bytes] of await addPhotos(phone, chance, PHOTOS, NOW)) photos.set(path, bytes)
  }

  const capture = ({ engine }: Keeper) => engine.call('links.capture', { source: SOURCE })
  const send = () => keeper.engine.call('links.send', { source: SOURCE, dryRun: false })

  /** Bytes that go over the cable meanwhile. */
  async function cost(work: () => Promise<unknown>): Promise<number> {
    const before = await phone.carried()
    await work()
    return (await phone.carried()) - before
  }

  /** @returns whether the cable was pulled before the work was done. */
  async function isPulled(within: number, work: () => Promise<unknown>): Promise<boolean> {
    await phone.after(chance.between(1, within), 'pulled')
    try {
      await work()
      return false
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      expect(error.toJSON()).toMatchObject({
        code: 'unreachable',
        sentence: expect.stringMatching(/Pixel 8.* is (no longer connected|not here now)\.$/),
        next: expect.stringMatching(/^(Plug it in again|Connect it)/),
      })
      return true
    } finally {
      await phone.plugIn()
    }
  }

  function textsOf({ texts }: Keeper): string[] {
    return [...texts('contacts'), ...texts('calendar')]
  }

  it(`costs a capture nothing, pulled ${PULLS} times`, { timeout: 300_000 }, async () => {
    const all = await cost(() => capture(keeper))
    for (let pulls = 0; pulls < PULLS; ) {
      // The owner has gone on using the phone.
      await fill()
      const { database } = phone.content
      database.exec(`UPDATE data SET data1=data1||', edited ${pulls}' WHERE mimetype='${MIME.note}'`)
      const texts = new Set(textsOf(keeper))
      const seen = new Set<string>()
      let held = (await keeper.photos()).size
      while (await isPulled(all, () => capture(keeper))) {
        pulls++
        for (const text of textsOf(keeper)) if (!texts.has(text)) seen.add(text)
        const kept = await keeper.photos()
        for (const [path, bytes] of kept) expect(photos.get(path)?.equals(bytes), path).toBe(true)
        expect(kept.size).toBeGreaterThanOrEqual(held)
        held = kept.size
      }
      const whole = new Set(textsOf(keeper))
      expect([...seen].filter((text) => !whole.has(text))).toEqual([])
      expect(await capture(keeper)).toMatchObject({
        contacts: { added: 0, changed: 0, gone: 0 },
        calendar: { added: 0, changed: 0, gone: 0 },
        files: { added: 0, changed: 0, unchanged: photos.size },
        missed: { count: 0 },
      })
    }
    const other = await openKeeper(phone.socket)
    await capture(other)
    expect(textsOf(keeper)).toEqual(textsOf(other))
    expect(await keeper.photos()).toEqual(photos)
    await other.close()
  })

  /** What the phone's own apps show: whatever begins with a dot is hidden. */
  async function visiblePhotos(): Promise<Map<string, Buffer>> {
    const entries = await readdir(phone.storage, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    const read = files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(phone.storage.length + 1), await readFile(path)] as const
    })
    return new Map(await Promise.all(read))
  }

  /** Of all that the phone's providers hold, deleted or not. */
  function countRows(): Record<string, unknown>[] {
    const tables = ['raw_contacts', 'data', 'groups', 'calendars', 'events', 'reminders', 'attendees']
    const counts = tables.map((table) => `SELECT '${table}' AS held, count(*) AS rows FROM ${table}`)
    return phone.content.database.prepare(counts.join(' UNION ALL ')).all()
  }

  it(`costs what is sent nothing, pulled ${PULLS} times`, { timeout: 300_000 }, async () => {
    await phone.reset()
    photos.clear()
    await fill()
    await keeper.close()
    keeper = await openKeeper(phone.socket)
    await capture(keeper)
    const texts = textsOf(keeper)
    await phone.reset()
    const all = await cost(send)
    const whole = countRows()
    for (let pulls = 0; pulls < PULLS; ) {
      await phone.reset()
      while (await isPulled(all, send)) {
        pulls++
        for (const [path, bytes] of await visiblePhotos()) {
          expect(photos.get(path)?.equals(bytes), path).toBe(true)
        }
      }
      expect(await visiblePhotos()).toEqual(photos)
      expect(countRows()).toEqual(whole)
    }
    expect(await send()).toMatchObject({
      ...{ added: 0, changed: 0, unchanged: CONTACTS + EVENTS + PHOTOS, failed: [], next: null },
    })
    expect(await capture(keeper)).toMatchObject({
      contacts: { added: 0, changed: 0, unchanged: CONTACTS, gone: 0 },
      calendar: { added: 0, changed: 0, unchanged: EVENTS, gone: 0 },
      files: { added: 0, changed: 0, unchanged: PHOTOS },
    })
    expect(textsOf(keeper)).toEqual(texts)
  })
})
