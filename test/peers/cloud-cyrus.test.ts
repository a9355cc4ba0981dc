/** What Cyrus has and others lack: passwords that are proved and not sent, and calendars that others share. */
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Server } from '../bench/servers.ts'
import { makeCard } from '../phone/cards.ts'
import { seeded } from '../phone/chance.ts'
import { makeEvent } from '../phone/events.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'
import { ask, keepAccountOf } from './cloud-fixture.ts'
import { type Mechanism, startCyrus } from './cyrus.ts'
import { describePeer } from './peers.ts'

const NOW = new Date('2026-11-23T10:00:00Z')
const THEIRS = '/dav/calendars/user/other/Default/'
const NOTIFICATIONS = '/dav/notifications/user/bench/'

describePeer('cyrmaster', 'an account at Cyrus', () => {
  const chance = seeded(11)
  let folder: string
  let server: Server

  async function start(mechanism: Mechanism = 'PLAIN'): Promise<void> {
    server = await startCyrus(folder, mechanism)
    onTestFinished(() => server.stop())
  }

  beforeEach(async () => {
    folder = join(await temporaryFolder(), 'server')
    await start()
  })

  /** The other user shares a calendar for reading, and ours says yes. */
  async function share(): Promise<void> {
    const at = (path: string) => new URL(path, server.base)
    const sharing = { 'content-type': 'application/davsharing+xml' }
    const invitation = `<d:share-resource xmlns:d="DAV:"><d:sharee><d:href>mailto:bench@localhost</d:href>
      <d:share-access><d:read/></d:share-access></d:sharee></d:share-resource>`
    await ask('POST', at(THEIRS), invitation, sharing, 'other')
    const listed = await (await ask('PROPFIND', at(NOTIFICATIONS), undefined, { depth: '1' })).text()
    const [, letter] = /<D:href>(\/dav\/notifications\/user\/bench\/[^<]+)</.exec(listed) ?? []
    const yes = '<d:invite-reply xmlns:d="DAV:"><d:invite-accepted/></d:invite-reply>'
    await ask('POST', at(letter!), yes, sharing)
  }

  test('that takes digests alone is read and written', async () => {
    for (let n = 0; n < 3; n++) await ask('PUT', new URL(`c${n}.vcf`, server.base), makeCard(chance, NOW))
    await server.stop()
    await start('DIGEST-MD5')
    await expect(ask('GET', new URL('c0.vcf', server.base))).rejects.toThrow('401')
    const keeper = await keepAccountOf(new URL('/', server.base).href)
    expect(await keeper.capture()).toMatchObject({ contacts: { added: 3 }, missed: [] })
    await expect(keeper.capture({ password: 'old' })).rejects.toMatchObject({ code: 'wrong-password' })
    expect(await keeper.send()).toMatchObject({ unchanged: 3, failed: [] })
  })

  test('has a calendar that somebody shares for reading: it is kept, followed, and never written', async () => {
    const theirs = (name: string) => new URL(`${THEIRS}${name}`, server.base)
    for (let n = 0; n < 3; n++) await ask('PUT', theirs(`e${n}.ics`), makeEvent(chance, NOW), {}, 'other')
    await share()
    const keeper = await keepAccountOf(new URL('/', server.base).href)
    expect(await keeper.capture()).toMatchObject({ calendar: { added: 3 }, missed: [] })
    await ask('PUT', theirs('new.ics'), makeEvent(chance, NOW), {}, 'other')
    expect(await keeper.capture()).toMatchObject({ calendar: { added: 1, changed: 0, gone: 0 } })
    expect(await keeper.send()).toMatchObject({ added: 0, changed: 0, unchanged: 4, failed: [] })
    await ask('DELETE', theirs('e0.ics'), undefined, {}, 'other')
    const sent = await keeper.send()
    expect(sent).toMatchObject({ added: 0, changed: 0, unchanged: 3 })
    expect(sent.failed).toEqual([{ name: expect.any(String), reason: '“personal” may only be read.' }])
    expect(await keeper.capture()).toMatchObject({ calendar: { gone: 1 } })
  })
})
