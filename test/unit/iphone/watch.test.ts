/** The engine beside a folder of backups: each new one is captured by itself, once it is whole. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { build } from 'plist'
import { expect, test, vi } from 'vitest'
import { LOOK_EVERY } from '../../../main/capture/watch-sources.ts'
import { installedTools } from '../../../main/links/iphone/connected/tools.ts'
import { createIphoneLink } from '../../../main/links/iphone/iphone.ts'
import { UDID, writeBackup } from '../../phone/iphone-backup.ts'
import { makeAddressBook, makeCalendars, phoneFiles } from '../../phone/iphone-data.ts'
import { fakeTools, say, TRANSCRIPTS, trustedPhone } from '../../phone/iphone-transcripts.ts'
import { start } from '../capture/fixture.ts'
import { temporaryFolder } from '../replica/fixture.ts'

const TAKEN = Date.UTC(2026, 10, 20)

test('a backup is captured as soon as it is whole, and not while it is written', async () => {
  const top = await temporaryFolder()
  const place = join(top, 'place')
  const link = createIphoneLink({
    ...{ places: [place], own: join(top, 'own'), temporary: join(top, 'temporary') },
    memory: { read: () => undefined, write: async () => undefined },
    run: async () => undefined,
    now: () => TAKEN,
  })
  const [find, capture] = [vi.spyOn(link, 'find'), vi.spyOn(link, 'capture')]
  const write = (nth: number) => {
    const people = Array.from({ length: nth }, (_, n) => ({ ROWID: n + 1, First: `Ada ${n}`, StoreID: 0 }))
    const files = phoneFiles({
      addressBook: makeAddressBook('new', { people }),
      calendar: makeCalendars('new', {}),
    })
    const plan = { udid: UDID, name: 'Ada’s iPhone', takenAt: TAKEN + nth, password: 'secret', files }
    return writeBackup(place, plan)
  }
  write(1)
  const { engine, look } = await start(link)
  const secrets = { password: 'secret' }
  await engine.call('links.capture', { source: UDID, secrets, keepSecrets: true })
  const items = async () => (await engine.call('phones.list', {})).map((phone) => phone.items)
  expect(await items()).toEqual([1])

  await engine.startSchedule()
  const looked = async () => {
    const before = find.mock.results.length
    // A look that finds the last one still busy is none.
    await vi.waitFor(() => {
      look(LOOK_EVERY)
      expect(find.mock.settledResults.length).toBeGreaterThan(before)
    })
    await setImmediate()
  }
  // What it was before is not captured anew: the first look brings nothing that is new.
  await vi.waitFor(() =>
    expect(capture.mock.settledResults.map(({ type }) => type)).toEqual(['fulfilled', 'fulfilled']),
  )
  const folder = write(2)
  const finished = join(folder, 'Status.plist')
  writeFileSync(finished, build({ SnapshotState: 'uploading', Date: new Date(TAKEN + 2) }))
  await looked()
  writeFileSync(finished, '')
  await looked()
  expect(capture, 'half a backup').toHaveBeenCalledTimes(2)
  write(2)
  await looked()
  await vi.waitFor(async () => expect(await items()).toEqual([2]))
  expect(capture).toHaveBeenCalledTimes(3)
})

test('what is being done is told all the way, from the passcode to the last contact', async () => {
  const top = await temporaryFolder()
  const files = phoneFiles({
    addressBook: makeAddressBook('new', { people: [{ ROWID: 1, First: 'Ada', StoreID: 0 }] }),
    calendar: makeCalendars('new', {}),
  })
  const made = writeBackup(join(top, 'made'), { udid: UDID, name: 'Ada’s iPhone', takenAt: TAKEN, files })
  const tools = fakeTools(join(top, 'bin'), {
    ...trustedPhone(UDID, 'Ada’s iPhone', false),
    idevicebackup2: `mv '${made}' '${join(top, 'own')}'\n${say(TRANSCRIPTS.old)}`,
  })
  const link = createIphoneLink({
    ...{ places: [], own: join(top, 'own'), temporary: join(top, 'temporary') },
    memory: { read: () => undefined, write: async () => undefined },
    run: installedTools(tools.env),
    now: () => TAKEN,
  })
  const { engine } = await start(link)
  const phases = new Set<string>()
  const watch = { report: ({ phase }: { phase: string }) => void phases.add(phase) }
  await engine.call('links.capture', { source: UDID, kinds: ['contacts'] }, watch)
  expect([...phases]).toEqual([
    expect.stringContaining('passcode'),
    'The iPhone makes its backup: 100 %',
    'Reading contacts',
  ])
})
