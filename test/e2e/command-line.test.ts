/** What scripts rely on: the command line's own process, its JSON, its exit codes, and that a serving engine takes its commands. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { describePeer, run } from '../peers/peers.ts'
import { type Serving, serve, sidekeep } from '../phone/command-line.ts'
import { SIDEKEEP } from '../program.ts'
import { card, temporaryFolder } from '../unit/replica/fixture.ts'

/** Runs a command to its end, whatever its exit code. */
function attempt(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...SIDEKEEP, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

interface Paired {
  user: string
  password: string
  carddav: string
  caldav: string
  files: string
}

function authorization({ user, password }: Paired): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

async function request(paired: Paired, method: string, url: string, body?: string): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { authorization: authorization(paired) },
    ...(body === undefined ? {} : { body }),
  })
  return response
}

async function serving(data: string): Promise<Serving> {
  const started = await serve(data)
  onTestFinished(() => started.stop())
  return started
}

const CARD = card('1', 'Ada')

describe('a phone’s story by the command line', () => {
  test('is synced, backed up, emptied, restored, verified', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const phone = (await sidekeep(data, ['phones', 'add', 'Ada’s Pixel'])) as Paired
    expect((await request(phone, 'PUT', `${phone.carddav}1.vcf`, CARD)).status).toBe(201)
    expect((await request(phone, 'PUT', `${phone.files}IMG_1.jpg`, 'photo')).status).toBe(201)

    const backup = await sidekeep(data, ['backup'])
    expect(backup).toMatchObject({
      snapshot: expect.stringMatching(/^[0-9a-f]{64}$/),
      added: 2,
      changed: 0,
      deleted: 0,
    })
    expect(await sidekeep(data, ['snapshots'])).toMatchObject([
      { phones: [{ name: 'Ada’s Pixel', contacts: 1, events: 0, photos: 1 }] },
    ])

    expect((await request(phone, 'DELETE', `${phone.carddav}1.vcf`)).status).toBe(204)
    expect((await request(phone, 'GET', `${phone.carddav}1.vcf`)).status).toBe(404)
    const preview = await sidekeep(data, ['restore', '--phone', 'ada’s pixel', '--dry-run'])
    expect(preview).toMatchObject({ totals: { add: 1, unchanged: 1 } })
    expect((await request(phone, 'GET', `${phone.carddav}1.vcf`)).status).toBe(404)
    const restored = await sidekeep(data, ['restore', '--phone', 'Ada’s Pixel'])
    expect(restored).toMatchObject({ added: 1, failed: [], different: [] })
    expect(await (await request(phone, 'GET', `${phone.carddav}1.vcf`)).text()).toBe(CARD)

    expect(await sidekeep(data, ['verify', '--read-data'])).toMatchObject({
      ok: true,
      readData: true,
      photos: 1,
    })
    const { restore } = restored as { restore: number }
    await sidekeep(data, ['restore', '--undo', String(restore)])
    expect((await request(phone, 'GET', `${phone.carddav}1.vcf`)).status).toBe(404)
    expect(await sidekeep(data, ['restore', '--list'])).toHaveLength(2)
  })

  test('its files are written to a folder, as they were and as open files', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const phone = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    await request(phone, 'PUT', `${phone.carddav}1.vcf`, CARD)
    await request(phone, 'PUT', `${phone.files}IMG_1.jpg`, 'photo')
    await sidekeep(data, ['backup'])
    const to = await temporaryFolder()
    await sidekeep(data, ['restore', '--phone', 'Pixel', '--to', join(to, 'files')])
    expect(await readFile(join(to, 'files', 'Contacts', 'Contacts', '1.vcf'), 'utf8')).toBe(CARD)
    expect(await readFile(join(to, 'files', 'Photos', 'IMG_1.jpg'), 'utf8')).toBe('photo')
    await sidekeep(data, ['restore', '--phone', 'pixel', '--kind', 'photos', '--to', join(to, 'photos')])
    expect(await readdir(join(to, 'photos'))).toEqual(['Photos'])
    await sidekeep(data, ['export', 'Pixel', join(to, 'open')])
    expect(await readFile(join(to, 'open', 'Contacts.vcf'), 'utf8')).toBe(CARD)
  })

  test('two backups are compared', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const phone = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    await request(phone, 'PUT', `${phone.carddav}1.vcf`, CARD)
    const first = (await sidekeep(data, ['backup'])) as { snapshot: string }
    await request(phone, 'PUT', `${phone.carddav}2.vcf`, card('2', 'Grace'))
    await request(phone, 'PUT', `${phone.carddav}1.vcf`, card('1', 'Ada L.'))
    await sidekeep(data, ['backup'])
    expect(await sidekeep(data, ['diff', first.snapshot])).toMatchObject({
      added: ['Pixel/Contacts/Contacts/2.vcf'],
      changed: ['Pixel/Contacts/Contacts/1.vcf'],
      removed: [],
    })
  })
})

describe('phones', () => {
  test('are paired while nothing serves, and connect later', async () => {
    const data = await temporaryFolder()
    const phone = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    const { url } = await serving(data)
    const carddav = url + new URL(phone.carddav).pathname
    expect((await request(phone, 'PUT', `${carddav}1.vcf`, CARD)).status).toBe(201)
    expect(await sidekeep(data, ['phones', 'list'])).toMatchObject([{ name: 'Pixel', items: 1 }])
  })

  test('a removed phone is locked out, and comes back with its data under its name', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const first = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    await request(first, 'PUT', `${first.carddav}1.vcf`, CARD)
    await sidekeep(data, ['phones', 'remove', 'Pixel'])
    expect((await request(first, 'GET', `${first.carddav}1.vcf`)).status).toBe(401)
    const second = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    expect((await request(first, 'GET', `${first.carddav}1.vcf`)).status).toBe(401)
    expect(await (await request(second, 'GET', `${second.carddav}1.vcf`)).text()).toBe(CARD)
  })

  test('a new password ends the old one at once', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const first = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    expect((await request(first, 'PROPFIND', first.carddav)).status).toBe(207)
    const second = (await sidekeep(data, ['phones', 'password', 'Pixel'])) as Paired
    expect((await request(first, 'PROPFIND', first.carddav)).status).toBe(401)
    expect((await request(second, 'PROPFIND', second.carddav)).status).toBe(207)
  })
})

describe('the engine', () => {
  let killed: Serving | undefined
  afterEach(() => killed?.kill())

  test('ends cleanly on SIGTERM and leaves no control file', async () => {
    const data = await temporaryFolder()
    const started = await serve(data)
    expect((await stat(join(data, 'control.json'))).mode & 0o077).toBe(0)
    await started.stop()
    expect(existsSync(join(data, 'control.json'))).toBe(false)
  })

  test('goes on after a power cut with all that it acknowledged', async () => {
    const data = await temporaryFolder()
    killed = await serve(data)
    const phone = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    expect((await request(phone, 'PUT', `${phone.carddav}1.vcf`, CARD)).status).toBe(201)
    await killed.kill()
    const { url } = await serving(data)
    const path = new URL(phone.carddav).pathname
    expect(await (await request(phone, 'GET', `${url}${path}1.vcf`)).text()).toBe(CARD)
  })

  test('a second one on the same data says so', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const second = attempt('serve', '--data', data, '--port', '0', '--no-tls', '--json')
    expect(second.status).toBe(1)
    expect(JSON.parse(second.stdout)).toMatchObject({ problem: { code: 'data-in-use' } })
  })

  test('serves plain HTTP on loopback only', async () => {
    const data = await temporaryFolder()
    const open = attempt('serve', '--data', data, '--host', '0.0.0.0', '--port', '0', '--no-tls')
    expect(open.status).toBe(1)
    expect(open.stderr).toContain('in clear')
  })

  test('its control side asks for the token', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const { url, token } = JSON.parse(await readFile(join(data, 'control.json'), 'utf8'))
    const answerTo = (...protocols: string[]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url, protocols)
        socket.once('open', () => resolve('open'))
        socket.once('error', ({ message }) => resolve(message))
        socket.once('open', () => socket.close())
      })
    for (const wrong of [[], ['sidekeep'], ['x'], ['sidekeep', '0'.repeat(64)]])
      expect(await answerTo(...wrong)).toContain('401')
    expect(await answerTo('sidekeep', token)).toBe('open')
  })
})

describe('exit codes and errors', () => {
  test('a wrong command line is told apart from a problem', async () => {
    const data = await temporaryFolder()
    expect(attempt('no-such-command').status).toBe(2)
    expect(attempt('restore', '--data', data).status).toBe(2)
    const unknown = attempt('restore', '--data', data, '--phone', 'Nobody')
    expect(unknown.status).toBe(1)
    expect(unknown.stderr).toContain('There is no phone called “Nobody”.')
    expect(attempt('--help').status).toBe(0)
  })

  test('damage is told by the exit code, and named', async () => {
    const data = await temporaryFolder()
    const { url } = await serving(data)
    const phone = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    await request(phone, 'PUT', `${url}${new URL(phone.files).pathname}IMG_1.jpg`, 'photo')
    await sidekeep(data, ['backup'])
    const { writeFile } = await import('node:fs/promises')
    await writeFile(join(data, 'Photos', 'Pixel', 'IMG_1.jpg'), 'phoTo')
    expect(attempt('verify', '--data', data).status).toBe(0)
    const read = attempt('verify', '--data', data, '--read-data')
    expect(read.status).toBe(3)
    expect(read.stdout).toContain('The photo Pixel/IMG_1.jpg is not what the phone sent.')
  })
})

test('retention and schedule are shown and set', async () => {
  const data = await temporaryFolder()
  await serving(data)
  expect(await sidekeep(data, ['schedule'])).toMatchObject({ plan: { every: 'hour' }, runs: [] })
  expect(await sidekeep(data, ['schedule', 'daily', '19:30'])).toMatchObject({
    plan: { every: 'day', at: '19:30' },
  })
  await sidekeep(data, ['backup'])
  expect(await sidekeep(data, ['schedule'])).toMatchObject({ runs: [{ cause: 'manual', result: 'done' }] })
  expect(await sidekeep(data, ['schedule', 'off'])).toMatchObject({ plan: null, dueAt: null })
  await sidekeep(data, ['backup'])
  const kept = await sidekeep(data, ['retention', 'set', '--last', '1'])
  expect(kept).toMatchObject({ policy: { last: 1 }, keep: [{ reasons: ['last snapshot'] }], remove: [{}] })
  const [oldest] = (await sidekeep(data, ['snapshots'])) as { id: string }[]
  await sidekeep(data, ['snapshots', 'pin', oldest!.id])
  expect(await sidekeep(data, ['retention'])).toMatchObject({ remove: [] })
  await sidekeep(data, ['snapshots', 'unpin', 'latest'])
  expect(attempt('schedule', 'daily', '25:00', '--data', data).status).toBe(1)
})

test('the backup from before a great loss is kept, whatever the rules say, until it is unpinned', async () => {
  const data = await temporaryFolder()
  await serving(data)
  const phone = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
  for (let n = 0; n < 12; n++) await request(phone, 'PUT', `${phone.carddav}${n}.vcf`, card(`${n}`, 'Ada'))
  expect(await sidekeep(data, ['backup'])).toMatchObject({ added: 12, changed: 0, deleted: 0 })
  for (let n = 0; n < 12; n++) await request(phone, 'DELETE', `${phone.carddav}${n}.vcf`)
  await sidekeep(data, ['retention', 'set', '--last', '1'])
  expect(await sidekeep(data, ['backup'])).toMatchObject({ added: 0, changed: 0, deleted: 12 })
  const kept = (await sidekeep(data, ['snapshots'])) as { id: string; pinned: boolean }[]
  expect(kept.map(({ pinned }) => pinned)).toEqual([true, false])
  await sidekeep(data, ['snapshots', 'unpin', kept[0]!.id])
  expect(await sidekeep(data, ['retention'])).toMatchObject({ keep: [{}], remove: [{}] })
})

test('a vault on a new computer is opened by its recovery code, and brings its phone back', async () => {
  const old = await temporaryFolder()
  const served = await serve(old)
  const phone = (await sidekeep(old, ['phones', 'add', 'Pixel'])) as Paired
  await request(phone, 'PUT', `${phone.carddav}1.vcf`, CARD)
  await sidekeep(old, ['backup'])
  const { code } = (await sidekeep(old, ['vault', 'recovery-code'])) as { code: string }
  await served.stop()

  const data = await temporaryFolder()
  await cp(join(old, 'vault'), join(data, 'vault'), { recursive: true })
  expect(attempt('snapshots', '--data', data).stderr).toContain('vault unlock')
  const unlock = (input: string) =>
    spawnSync(process.execPath, [...SIDEKEEP, 'vault', 'unlock', '--data', data], { input })
  expect(unlock('wrong').status).toBe(1)
  expect(unlock(`${code}\n`).status).toBe(0)
  await sidekeep(data, ['vault', 'recovery-code'])
  await serving(data)
  const again = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
  await sidekeep(data, ['restore', '--phone', 'Pixel'])
  expect(await (await request(again, 'GET', `${again.carddav}1.vcf`)).text()).toBe(CARD)
})

describePeer('restic', 'the vault without Sidekeep', (restic) => {
  test('opens the vault with the password and with the recovery code', async () => {
    const data = await temporaryFolder()
    await serving(data)
    const phone = (await sidekeep(data, ['phones', 'add', 'Pixel'])) as Paired
    await request(phone, 'PUT', `${phone.carddav}1.vcf`, CARD)
    await sidekeep(data, ['backup'])
    const { password } = (await sidekeep(data, ['vault', 'password'])) as { password: string }
    const { code } = (await sidekeep(data, ['vault', 'recovery-code'])) as { code: string }
    for (const secret of [password, code]) {
      const env = { ...process.env, RESTIC_PASSWORD: secret }
      const repository = ['--no-cache', '-r', join(data, 'vault')]
      const check = await run(restic.path, [...repository, 'check', '--read-data'], { env })
      expect(check.code, check.stderr).toBe(0)
      const dump = await run(
        restic.path,
        [...repository, 'dump', 'latest', '/Pixel/Contacts/Contacts/1.vcf'],
        { env },
      )
      expect(dump.stdout.toString()).toBe(CARD)
    }
  })
})
