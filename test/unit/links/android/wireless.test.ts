/** Phones with wireless debugging, through a stand-in for the ADB server that tells what was asked of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AdbServerClient } from '@yume-chan/adb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServerConnector } from '../../../../main/links/android/server-connector.ts'
import { connectWireless } from '../../../../main/links/android/wireless.ts'

let folder: string
let server: Server
let client: AdbServerClient
let asked: string[]
/** What the server says to a request; a refusal begins with `FAIL`. */
let answers: Record<string, string>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-wireless-'))
  asked = []
  answers = {}
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      const request = bytes.toString().slice(4)
      asked.push(request)
      const said = answers[request] ?? `failed to connect to '${request}': Connection refused`
      const text = said.replace(/^FAIL/, '')
      const counted = text.length.toString(16).padStart(4, '0') + text
      socket.end(`OKAY${said === text ? '' : 'FAIL'}${counted}`)
    })
  })
  const path = join(folder, 'adb.sock')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  client = new AdbServerClient(createServerConnector({ path }))
})

afterEach(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})

const SERVICES = 'host:mdns:services'
const [PAIRING, CONNECT] = ['192.168.1.7:41207', '192.168.1.7:37099']
const announced = (...lines: [service: string, address: string][]) =>
  lines.map(([service, address], n) => `adb-${n}\t${service}\t${address}\n`).join('')

test('a phone that shows a code is found, paired and connected by the code alone', async () => {
  answers[SERVICES] = announced(['_adb-tls-pairing._tcp.', PAIRING], ['_adb-tls-connect._tcp', CONNECT])
  answers[`host:pair:123456:${PAIRING}`] = 'Successfully paired'
  answers[`host:connect:${CONNECT}`] = `connected to ${CONNECT}`
  expect(await connectWireless(client, { pairing: 'find', code: '123456' })).toBe(CONNECT)
  expect(asked).toEqual([SERVICES, `host:pair:123456:${PAIRING}`, SERVICES, `host:connect:${CONNECT}`])
})

test('a phone that was paired before is connected once it announces itself', async () => {
  answers[SERVICES] = announced(['_adb-tls-connect._tcp', CONNECT], ['_googlecast._tcp', '192.168.1.9:8009'])
  answers[`host:connect:${CONNECT}`] = `already connected to ${CONNECT}`
  expect(await connectWireless(client, {})).toBe(CONNECT)
})

test('none or several that announce themselves are not guessed at', async () => {
  answers[SERVICES] = ''
  await expect(connectWireless(client, {})).rejects.toMatchObject({ code: 'not-found' })
  answers[SERVICES] = announced(
    ['_adb-tls-connect._tcp', CONNECT],
    ['_adb-tls-connect._tcp', '192.168.1.8:40001'],
  )
  await expect(connectWireless(client, {})).rejects.toMatchObject({
    code: 'not-found',
    next: expect.stringContaining('192.168.1.8:40001'),
  })
  expect(asked).toEqual([SERVICES, SERVICES])
})

test('a wrong code, a phone that does not know this computer, and one that is gone are told apart', async () => {
  answers[`host:pair:000000:${PAIRING}`] = 'FAILFailed: Wrong password or connection was dropped.'
  const wrong = { address: CONNECT, pairing: PAIRING, code: '000000' }
  await expect(connectWireless(client, wrong)).rejects.toMatchObject({ code: 'not-allowed' })
  answers[`host:connect:${CONNECT}`] = `failed to authenticate to ${CONNECT}`
  await expect(connectWireless(client, { address: CONNECT })).rejects.toMatchObject({ code: 'not-allowed' })
  delete answers[`host:connect:${CONNECT}`]
  await expect(connectWireless(client, { address: CONNECT })).rejects.toMatchObject({ code: 'unreachable' })
})

test('what is no address, and a pairing without its code, is not tried', async () => {
  for (const address of ['x; y', '192.168.1.7', '-a:1 b:2', '[::1'])
    await expect(connectWireless(client, { address })).rejects.toMatchObject({ code: 'bad-input' })
  for (const pairing of [PAIRING, 'find'])
    await expect(connectWireless(client, { pairing })).rejects.toMatchObject({ code: 'wrong-password' })
  expect(asked).toEqual([])
})
