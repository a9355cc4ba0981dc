/** A connected iPhone: whether it lets us in, the backup it makes before it is read, and what goes wrong meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installedTools } from '../../../main/links/iphone/connected/tools.ts'
import { createIphoneLink } from '../../../main/links/iphone/iphone.ts'
import type { CaptureRequest, Link, Source } from '../../../main/links/link.ts'
import { type BackupPlan, UDID, writeBackup } from '../../phone/iphone-backup.ts'
import { makeAddressBook, makeCalendars, phoneFiles } from '../../phone/iphone-data.ts'
import {
  type FakeTools,
  fakeTools,
  type Scripts,
  say,
  TRANSCRIPTS,
  trustedPhone,
} from '../../phone/iphone-transcripts.ts'
import { recorder } from './recorder.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const DAY = 86_400_000

let top: string
let tools: FakeTools
let link: Link
let now: number
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-connected-'))
  tools = fakeTools(join(top, 'bin'), trustedPhone(UDID, 'Ada’s iPhone', false))
  now = NOW
  link = createIphoneLink({
    ...{ places: [join(top, 'place')], own: join(top, 'own'), temporary: join(top, 'temporary') },
    memory: { read: () => undefined, write: async () => undefined },
    run: installedTools(tools.env),
    now: () => now,
  })
})
afterEach(() => rmSync(top, { recursive: true }))

const plan = (takenAt: number, contacts = 1): BackupPlan => ({
  ...{ udid: UDID, name: 'Ada’s iPhone', takenAt },
  files: phoneFiles({
    addressBook: makeAddressBook('new', {
      people: Array.from({ length: contacts }, (_, n) => ({ ROWID: n + 1, First: `Ada ${n}`, StoreID: 0 })),
    }),
    calendar: makeCalendars('new', {}),
  }),
})

/** The program moves a backup that was made before into the folder that it is told. */
function backsUp(made: BackupPlan, transcript: string = TRANSCRIPTS.old): Scripts {
  const from = writeBackup(join(top, `made-${made.takenAt}`), made)
  return {
    idevicebackup2: `for last; do :; done\nrm -rf "$last/${UDID}"\nmv '${from}' "$last/${UDID}"\n${say(transcript)}`,
  }
}

async function only(): Promise<Source> {
  const sources = await link.find({})
  expect(sources).toHaveLength(1)
  return sources[0]!
}

async function capture(request: Partial<CaptureRequest> = {}, phases: string[] = []) {
  const to = recorder()
  const whole = { kinds: ['contacts', 'calendar'] as const, cursor: undefined, secrets: {}, ...request }
  const report = ({ phase }: { phase: string }) => phases.push(phase)
  const cursor = await link.capture(await only(), whole, to.sink, { report })
  return { ...to, cursor, phases }
}

const backups = () => tools.calls().filter((call) => call.startsWith('idevicebackup2'))

describe('a connected phone', () => {
  it('is a source before it has any backup, and makes one when it is read', async () => {
    expect(await only()).toMatchObject({ id: UDID, name: 'Ada’s iPhone', state: { code: 'ready' } })
    tools.set({ ideviceinfo: "printf 'Ada\\033[2J\\n'", ...backsUp(plan(NOW)) })
    expect((await only()).name, 'nothing that steers a terminal').toBe('Ada [2J')
    const { collections, missed, cursor, phases } = await capture({ asked: true })
    expect(collections.get('contacts:iPhone')?.texts).toHaveLength(1)
    expect(missed).toEqual([])
    expect(cursor).toMatchObject({ takenAt: NOW })
    expect(backups()).toEqual([`idevicebackup2 -u ${UDID} backup ${join(top, 'own')}`])
    expect(phases).toEqual([
      'Type the passcode on your iPhone if it asks for it',
      'The iPhone makes its backup: 100 %',
    ])
  })

  it('has a new edition when its backup is due, and when it is made', async () => {
    tools.set({ idevice_id: 'true' })
    writeBackup(join(top, 'place'), plan(NOW - 3_600_000))
    const { edition } = await only()
    tools.set({ idevice_id: `echo ${UDID}` })
    expect((await only()).edition).toBe(edition)
    now += DAY
    const due = (await only()).edition
    expect(due).not.toBe(edition)
    tools.set(backsUp(plan(now)))
    await capture()
    expect([edition, due]).not.toContain((await only()).edition)
  })

  it('is asked for a new backup whenever its owner wants, and by itself once a day', async () => {
    writeBackup(join(top, 'place'), plan(NOW - 3_600_000))
    tools.set({ idevicebackup2: say(TRANSCRIPTS.noPasscode).concat('\nexit 48') })
    await capture()
    expect(backups(), 'of today').toEqual([])
    const { missed } = await capture({ asked: true })
    expect(missed).toEqual([expect.stringMatching(/newer backup.*passcode/)])
    expect(backups()).toHaveLength(1)
    now += DAY
    await capture()
    expect(backups(), 'of yesterday').toHaveLength(1)
    now += 3_600_000
    await capture()
    expect(backups(), 'nobody typed the passcode').toEqual([])
    now += DAY
    await capture()
    expect(backups()).toHaveLength(1)
  })

  it('needs the password of encrypted backups before it begins one', async () => {
    tools.set(trustedPhone(UDID, 'Ada’s iPhone', true))
    tools.set(backsUp({ ...plan(NOW), password: 'secret' }))
    expect((await only()).state.code).toBe('password-needed')
    await expect(capture({ asked: true })).rejects.toMatchObject({ code: 'wrong-password' })
    expect(backups()).toEqual([])
    await expect(capture({ asked: true, secrets: { password: 'wrong' } })).rejects.toMatchObject({
      code: 'wrong-password',
    })
    const { collections } = await capture({ asked: true, secrets: { password: 'secret' } })
    expect(collections.get('contacts:iPhone')?.texts).toHaveLength(1)
    expect(backups(), 'one is enough for both').toHaveLength(1)
  })

  it('that is not there, and tools that are not, leave the backups', async () => {
    writeBackup(join(top, 'place'), plan(NOW - DAY))
    tools.set({ idevice_id: 'echo "ERROR: Unable to retrieve device list!" >&2; exit 255' })
    expect(await only()).toMatchObject({ state: { code: 'ready' }, edition: String(NOW - DAY) })
    expect((await capture({ asked: true })).collections.size).toBe(2)
  })
})

it('ends a program that does not answer', async () => {
  tools.set({ idevice_id: 'exec sleep 60' })
  const run = installedTools(tools.env)
  expect(await run('idevice_id', ['-l'], { timeout: 50 })).toEqual({ code: null, output: '' })
})

describe('trust', () => {
  const error = (words: string) => ({ idevicepair: `echo 'ERROR: ${words}'; exit 1` })

  it.each([
    [
      'Please accept the trust dialog on the screen of device X, then attempt to pair again.',
      'unauthorised',
      /tap Trust/,
    ],
    ['Device X said that the user denied the trust dialog.', 'unauthorised', /Unplug/],
    [
      'Could not validate with device X because a passcode is set. Please enter the passcode on the device and retry.',
      'locked',
      /Unlock/,
    ],
    ['Device X returned unhandled error code -5', 'offline', /plug it in again/],
  ])('that is missing is said: %s', async (words, code, next) => {
    tools.set(error(words))
    expect((await only()).state).toMatchObject({ code, next: expect.stringMatching(next) })
    await expect(capture({ asked: true })).rejects.toMatchObject({ code: 'not-allowed' })
    expect(backups()).toEqual([])
  })

  it('is asked for anew after the phone was reset', async () => {
    tools.set({
      idevicepair: `case "$*" in *validate) echo 'ERROR: Device X is not paired with this host'; exit 1 ;;
        *) echo 'SUCCESS: Paired with device X' ;; esac`,
    })
    expect((await only()).state.code).toBe('ready')
    expect(tools.calls().filter((call) => call.startsWith('idevicepair'))).toEqual([
      `idevicepair -u ${UDID} validate`,
      `idevicepair -u ${UDID} pair`,
    ])
  })

  it('that is missing does not hide a backup that can be read', async () => {
    writeBackup(join(top, 'place'), plan(NOW - DAY))
    tools.set(error('Device X said that the user denied the trust dialog.'))
    expect((await only()).state).toMatchObject({ code: 'ready', next: expect.stringContaining('Trust') })
    const { collections, missed } = await capture({ asked: true })
    expect(collections.size).toBe(2)
    expect(missed).toEqual([expect.stringMatching(/^A newer backup of the iPhone: .*Don’t Trust/)])
  })
})

describe('a backup', () => {
  it.each([
    ['noPasscode', 'not-allowed', /typed the passcode/],
    ['diskFull', 'disk-full', /too little room/],
    ['stoppedOnPhone', 'not-allowed', /stopped on the iPhone/],
    ['unplugged', 'unreachable', /cable/],
    ['refused', 'unreachable', /device refused to start/],
  ] as const)('that fails says why: %s', async (name, code, sentence) => {
    tools.set({ idevicebackup2: `${say(TRANSCRIPTS[name])}\nexit 3` })
    await expect(capture({ asked: true })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence),
      next: expect.stringMatching(/\w/),
    })
  })

  it('that is cut off leaves no backup that counts', async () => {
    writeBackup(join(top, 'own'), plan(NOW - DAY))
    const status = join(top, 'own', UDID, 'Status.plist')
    const half = `echo '<plist version="1.0"><dict><key>SnapshotState</key><string>uploading</string></dict></plist>' > '${status}'`
    tools.set({ idevicebackup2: `${half}\n${say(TRANSCRIPTS.unplugged)}\nexit 1` })
    await expect(capture({ asked: true })).rejects.toMatchObject({ code: 'unreachable' })
    tools.set({ idevice_id: 'true' })
    expect((await only()).state).toMatchObject({ code: 'unfinished' })
    tools.set({ idevice_id: `echo ${UDID}`, ...backsUp(plan(NOW)) })
    expect((await capture({ asked: true })).collections.size).toBe(2)
  })

  it.each([
    ['old', ['12 %', '90 %', '100 %']],
    ['new', ['12 %', '100 %']],
  ] as const)('tells how far it is, also in pieces: %s', async (name, percents) => {
    const lines = TRANSCRIPTS[name]
      .split('\n')
      .map((line) => `printf '%s\\n' '${line.replaceAll("'", '"')}'; sleep 0.02`)
    const made = backsUp(plan(NOW))
    tools.set({ idevicebackup2: `${made.idevicebackup2!.split('cat <<')[0]}${lines.join('\n')}` })
    const { phases } = await capture({ asked: true })
    expect(phases.filter((phase) => percents.some((one) => phase.endsWith(` ${one}`)))).toEqual(
      percents.map((one) => `The iPhone makes its backup: ${one}`),
    )
  })

  it('waits for the passcode in sight of its owner, and stops when asked', async () => {
    const waiting = new AbortController()
    tools.set({ idevicebackup2: 'trap "echo Backup Aborted.; exit 1" INT\nwhile :; do sleep 0.05; done' })
    const source = await only()
    const request = { kinds: ['contacts'] as const, cursor: undefined, secrets: {}, asked: true }
    const running = link.capture(source, request, recorder().sink, { signal: waiting.signal })
    const ended = expect(running).rejects.toMatchObject({ code: 'cancelled' })
    while ((await only()).state.code !== 'passcode-needed') await delay(20)
    expect((await only()).state.next).toContain('passcode')
    waiting.abort()
    await ended
    expect((await only()).state.code).toBe('ready')
  })
})

describe('encryption', () => {
  const connect = (options: Record<string, string>, secrets: Record<string, string> = {}) =>
    link.connect!(options, secrets, {})

  it('that is off is said, and switched on with a password that no other user sees', async () => {
    const on = join(top, 'on')
    tools.set({
      ...trustedPhone(UDID, 'Ada’s iPhone', false),
      ideviceinfo: `case "$*" in *DeviceName*) echo Ada ;; *) test -e '${on}' && echo true || echo false ;; esac`,
      idevicebackup2: `printf %s "$BACKUP_PASSWORD_NEW" > '${on}'; echo 'Backup encryption has been enabled successfully.'`,
    })
    expect((await only()).state).toMatchObject({
      code: 'ready',
      next: expect.stringContaining('encryption=on'),
    })
    await expect(connect({ encryption: 'on' })).rejects.toMatchObject({ code: 'wrong-password' })
    expect(await connect({ encryption: 'on' }, { password: 'se cret' })).toMatchObject({
      id: UDID,
      state: { code: 'password-needed' },
    })
    expect(backups()).toEqual([`idevicebackup2 -u ${UDID} encryption on`])
    await connect({ encryption: 'on', phone: UDID.toLowerCase() }, { password: 'other' })
    expect(backups(), 'it is on already').toEqual([])
  })

  it('that was on and is off is said before the next backup is plain', async () => {
    writeBackup(join(top, 'own'), { ...plan(NOW - DAY), password: 'secret' })
    tools.set(trustedPhone(UDID, 'Ada’s iPhone', true))
    expect((await only()).state.code).toBe('password-needed')
    tools.set(trustedPhone(UDID, 'Ada’s iPhone', false))
    expect((await only()).state).toMatchObject({ sentence: expect.stringContaining('are not encrypted') })
  })

  it('is never switched off', async () => {
    await expect(connect({ encryption: 'off' }, { password: 'x' })).rejects.toMatchObject({
      code: 'not-allowed',
    })
    expect(backups()).toEqual([])
  })

  it('says how where the program is too old, or the phone is not there', async () => {
    tools.set({
      idevicebackup2: `echo "ERROR: Can't get password input in non-interactive mode. Either pass password(s) on the command line."; exit 255`,
    })
    await expect(connect({ encryption: 'on' }, { password: 'x' })).rejects.toMatchObject({
      code: 'not-allowed',
      next: expect.stringContaining('idevicebackup2 -i encryption on'),
    })
    const other = connect({ encryption: 'on', phone: '00008110-0000000000000000' }, { password: 'x' })
    await expect(other).rejects.toMatchObject({ code: 'unreachable' })
    tools.set({ idevice_id: `echo ${UDID}; echo 00008110-0000000000000000` })
    await expect(connect({ encryption: 'on' }, { password: 'x' })).rejects.toMatchObject({
      code: 'bad-input',
    })
  })
})
