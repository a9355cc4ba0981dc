/** `sidekeep serve` as phones in the network meet it: by TLS, with its own root, at addresses that it tells. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { rootFile } from '../../main/tls/own-certificate.ts'
import { run } from '../peers/peers.ts'
import { SIDEKEEP } from '../program.ts'
import { askOverTls } from '../unit/lan/fixture.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'

async function start(...args: string[]) {
  const data = await temporaryFolder()
  const child = spawn(process.execPath, [...SIDEKEEP, 'serve', '--data', data, '--port', '0', ...args])
  onTestFinished(() => void child.kill('SIGKILL'))
  let trouble = ''
  child.stderr.on('data', (chunk) => {
    trouble += chunk
  })
  const said: string[] = []
  const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  const [first] = (await once(lines, 'line')) as [string]
  const stop = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const [code] = await ended
    return { code, trouble }
  }
  return { data, first, said, stop }
}

test('it tells programs where phones begin and where it answers', async () => {
  const { data, first, stop } = await start('--json', '--host', '127.0.0.1')
  const { url, welcome, addresses } = JSON.parse(first)
  const { port } = new URL(url)
  expect({ url, welcome, addresses }).toEqual({
    url: `https://127.0.0.1:${port}`,
    welcome: `http://127.0.0.1:${port}/`,
    addresses: [`https://127.0.0.1:${port}`],
  })
  const root = await (await fetch(`${welcome}root.pem`)).text()
  expect(root).toBe((await run('cat', [rootFile(join(data, 'tls'))])).stdout.toString())
  const asked = { port: Number(port), root }
  expect(await askOverTls(asked, '127.0.0.1', { path: '/portal/trusted' })).toMatchObject({ status: 204 })
  expect(await askOverTls(asked, 'localhost', { path: '/dav/', method: 'PROPFIND' })).toMatchObject({
    status: 401,
  })
  expect(await stop()).toEqual({ code: 0, trouble: '' })
})

test('it is there for phones in the network unless told otherwise, and tells people what to do next', async () => {
  const { first, said, stop } = await start('--no-announce')
  expect(first).toMatch(/^Sidekeep answers phones at https:\/\/[^.]+\.local:\d+$/)
  await expect.poll(() => said.join('\n')).toContain('sidekeep pair')
  expect(said.join('\n')).toMatch(/Fingerprint of its certificate: ([0-9A-F]{2}:){31}[0-9A-F]{2}\n/)
  const { port } = new URL(first.split(' ').at(-1)!)
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
  expect(await stop()).toEqual({ code: 0, trouble: '' })
})

test('its port is the same from start to start, and known beforehand', async () => {
  const { stdout } = await run(process.execPath, [...SIDEKEEP, 'serve', '--help'])
  expect(stdout.toString().replace(/\s+/g, ' ')).toContain('0 takes any free one (default: 8553)')
})

test('what the computer’s own programs are told is on another port, of loopback, and not to be had from the phones’', async () => {
  const { data, first, stop } = await start('--json', '--no-announce')
  const control = new URL(JSON.parse(await readFile(join(data, 'control.json'), 'utf8')).url)
  const { token } = JSON.parse(await readFile(join(data, 'control.json'), 'utf8'))
  const { port } = new URL(JSON.parse(first).url)
  expect(control.hostname).toBe('127.0.0.1')
  expect(control.port).not.toBe(port)
  const asked = { port: Number(port), root: await readFile(rootFile(join(data, 'tls')), 'utf8') }
  const headers = { authorization: `Bearer ${token}` }
  for (const method of ['POST', 'GET']) {
    const { status, text } = await askOverTls(asked, 'localhost', { method, headers, path: control.pathname })
    expect([method, status]).not.toEqual([method, 200])
    expect(text).not.toContain('password')
  }
  expect(await stop()).toEqual({ code: 0, trouble: '' })
})

test('its own root is kept from start to start', async () => {
  const { data, stop } = await start('--json', '--host', '127.0.0.1')
  const fingerprint = async () => (await run('sha256sum', [rootFile(join(data, 'tls'))])).stdout.toString()
  const before = await fingerprint()
  await stop()
  const again = await run(process.execPath, [
    ...SIDEKEEP,
    'serve',
    '--data',
    data,
    '--host',
    '192.0.2.77',
    '--json',
  ])
  expect(JSON.parse(again.stdout.toString())).toMatchObject({ problem: { code: 'bad-input' } })
  expect(await fingerprint()).toBe(before)
})

test('a port that is taken and a certificate that is none are told in words', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as import('node:net').AddressInfo
  const data = await temporaryFolder()
  const attempt = async (...args: string[]) => {
    const all = [...SIDEKEEP, 'serve', '--data', data, '--json', '--host', '127.0.0.1', ...args]
    const { code, stdout } = await run(process.execPath, all)
    return { code, problem: JSON.parse(stdout.toString()).problem.code }
  }
  expect(await attempt('--port', `${port}`)).toEqual({ code: 1, problem: 'busy' })
  expect(await attempt('--cert', '/dev/null', '--key', '/dev/null')).toEqual({
    code: 1,
    problem: 'bad-input',
  })
})
