/** An account elsewhere by the command line: read, emptied, held back, put back. One Sidekeep is the account of another. */
import { spawnSync } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { serve, sidekeep } from '../phone/command-line.ts'
import { SIDEKEEP } from '../program.ts'
import { card, temporaryFolder } from '../unit/replica/fixture.ts'

interface Paired {
  user: string
  password: string
  carddav: string
}

const UIDS = ['a', 'b', 'c', 'd']

/** Runs a command with the password in its environment. */
function run(data: string, password: string, ...args: string[]) {
  const env = { ...process.env, SIDEKEEP_SOURCE_PASSWORD: password }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...SIDEKEEP, ...args, '--data', data, '--json'],
    {
      env,
      encoding: 'utf8',
    },
  )
  if (stdout === '') throw new Error(stderr)
  return { status, result: JSON.parse(stdout) }
}

async function request(
  { user, password }: Paired,
  method: string,
  url: string,
  body?: string,
): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return fetch(url, { method, headers: { authorization }, ...(body === undefined ? {} : { body }) })
}

test('an account that lost its contacts gets them back', async () => {
  const there = await temporaryFolder()
  const started = await serve(there)
  onTestFinished(() => started.stop())
  const account = (await sidekeep(there, ['phones', 'add', 'Account'])) as Paired
  for (const uid of UIDS)
    await request(account, 'PUT', `${account.carddav}${uid}.vcf`, card(uid, `Name ${uid}`))
  const url = new URL('/', account.carddav).href

  const here = await temporaryFolder()
  const serving = await serve(here)
  onTestFinished(() => serving.stop())
  const connect = ['links', 'connect', 'cloud', `url=${url}`, `user=${account.user}`]
  expect(run(here, 'wrong', ...connect)).toMatchObject({
    status: 1,
    result: { problem: { code: 'wrong-password' } },
  })
  const { result: source } = run(here, account.password, ...connect, '--keep-password')
  expect(source).toMatchObject({ link: 'cloud', state: { code: 'ready' }, keptSecrets: ['password'] })

  expect(run(here, '', 'capture')).toMatchObject({ status: 1, result: { problem: { code: 'not-found' } } })
  const first = await sidekeep(here, ['capture', source.source, '--phone', 'Ada'])
  expect(first).toMatchObject({ phone: 'Ada', contacts: { added: 4 } })
  expect(await sidekeep(here, ['capture'])).toMatchObject([{ contacts: { added: 0, changed: 0, gone: 0 } }])

  const backup = (await sidekeep(here, ['backup'])) as { snapshot: string }

  for (const uid of UIDS) await request(account, 'DELETE', `${account.carddav}${uid}.vcf`)
  const held = spawnSync(process.execPath, [...SIDEKEEP, 'capture', '--data', here], { encoding: 'utf8' })
  expect(held.stdout).not.toMatch(/[1-9] gone/)
  expect(await sidekeep(here, ['phones'])).toMatchObject([{ name: 'Ada', items: 4 }])

  expect(await sidekeep(here, ['send', source.source, '--dry-run'])).toMatchObject({
    ...{ dryRun: true, items: 4, added: 4 },
  })

  // Its owner takes it for right, and is sorry then: the backup still has all.
  expect(await sidekeep(here, ['links', 'accept', source.source])).toMatchObject({
    ...{ phone: 'Ada', contacts: 4 },
  })
  expect(await sidekeep(here, ['phones'])).toMatchObject([{ name: 'Ada', items: 0 }])
  const send = ['send', source.source, '--at', backup.snapshot]
  expect(await sidekeep(here, send)).toMatchObject({ added: 4, failed: [] })
  expect(await sidekeep(here, send)).toMatchObject({ added: 0, unchanged: 4 })
  expect(await sidekeep(there, ['phones'])).toMatchObject([{ name: 'Account', items: 4 }])
  expect(await sidekeep(here, ['capture', source.source])).toMatchObject({
    ...{ contacts: { added: 4 }, heldBack: { contacts: 0 }, missed: { count: 0 } },
  })

  expect(await sidekeep(here, ['links', 'forget', source.source])).toMatchObject({ phone: 'Ada' })
  expect(await sidekeep(here, ['links'])).toEqual([])
}, 240_000)

test('a command that cannot be done says why, and ends so', async () => {
  const data = await temporaryFolder()
  const usage = spawnSync(process.execPath, [...SIDEKEEP, 'capture', '--kind', 'songs', '--data', data])
  expect(usage.status).toBe(2)
  expect(run(data, '', 'links', 'accept', 'Nobody')).toMatchObject({
    status: 1,
    result: { problem: { code: 'not-found' } },
  })
  const wireless = ['address=10.0.0.1:5', 'pairing=10.0.0.1:6']
  expect(run(data, '', 'links', 'connect', 'android', ...wireless)).toMatchObject({
    status: 1,
    result: { problem: { code: 'wrong-password', next: 'Enter its six digits.' } },
  })
}, 120_000)
