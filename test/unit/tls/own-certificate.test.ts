import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { localNames, ownCertificate, rootFile } from '../../../main/tls/own-certificate.ts'
import { realWorld } from '../../../main/world.ts'
import { describePeer, run } from '../../peers/peers.ts'
import { temporaryFolder, worldAt } from '../replica/fixture.ts'

const NAMES = ['ada-pc.local', 'localhost', '127.0.0.1', '192.168.7.9', 'fd00::7']
const DAY = 86_400_000

async function statusOver(folder: string, servername: string): Promise<number> {
  const { certificate, key } = await ownCertificate(realWorld, folder, NAMES)
  const server = createServer({ cert: certificate, key }, (_request, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const ca = await readFile(rootFile(folder))
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, servername, ca, agent: false }, (response) =>
      resolve(response.statusCode!),
    )
    sent.on('error', reject).end()
  })
}

test('a client that trusts the root connects by a name of the certificate, and by no other', async () => {
  const folder = await temporaryFolder()
  expect(await statusOver(folder, 'ada-pc.local')).toBe(200)
  await expect(statusOver(folder, 'evil.example')).rejects.toThrow(/altname/i)
})

test('the leaf keeps to what phones take', async () => {
  const folder = await temporaryFolder()
  const leaf = new X509Certificate((await ownCertificate(realWorld, folder, NAMES)).certificate)
  const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / DAY
  expect(days).toBeLessThanOrEqual(825)
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(leaf.ca).toBe(false)
  expect(leaf.subjectAltName).toBe(
    'DNS:ada-pc.local, DNS:localhost, IP Address:127.0.0.1, IP Address:192.168.7.9, IP Address:FD00:0:0:0:0:0:0:7',
  )
})

test('it stays while it is good; a new address or a coming end renews it under the same root', async () => {
  const world = worldAt(Date.UTC(2026, 10, 22))
  const folder = await temporaryFolder()
  const first = await ownCertificate(world, folder, NAMES)
  const root = await readFile(rootFile(folder), 'utf8')
  world.set(Date.UTC(2026, 10, 22) + 300 * DAY)
  expect(await ownCertificate(world, folder, NAMES)).toEqual(first)
  const moved = await ownCertificate(world, folder, [...NAMES, '10.0.0.5'])
  expect(moved.certificate).not.toBe(first.certificate)
  world.set(Date.UTC(2026, 10, 22) + 650 * DAY)
  const renewed = await ownCertificate(world, folder, NAMES)
  expect(renewed.certificate).not.toBe(moved.certificate)
  expect(await readFile(rootFile(folder), 'utf8')).toBe(root)
  expect(new X509Certificate(renewed.certificate).checkIssued(new X509Certificate(root))).toBe(true)
})

test('keys are readable for their owner only', async () => {
  const folder = await temporaryFolder()
  await ownCertificate(realWorld, folder, NAMES)
  for (const name of ['root.key', 'leaf.key']) expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
})

test('this computer’s names begin with the one that stays when its address changes', () => {
  const names = localNames()
  expect(names[0]).toMatch(/^[a-z0-9-]+\.local$/)
  expect(names).toContain('127.0.0.1')
})

describePeer('openssl', 'openssl', (openssl) => {
  test.each([
    ['-verify_hostname', 'ada-pc.local'],
    ['-verify_ip', '192.168.7.9'],
  ])('verifies the chain: %s %s', async (option, name) => {
    const folder = await temporaryFolder()
    await ownCertificate(realWorld, folder, NAMES)
    const strict = [
      'verify',
      '-x509_strict',
      '-CAfile',
      rootFile(folder),
      option,
      name,
      join(folder, 'leaf.pem'),
    ]
    const { code, stdout, stderr } = await run(openssl.path, strict)
    expect(code, `${stdout}${stderr}`).toBe(0)
  })
})
