/** `sidekeep pair`: the command line and a phone's browser find each other through the serving engine. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../phone/command-line.ts'
import { SIDEKEEP } from '../program.ts'
import { openBrowser } from '../unit/links/portal/fixture.ts'
import { readQr } from './read-qr.ts'
import { secretIn, startPair } from './start-pair.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-pair-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function serving(): Promise<{ data: string; url: string }> {
  const data = await temporaryFolder()
  const started = await serve(data)
  onTestFinished(() => started.stop())
  return { data, url: started.url }
}

const device = { platform: 'iphone', device: 'iPhone' } as const

test('pairs a phone, and takes the same one back after a reset', async () => {
  const { data, url } = await serving()
  const first = startPair(data, ['Ada’s iPhone', '--yes'])
  const phone = openBrowser(url)
  const started = await first.next()
  expect(started.links[0]).toContain(url)
  const { code } = await phone.call('pair.claim', { ...device, secret: secretIn(started) })
  expect(await first.next()).toMatchObject({ state: 'claimed', device: { code } })
  expect(await first.next()).toMatchObject({
    state: 'paired',
    phone: { name: 'Ada’s iPhone', wasReset: false },
  })
  expect((await phone.call('pair.state', {})).state).toBe('paired')

  const second = startPair(data, ['--as', 'ada’s iphone', '--yes'])
  const reset = openBrowser(url)
  await reset.call('pair.claim', { ...device, secret: (await second.next()).words! })
  expect((await second.next()).candidates).toMatchObject([{ name: 'Ada’s iPhone', paired: true }])
  expect(await second.next()).toMatchObject({ phone: { name: 'Ada’s iPhone', wasReset: true } })
  expect((await reset.call('pair.state', {})).wasReset).toBe(true)
  await expect(phone.call('setup.show', {})).rejects.toThrow('401')
})

test('the code on the computer’s screen is the link to the portal', async () => {
  const { data, url } = await serving()
  const pair = spawn(process.execPath, [...SIDEKEEP, 'pair', '--data', data, '--yes'])
  onTestFinished(() => void pair.kill('SIGKILL'))
  let printed = ''
  for await (const piece of pair.stdout) {
    printed += piece
    if (printed.includes('It works once')) break
  }
  const link = readQr(printed)
  expect(link).toMatch(/#pair=[0-9A-Z-]+$/)
  expect(link).toContain(url)
  expect(printed).toContain(`  ${link}\n`)
})

test('Ctrl-C takes the code back', async () => {
  const { data, url } = await serving()
  const pair = startPair(data, ['--yes'])
  const secret = secretIn(await pair.next())
  pair.child.kill('SIGINT')
  const [status] = (await once(pair.child, 'close')) as [number]
  expect(status).toBe(130)
  const claim = openBrowser(url).call('pair.claim', { ...device, secret })
  await expect(claim).rejects.toThrow('was used already')
})

test('says what is kept when a phone or one of its apps is shut out', async () => {
  const data = await temporaryFolder()
  const sidekeep = (...args: string[]) =>
    spawnSync(process.execPath, [...SIDEKEEP, ...args, '--data', data], { encoding: 'utf8' }).stdout
  sidekeep('phones', 'add', 'Pixel')
  const [, app = ''] = /^\s*(\d+)\b/m.exec(sidekeep('phones', 'apps', 'Pixel')) ?? []
  expect(sidekeep('phones', 'revoke', 'Pixel', app)).toContain('can no longer connect. Its data is kept.')
  expect(sidekeep('phones', 'remove', 'Pixel')).toContain('Its 0 items and all backups are kept.')
})

test('takes no phone in unasked, and says when nothing serves', async () => {
  const data = await temporaryFolder()
  const attempt = (...args: string[]) =>
    spawnSync(process.execPath, [...SIDEKEEP, 'pair', '--data', data, ...args], { encoding: 'utf8' })
  expect(attempt().stderr).toContain('Nobody can be asked here')
  expect(attempt('--yes').stderr).toContain('sidekeep serve')
})
