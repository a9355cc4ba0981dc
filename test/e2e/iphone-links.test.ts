/** An iPhone on its cable by the command line: backed up by the real idevicebackup2, read, reset, and filled again by its account. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { describePeer, type Peer } from '../peers/peers.ts'
import { seeded } from '../phone/chance.ts'
import { serve, sidekeep } from '../phone/command-line.ts'
import { UDID } from '../phone/iphone-backup.ts'
import { apple, makeAddressBook, makeCalendars, makePhotos, phoneFiles } from '../phone/iphone-data.ts'
import { type Cable, type PhoneOnCable, plugIn } from '../phone/iphone-usb.ts'
import { takePhoto } from '../phone/make-photo.ts'
import { createPhone, type Pairing } from '../phone/phone.ts'
import { SIDEKEEP } from '../program.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'
import { uidsOf } from './phones.ts'

const [CONTACTS, EVENTS, PHOTOS] = [12, 8, 4]
const NAME = 'Ada’s iPhone'
const OWNER = 'Ada'
const SOURCE = `iphone:${UDID}`
const PASSWORD = 'se cret “ß”'
const HOUR = 3_600_000
const TAKEN = Date.UTC(2025, 6, 1, 12)

const numbered = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
const chance = seeded(8)
const photos = numbered(PHOTOS).map((n) => ({
  directory: 'DCIM/100APPLE',
  filename: `IMG_000${n}.JPG`,
  bytes: takePhoto(chance, new Date(TAKEN)).data,
}))

/** What is on the phone. @param took how long ago its backup says it was made. */
function plan(took: number, full = true): ReturnType<PhoneOnCable['plan']> {
  const people = numbered(full ? CONTACTS : 0).map((n) => ({
    ...{ ROWID: n, First: `Name ${n}`, guid: `person-${n}:ABPerson`, StoreID: 0 },
  }))
  const items = numbered(full ? EVENTS : 0).map((n) => ({
    ...{
      ROWID: n,
      summary: `Event ${n}`,
      start_date: apple(TAKEN + n * HOUR),
      calendar_id: 1,
      entity_type: 2,
    },
    unique_identifier: `event-${n}`,
  }))
  const roll = full ? photos : []
  return {
    takenAt: Date.now() - took,
    files: [
      ...phoneFiles({
        addressBook: makeAddressBook('new', { people }),
        calendar: makeCalendars('new', { CalendarItem: items }),
        photos: makePhotos('new', roll, full ? [{ name: 'Best', photos: [2, 0] }] : []),
      }),
      ...roll.map(({ directory, filename, bytes }) => ({
        ...{ domain: 'CameraRollDomain', path: `Media/${directory}/${filename}`, bytes, modifiedAt: TAKEN },
      })),
    ],
  }
}

async function iphone({ path }: Peer): Promise<Cable> {
  const cable = await plugIn({
    ...{
      udid: UDID,
      name: NAME,
      isPluggedIn: true,
      isPaired: false,
      trust: 'trusted',
      encrypts: true,
      password: PASSWORD,
    },
    ...{ passcode: async () => true, sent: () => undefined, plan: () => plan(2 * HOUR) },
  })
  onTestFinished(() => cable.close())
  vi.stubEnv('USBMUXD_SOCKET_ADDRESS', cable.env.USBMUXD_SOCKET_ADDRESS)
  vi.stubEnv('PATH', `${dirname(path)}${delimiter}${process.env.PATH}`)
  return cable
}

/** Runs a command whose exit status is looked at, and gives what it says to a person; the phone lives in this process. */
async function told(data: string, password: string | undefined, ...args: string[]) {
  const env = { ...process.env, ...(password === undefined ? {} : { SIDEKEEP_SOURCE_PASSWORD: password }) }
  const child = spawn(process.execPath, [...SIDEKEEP, ...args, '--data', data], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { status, text: out + err }
}

const uids = [
  ...numbered(CONTACTS).map((n) => `person-${n}`),
  ...numbered(EVENTS).map((n) => `event-${n}`),
].sort()

describePeer('idevicebackup2', 'an iPhone by the command line', (peer) => {
  afterEach(() => vi.unstubAllEnvs())

  test('is backed up, read, reset, and filled again by its account', async () => {
    const cable = await iphone(peer)
    const data = await temporaryFolder()
    const serving = await serve(data)
    onTestFinished(() => serving.stop())
    expect(await sidekeep(data, ['links'])).toMatchObject([
      { source: SOURCE, name: NAME, phone: null, state: { code: 'password-needed' } },
    ])
    const capture = ['capture', NAME, '--phone', OWNER, '--keep-password']
    expect(await told(data, 'wrong', ...capture)).toMatchObject({
      status: 1,
      text: expect.stringContaining('This is not the password of this backup.'),
    })
    expect(await sidekeep(data, ['links'])).toMatchObject([{ keptSecrets: [] }])
    const captured = await told(data, PASSWORD, ...capture)
    expect(captured.text).toContain(`${CONTACTS} new contacts`)
    expect(captured.text).toContain(`${EVENTS} new events`)
    expect(captured.text).toContain(`${PHOTOS + 1} new photos`)
    expect(captured.status).toBe(0)
    expect(await sidekeep(data, ['links'])).toMatchObject([{ phone: OWNER, keptSecrets: ['password'] }])
    const all = CONTACTS + EVENTS + PHOTOS + 1
    expect(await sidekeep(data, ['backup'])).toMatchObject({ added: all })

    Object.assign(cable.phone, { encrypts: false, plan: () => plan(0, false) })
    const emptied = await told(data, undefined, 'capture', NAME)
    expect(emptied.text).toContain(`${CONTACTS} contacts and ${EVENTS} events are gone there and kept here`)
    expect(emptied.status).toBe(3)
    expect((await told(data, undefined, 'send', NAME)).text).toContain('it comes back by the phone’s account')
    expect(await sidekeep(data, ['phones'])).toMatchObject([{ items: all }])

    const account = (await sidekeep(data, ['phones', 'password', OWNER])) as Pairing
    const phone = createPhone({ ...account, url: serving.url }, { pastEventDays: null })
    onTestFinished(() => phone.close())
    await phone.sync()
    expect(uidsOf(phone)).toEqual([])
    const back = ['restore', '--phone', OWNER, '--into-account']
    expect(await sidekeep(data, back)).toMatchObject({ added: uids.length, failed: [] })
    await phone.sync()
    expect(uidsOf(phone)).toEqual(uids)
    expect(await sidekeep(data, back)).toMatchObject({ added: 0, failed: [] })

    const folder = await temporaryFolder()
    await sidekeep(data, ['restore', '--phone', OWNER, '--to', folder, '--kind', 'photos'])
    const paths = (await readdir(folder, { recursive: true })).sort()
    for (const { directory, filename, bytes } of photos) {
      const path = join(folder, paths.find((one) => one.endsWith(`${directory}/${filename}`))!)
      expect((await readFile(path)).equals(bytes), path).toBe(true)
      expect(Math.round((await stat(path)).mtimeMs)).toBe(TAKEN)
    }
    const albums = await readFile(join(folder, paths.find((one) => one.endsWith('/Albums.json'))!), 'utf8')
    expect(JSON.parse(albums)).toMatchObject({
      albums: [{ name: 'Best', photos: [2, 0].map((n) => `DCIM/100APPLE/${photos[n]!.filename}`) }],
    })
  }, 180_000)

  test('makes its daily backup by itself when Sidekeep finds it plugged in, and is read', async () => {
    const cable = await iphone(peer)
    const data = await temporaryFolder()
    Object.assign(cable.phone, { encrypts: false, plan: () => plan(48 * HOUR, false) })
    expect(await sidekeep(data, ['capture', NAME, '--phone', OWNER])).toMatchObject({
      contacts: { added: 0 },
    })
    cable.phone.plan = () => plan(0)
    const serving = await serve(data)
    onTestFinished(() => serving.stop())
    type Listed = { lastRun: { cause: string; result: string | null } }[]
    const lastRun = async () => ((await sidekeep(data, ['links'])) as Listed)[0]!.lastRun
    await expect.poll(lastRun, { timeout: 40_000, interval: 500 }).toMatchObject({
      ...{ cause: 'appeared', result: 'done' },
      detail: { contacts: { added: CONTACTS }, calendar: { added: EVENTS }, missed: { count: 0 } },
    })
  }, 180_000)
})
