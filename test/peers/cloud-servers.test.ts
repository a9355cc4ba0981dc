/** Accounts at real servers: captured, changed, stopped, emptied, put back from an older state, exchanged, and filled again. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Server, startRadicale, startXandikos } from '../bench/servers.ts'
import { makeCard, withNote } from '../phone/cards.ts'
import { type Chance, seeded } from '../phone/chance.ts'
import { makeEvent } from '../phone/events.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'
import { ask, type Front, type Keeper, keepAccountOf, openFront, PASSWORD } from './cloud-fixture.ts'
import { startCyrus } from './cyrus.ts'
import { describePeer, type PeerName } from './peers.ts'

const NOW = new Date('2026-11-23T10:00:00Z')
const CONTACTS = 12
const EVENTS = 4

interface ServerKind {
  peer: PeerName
  start(folder: string): Promise<Server>
  calendar: string
  hasCalendar: boolean
}

// It lets nobody delete the calendar that it makes by itself.
const CYRUS_CALENDAR = '../../../../calendars/user/bench/calendar/'

const KINDS: ServerKind[] = [
  { peer: 'radicale', start: startRadicale, calendar: '../calendar/', hasCalendar: false },
  { peer: 'xandikos', start: startXandikos, calendar: '../../calendars/calendar/', hasCalendar: true },
  { peer: 'cyrmaster', start: startCyrus, calendar: CYRUS_CALENDAR, hasCalendar: false },
]

const PICTURE = Buffer.from('\xff\xd8\xff\xe0 a small picture', 'latin1').toString('base64')

const nothing = { added: 0, changed: 0, gone: 0 }
const NOTHING = { contacts: nothing, calendar: nothing, heldBack: { contacts: 0, calendar: 0 } }
const EVERYTHING = { added: CONTACTS + EVENTS, changed: 0, unchanged: 0, failed: [], next: null }

for (const { peer, start, calendar, hasCalendar } of KINDS) {
  describePeer(peer, 'a cloud account', () => {
    let template: string
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

    async function fill(of: Server, chance: Chance): Promise<void> {
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

    // Filled once, and copied for each test: some servers take a second for each thing that is put in.
    beforeAll(async () => {
      template = await mkdtemp(join(tmpdir(), 'sidekeep-cloud-'))
      const first = await start(join(template, 'server'))
      await fill(first, seeded(7)).finally(() => first.stop())
    })

    afterAll(() => rm(template, { recursive: true, force: true }))

    beforeEach(async () => {
      chance = seeded(8)
      folder = join(await temporaryFolder(), 'server')
      await cp(join(template, 'server'), folder, { recursive: true })
      server = await begin(folder)
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
      expect(first).toMatchObject({ contacts: { added: CONTACTS }, calendar: { added: EVENTS } })
      const one = await (await ask('GET', place('c0.vcf'))).text()
      expect(keeper.contents()).toContain(one)
      expect(await keeper.capture()).toMatchObject({ ...NOTHING, missed: [] })
      await edit()
      expect(await keeper.capture()).toMatchObject({
        contacts: { added: 1, changed: 1, unchanged: 0, gone: 1 },
        calendar: nothing,
      })
      expect((await keeper.listed()).state.code).toBe('ready')
    })

    test('that is down, or asks for another password, changes nothing, and says since when', async () => {
      await keeper.capture()
      const held = keeper.lastChange()
      await server.stop()
      front.lead(null)
      await expect(keeper.capture()).rejects.toMatchObject({ code: 'unreachable' })
      const { state, since, lastRun } = await keeper.listed()
      expect(state).toMatchObject({ code: 'unreachable', next: expect.stringContaining('Nothing') })
      expect(state.sentence).toContain('since 2027-01-15')
      expect(since).toBeGreaterThan(0)
      expect(lastRun).toMatchObject({ result: 'failed' })
      await restart()
      if (server.credentials) {
        await expect(keeper.capture({ password: 'old' })).rejects.toMatchObject({ code: 'wrong-password' })
        expect((await keeper.listed()).state.code).toBe('wrong-password')
      }
      expect(await keeper.capture()).toMatchObject({ ...NOTHING, missed: [] })
      expect((await keeper.listed()).state.code).toBe('ready')
      expect(keeper.lastChange()).toBe(held)
    })

    test('that is emptied all at once changes nothing, and is filled again by one command', async () => {
      await keeper.capture()
      const held = keeper.lastChange()
      await empty()
      const { missed, ...brought } = await keeper.capture()
      expect(brought).toMatchObject({ contacts: nothing, calendar: nothing })
      expect(missed.join()).toContain(`${CONTACTS} of ${CONTACTS} entries are gone all at once`)
      expect(keeper.lastChange()).toBe(held)
      expect((await keeper.listed()).state.code).toBe('held')

      expect(await keeper.send({ dryRun: true })).toMatchObject(EVERYTHING)
      expect(await keeper.send()).toMatchObject(EVERYTHING)
      expect(await keeper.send()).toMatchObject({ ...EVERYTHING, added: 0, unchanged: CONTACTS + EVENTS })
      const again = await keeper.capture()
      expect(again).toMatchObject({
        missed: [],
        contacts: { added: 0, gone: 0 },
        calendar: { added: 0, gone: 0 },
      })
      expect((await keeper.listed()).state.code).toBe('ready')
    })

    test('that lost its address book and calendar altogether gets them again, with all that was in them', async () => {
      await keeper.capture()
      const held = keeper.contents()
      for (const lost of [server.base, place(calendar)]) await ask('DELETE', lost)
      expect((await keeper.capture()).missed).toHaveLength(2)
      expect(keeper.contents()).toEqual(held)
      expect(await keeper.send()).toMatchObject(EVERYTHING)
      const again = await keeper.capture()
      expect(again).toMatchObject({
        missed: [],
        contacts: { added: 0, gone: 0 },
        calendar: { added: 0, gone: 0 },
      })
    })

    test('gets its groups of both kinds and its pictures back', async () => {
      const lines = [
        ['CATEGORIES:Friends', `PHOTO;ENCODING=b;TYPE=JPEG:${PICTURE}`],
        ['X-ADDRESSBOOKSERVER-KIND:group', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u0'],
      ]
      for (const [n, more] of lines.entries()) {
        const person = ['VERSION:3.0', `UID:u${n}`, `FN:U${n}`, 'N:U;;;;', ...more]
        const body = ['BEGIN:VCARD', ...person, 'END:VCARD', ''].join('\r\n')
        await ask('PUT', place(`u${n}.vcf`), body, { 'content-type': 'text/vcard' })
      }
      await keeper.capture()
      const held = keeper.contents()
      const inHeld = (part: string) => held.some((one) => one.replaceAll(/\r\n[ \t]/g, '').includes(part))
      for (const part of ['CATEGORIES:Friends', PICTURE, 'KIND:group', 'MEMBER:urn:uuid:u0']) {
        expect(inHeld(part), part).toBe(true)
      }
      for (const n of lines.keys()) await ask('DELETE', place(`u${n}.vcf`))
      expect(await keeper.send()).toMatchObject({ added: 2, changed: 0, failed: [] })
      expect(await keeper.send()).toMatchObject({ added: 0, changed: 0, failed: [] })
      await keeper.capture()
      expect(keeper.contents()).toEqual(held)
    })

    test('that is emptied on purpose is taken as it is by its owner’s word', async () => {
      await keeper.capture()
      await empty()
      await keeper.capture()
      expect(await keeper.capture({ accept: true })).toMatchObject({
        contacts: { gone: CONTACTS },
        calendar: { gone: EVENTS },
      })
      expect(keeper.contents()).toEqual([])
      expect((await keeper.listed()).state.code).toBe('ready')
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
      const last = keeper.lastChange()
      await server.stop()
      await rm(folder, { recursive: true })
      await cp(backup, folder, { recursive: true })
      await restart()
      expect((await keeper.capture()).missed.join()).toContain('gone back to an older state')
      expect(keeper.lastChange()).toBe(last)
      // And it can be brought forward again.
      expect(await keeper.send()).toMatchObject({ added: 1, changed: 1, failed: [] })
      expect((await keeper.capture()).missed).toEqual([])
      expect(keeper.contents()).toEqual(expect.arrayContaining(held))
    })

    test('that is another one at the same address changes nothing', async () => {
      await keeper.capture()
      const held = keeper.lastChange()
      await server.stop()
      const wrong = await begin(`${folder}-wrong`)
      await fill(wrong, chance)
      front.lead(wrong)
      const { missed } = await keeper.capture()
      expect(missed).toHaveLength(2)
      front.lead(null)
      await restart()
      expect(await keeper.capture()).toMatchObject({ ...NOTHING, missed: [] })
      expect(keeper.lastChange()).toBe(held)
    })

    test('is filled from another account’s data without doubles', async () => {
      await keeper.capture()
      const other = await begin(`${folder}-other`)
      if (!hasCalendar) await ask('MKCALENDAR', new URL(calendar, other.base))
      const otherFront = await openFront()
      otherFront.lead(other)
      const { source: into } = await keeper.engine.call('links.connect', {
        link: 'cloud',
        options: { url: `${otherFront.origin}/`, user: 'bench' },
        secrets: { password: PASSWORD },
      })
      expect(await keeper.send({ into, dryRun: true })).toMatchObject(EVERYTHING)
      expect(await keeper.send({ into })).toMatchObject({ added: CONTACTS + EVENTS, failed: [] })
      expect(await keeper.send({ into })).toMatchObject({ added: 0, changed: 0, failed: [] })
      const there = { source: into, phone: 'Elsewhere', secrets: { password: PASSWORD } }
      expect(await keeper.engine.call('links.capture', there)).toMatchObject({
        contacts: { added: CONTACTS },
        calendar: { added: EVENTS },
      })
    })
  })
}
