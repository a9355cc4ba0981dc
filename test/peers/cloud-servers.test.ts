/** Accounts at real servers: captured, changed, stopped, emptied, put back from an older state, exchanged, and filled again. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Server, startRadicale, startXandikos } from '../bench/servers.ts'
import { makeCard, withNote } from '../phone/cards.ts'
import { type Chance, seeded } from '../phone/chance.ts'
import { makeEvent } from '../phone/events.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'
import { ask, type Front, type Keeper, keepAccountOf, openFront } from './cloud-fixture.ts'
import { describePeer } from './peers.ts'

const NOW = new Date('2026-11-23T10:00:00Z')
const CONTACTS = 12
const EVENTS = 4

interface ServerKind {
  peer: 'radicale' | 'xandikos'
  start(folder: string): Promise<Server>
  calendar: string
  hasCalendar: boolean
}

const KINDS: ServerKind[] = [
  { peer: 'radicale', start: startRadicale, calendar: '../calendar/', hasCalendar: false },
  { peer: 'xandikos', start: startXandikos, calendar: '../../calendars/calendar/', hasCalendar: true },
]

for (const { peer, start, calendar, hasCalendar } of KINDS) {
  describePeer(peer, 'a cloud account', () => {
    let folder: string
    let server: Server
    let front: Front
    let keeper: Keeper
    let chance: Chance
    let card: Buffer

    const place = (name: string, of = server) => new URL(name, of.base)

    async function begin(at: string): Promise<Server> {
      const started = await start(at)
      onTestFinished(() => started.stop())
      return started
    }

    async function fill(of: Server): Promise<void> {
      if (!hasCalendar) await ask('MKCALENDAR', new URL(calendar, of.base))
      for (let n = 0; n < CONTACTS; n++) await ask('PUT', place(`c${n}.vcf`, of), makeCard(chance, NOW))
      for (let n = 0; n < EVENTS; n++) {
        await ask('PUT', new URL(`e${n}.ics`, new URL(calendar, of.base)), makeEvent(chance, NOW))
      }
    }

    async function restart(): Promise<void> {
      server = await begin(folder)
      front.lead(server)
    }

    beforeEach(async () => {
      chance = seeded(7)
      folder = join(await temporaryFolder(), 'server')
      server = await begin(folder)
      await fill(server)
      card = makeCard(chance, NOW)
      front = await openFront()
      front.lead(server)
      keeper = await keepAccountOf(`${front.origin}/`)
    })

    async function edit(): Promise<void> {
      const before = Buffer.from(await (await ask('GET', place('c1.vcf'))).arrayBuffer())
      await ask('PUT', place('c1.vcf'), withNote(before, 'edited elsewhere'))
      await ask('PUT', place('new.vcf'), card)
      await ask('DELETE', place('c2.vcf'))
    }

    async function empty(): Promise<void> {
      for (let n = 0; n < CONTACTS; n++) await ask('DELETE', place(`c${n}.vcf`))
      for (let n = 0; n < EVENTS; n++) await ask('DELETE', new URL(`e${n}.ics`, place(calendar)))
    }

    test('comes as its server has it, byte for byte, and then only what changed', async () => {
      const first = await keeper.capture()
      expect(first.missed).toEqual([])
      expect(first.brought).toMatchObject({ contacts: { added: CONTACTS }, calendar: { added: EVENTS } })
      const one = await (await ask('GET', place('c0.vcf'))).text()
      expect(keeper.contents()).toContain(one)
      expect((await keeper.capture()).brought).toMatchObject({
        contacts: { added: 0, changed: 0, unchanged: 0, gone: 0 },
        calendar: { added: 0, changed: 0, unchanged: 0, gone: 0 },
      })
      await edit()
      expect((await keeper.capture()).brought).toMatchObject({
        contacts: { added: 1, changed: 1, unchanged: 0, gone: 1 },
        calendar: { added: 0, changed: 0, gone: 0 },
      })
      expect((await keeper.state()).code).toBe('ready')
    })

    test('that is down, or asks for another password, changes nothing', async () => {
      await keeper.capture()
      const held = keeper.contents()
      await server.stop()
      front.lead(null)
      await expect(keeper.capture()).rejects.toMatchObject({ code: 'unreachable' })
      expect(await keeper.state()).toMatchObject({
        code: 'unreachable',
        next: expect.stringContaining('Nothing'),
      })
      expect((await keeper.state()).sentence).toContain('since 2027-01-15')
      await restart()
      if (server.credentials) {
        await expect(keeper.capture({ password: 'old' })).rejects.toMatchObject({ code: 'wrong-password' })
        expect((await keeper.state()).code).toBe('wrong-password')
      }
      expect((await keeper.capture()).missed).toEqual([])
      expect((await keeper.state()).code).toBe('ready')
      expect(keeper.contents()).toEqual(held)
    })

    test('that is emptied all at once changes nothing, and is filled again by one call', async () => {
      await keeper.capture()
      const held = keeper.contents()
      await empty()
      const { brought, missed } = await keeper.capture()
      expect(brought).toEqual({})
      expect(missed.join()).toContain(`${CONTACTS} of ${CONTACTS} entries are gone all at once`)
      expect(keeper.contents()).toEqual(held)
      expect((await keeper.state()).code).toBe('held')

      const request = { items: keeper.items(), files: [], secrets: { password: 'bench' } }
      const all = { added: CONTACTS + EVENTS, changed: 0, unchanged: 0, failed: [], next: null }
      const send = (dryRun: boolean) => keeper.link.send(keeper.source, { ...request, dryRun }, {})
      expect(await send(true)).toEqual(all)
      expect(await send(false)).toEqual(all)
      expect(await send(false)).toEqual({ ...all, added: 0, unchanged: CONTACTS + EVENTS })
      const again = await keeper.capture()
      expect(again.missed).toEqual([])
      expect(again.brought).toMatchObject({
        contacts: { gone: 0, added: 0 },
        calendar: { gone: 0, added: 0 },
      })
      expect((await keeper.state()).code).toBe('ready')
    })

    test('that lost its address book and calendar altogether gets them again, with all that was in them', async () => {
      await keeper.capture()
      const held = keeper.contents()
      for (const lost of [server.base, place(calendar)]) await ask('DELETE', lost)
      const { missed } = await keeper.capture()
      expect(missed).toHaveLength(2)
      expect(keeper.contents()).toEqual(held)
      const request = { items: keeper.items(), files: [], secrets: { password: 'bench' }, dryRun: false }
      const report = await keeper.link.send(keeper.source, request, {})
      expect(report).toEqual({ added: CONTACTS + EVENTS, changed: 0, unchanged: 0, failed: [], next: null })
      const again = await keeper.capture()
      expect(again.missed).toEqual([])
      expect(again.brought).toMatchObject({
        contacts: { gone: 0, added: 0 },
        calendar: { gone: 0, added: 0 },
      })
    })

    test('that is emptied on purpose is taken as it is by its owner’s word', async () => {
      await keeper.capture()
      await empty()
      await keeper.capture()
      expect((await keeper.capture({ accept: true })).brought).toMatchObject({
        contacts: { gone: CONTACTS },
        calendar: { gone: EVENTS },
      })
      expect(keeper.contents()).toEqual([])
      expect((await keeper.state()).code).toBe('ready')
    })

    test('that went back to an older state changes nothing', async () => {
      await keeper.capture()
      await server.stop()
      const backup = `${folder}-backup`
      await cp(folder, backup, { recursive: true })
      await restart()
      await edit()
      await keeper.capture()
      const held = keeper.contents()
      await server.stop()
      await rm(folder, { recursive: true })
      await cp(backup, folder, { recursive: true })
      await restart()
      const { brought, missed } = await keeper.capture()
      expect(missed.join()).toContain('gone back to an older state')
      expect(brought).not.toHaveProperty('contacts')
      expect(keeper.contents()).toEqual(held)
      // And it can be brought forward again.
      const report = await keeper.link.send(
        keeper.source,
        { items: keeper.items(), files: [], secrets: { password: 'bench' }, dryRun: false },
        {},
      )
      expect(report).toMatchObject({ added: 1, changed: 1, failed: [] })
      expect((await keeper.capture()).missed).toEqual([])
      expect(keeper.contents()).toEqual(expect.arrayContaining(held))
    })

    test('that is another one at the same address changes nothing', async () => {
      await keeper.capture()
      const held = keeper.contents()
      await server.stop()
      const wrong = await begin(`${folder}-wrong`)
      await fill(wrong)
      front.lead(wrong)
      const { brought, missed } = await keeper.capture()
      expect(brought).toEqual({})
      expect(missed).toHaveLength(2)
      expect(keeper.contents()).toEqual(held)
      front.lead(null)
      await restart()
      expect((await keeper.capture()).missed).toEqual([])
      expect(keeper.contents()).toEqual(held)
    })

    test('is filled from another account’s data without doubles', async () => {
      await keeper.capture()
      const other = await begin(`${folder}-other`)
      if (!hasCalendar) await ask('MKCALENDAR', new URL(calendar, other.base))
      const otherFront = await openFront()
      otherFront.lead(other)
      const there = await keepAccountOf(`${otherFront.origin}/`)
      const request = { items: keeper.items(), files: [], secrets: { password: 'bench' }, dryRun: false }
      expect(await there.link.send(there.source, request, {})).toMatchObject({
        added: CONTACTS + EVENTS,
        failed: [],
      })
      expect(await there.link.send(there.source, request, {})).toMatchObject({
        added: 0,
        changed: 0,
        failed: [],
      })
      await there.capture()
      expect(there.contents()).toHaveLength(CONTACTS + EVENTS)
    })
  })
}
