/** An Android phone by the command line, while the engine serves: read, backed up, reset, filled again, and the same in the end. */
import { spawnSync } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { describePhone } from '../android/describe-phone.ts'
import { type Phone, type PhonePrograms, startPhone } from '../android/phone.ts'
import { addContacts, addEvents, addPhotos, putFile } from '../android/phone-data.ts'
import { seeded } from '../phone/chance.ts'
import { serve, sidekeep } from '../phone/command-line.ts'
import { SIDEKEEP } from '../program.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'

const NOW = Date.UTC(2026, 10, 20, 9)
const [CONTACTS, EVENTS, PHOTOS] = [40, 25, 30]
const SOURCE = 'android:android-STORY1'
const OWNER = 'Ada’s Pixel'

async function fullPhone(programs: PhonePrograms): Promise<Phone> {
  const phone = await startPhone({ ...programs, serial: 'STORY1' })
  onTestFinished(() => phone.stop())
  // As Android's own tools are told where their server is.
  vi.stubEnv('ADB_SERVER_SOCKET', `localfilesystem:${phone.socket}`)
  const chance = seeded(4)
  addContacts(phone.content, chance, CONTACTS)
  addEvents(phone.content, chance, EVENTS, NOW)
  await addPhotos(phone, chance, PHOTOS, NOW)
  await phone.plugIn()
  return phone
}

async function serving(data: string): Promise<() => Promise<void>> {
  const { stop } = await serve(data)
  onTestFinished(stop)
  return stop
}

/** Runs a command whose exit status is looked at, and gives what it says to a person. */
function told(data: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...SIDEKEEP, ...args, '--data', data], {
    encoding: 'utf8',
  })
  return { status, text: stdout + stderr }
}

/** All files below a folder, with their times. */
async function filesIn(folder: string): Promise<Map<string, [string, number]>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = files.sort().map(async (file): Promise<[string, [string, number]]> => {
    const [bytes, { mtimeMs }] = await Promise.all([readFile(file, 'latin1'), stat(file)])
    return [file.slice(folder.length), [bytes, mtimeMs]]
  })
  return new Map(await Promise.all(read))
}

describePhone('an Android phone by the command line', (programs) => {
  afterEach(() => vi.unstubAllEnvs())

  test('is read, backed up, reset, filled again, and the same in the end', async () => {
    const phone = await fullPhone(programs)
    const before = await filesIn(phone.storage)
    const data = await temporaryFolder()
    await serving(data)
    expect(await sidekeep(data, ['links'])).toMatchObject([
      { source: SOURCE, name: 'Pixel 8', phone: null, state: { code: 'ready' }, resetAt: null },
    ])
    expect(await sidekeep(data, ['capture', 'Pixel 8', '--phone', OWNER])).toMatchObject({
      ...{ source: SOURCE, phone: OWNER, missed: { count: 0 } },
      ...{ contacts: { added: CONTACTS }, calendar: { added: EVENTS }, files: { added: PHOTOS } },
    })
    expect(await sidekeep(data, ['backup'])).toMatchObject({ added: CONTACTS + EVENTS + PHOTOS })

    await phone.reset()
    expect(await sidekeep(data, ['links'])).toMatchObject([{ resetAt: expect.any(Number) }])
    const emptied = told(data, 'capture', 'Pixel 8')
    expect(emptied.status).toBe(3)
    expect(emptied.text).toContain(`${CONTACTS} contacts and ${EVENTS} events are gone there and kept here`)
    expect(told(data, 'links').text).toContain(`Its data back: sidekeep send "${SOURCE}"`)
    expect(await sidekeep(data, ['phones'])).toMatchObject([{ items: CONTACTS + EVENTS + PHOTOS }])

    const send = ['send', 'Pixel 8']
    const all = CONTACTS + EVENTS + PHOTOS
    expect(await sidekeep(data, [...send, '--dry-run'])).toMatchObject({ added: all, dryRun: true })
    expect(await filesIn(phone.storage)).toEqual(new Map())
    expect(await sidekeep(data, send)).toMatchObject({ added: all, failed: [], partial: [], next: null })
    expect(await filesIn(phone.storage)).toEqual(before)
    expect(await sidekeep(data, ['links'])).toMatchObject([{ resetAt: null, lastSend: { result: 'done' } }])
    expect(await sidekeep(data, send)).toMatchObject({ added: 0, changed: 0, unchanged: all })

    const same = { added: 0, changed: 0, gone: 0 }
    expect(await sidekeep(data, ['capture', 'Pixel 8'])).toMatchObject({
      ...{ contacts: { ...same, unchanged: CONTACTS }, calendar: { ...same, unchanged: EVENTS } },
      ...{ files: { added: 0, changed: 0 }, heldBack: { contacts: 0, calendar: 0 }, vanished: [] },
    })
    expect(told(data, 'links', 'history', 'Pixel 8').text).toMatch(
      new RegExp(`sent, asked for: done in .*; ${all} added`),
    )
  }, 240_000)

  test('is read by itself when Sidekeep starts, and goes on where it was cut off', async () => {
    const phone = await fullPhone(programs)
    const data = await temporaryFolder()
    await phone.after(300_000, 'pulled')
    const cut = told(data, 'capture', 'Pixel 8', '--phone', OWNER)
    expect(cut).toMatchObject({ status: 1, text: expect.stringContaining('is no longer connected') })
    await phone.plugIn()
    await putFile(phone.storage, 'DCIM/Camera/late.jpg', Buffer.from('late'), NOW)
    await serving(data)
    type Listed = { lastRun: { cause: string; result: string | null; detail: object } }[]
    const lastRun = async () => ((await sidekeep(data, ['links'])) as Listed)[0]!.lastRun
    await expect.poll(lastRun, { timeout: 90_000, interval: 500 }).toMatchObject({
      ...{ cause: 'appeared', result: 'done' },
      detail: { missed: { count: 0 } },
    })
    expect(await sidekeep(data, ['phones'])).toMatchObject([{ items: CONTACTS + EVENTS + PHOTOS + 1 }])
    expect((await lastRun()).detail).toMatchObject({ files: { unchanged: expect.toSatisfy((n) => n > 0) } })
  }, 240_000)
})
