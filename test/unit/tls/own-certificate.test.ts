import { X509Certificate } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAuthority, rootFile } from '../../../main/tls/own-certificate.ts'
import { realWorld } from '../../../main/world.ts'
import { temporaryFolder, worldAt } from '../replica/fixture.ts'

const NAMES = ['ada-pc.local', 'localhost', '127.0.0.1', '192.168.7.9', 'fd00::7']
const DAY = 86_400_000
const START = Date.UTC(2026, 10, 22)

test('the leaf keeps to what phones take', async () => {
  const authority = await openAuthority(realWorld, await temporaryFolder(), 'Ada’s PC')
  const leaf = new X509Certificate((await authority.certificateFor(NAMES)).certificate)
  const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / DAY
  expect(days).toBeLessThanOrEqual(825)
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(leaf.ca).toBe(false)
  expect(leaf.subjectAltName).toBe(
    'DNS:ada-pc.local, DNS:localhost, IP Address:127.0.0.1, IP Address:192.168.7.9, IP Address:FD00:0:0:0:0:0:0:7',
  )
})

test('it stays while it is good; a new address or a coming end renews it under the same root', async () => {
  const world = worldAt(START)
  const folder = await temporaryFolder()
  const open = () => openAuthority(world, folder, 'pc')
  const { root, certificateFor } = await open()
  const first = await certificateFor(NAMES)
  world.set(START + 300 * DAY)
  expect(await certificateFor(NAMES)).toEqual(first)
  expect(await (await open()).certificateFor(NAMES.slice(1))).toEqual(first)
  const moved = await certificateFor([...NAMES, '10.0.0.5'])
  expect(moved.certificate).not.toBe(first.certificate)
  world.set(START + 650 * DAY)
  const renewed = await certificateFor(NAMES)
  expect(renewed.certificate).not.toBe(moved.certificate)
  expect((await open()).root).toBe(root)
  expect(new X509Certificate(renewed.certificate).verify(new X509Certificate(root).publicKey)).toBe(true)
})

test('a leaf that was cut off between its key and itself is made anew', async () => {
  const folder = await temporaryFolder()
  const { certificateFor } = await openAuthority(realWorld, folder, 'pc')
  const { certificate } = await certificateFor(NAMES)
  const other = await openAuthority(realWorld, await temporaryFolder(), 'pc')
  await writeFile(join(folder, 'leaf.key'), (await other.certificateFor(NAMES)).key)
  const renewed = await certificateFor(NAMES)
  expect(renewed.certificate).not.toBe(certificate)
  await writeFile(join(folder, 'leaf.pem'), 'torn')
  expect((await certificateFor(NAMES)).certificate).toContain('BEGIN CERTIFICATE')
})

test('a root is never replaced: without its key there is an error', async () => {
  const folder = await temporaryFolder()
  const { root } = await openAuthority(realWorld, folder, 'pc')
  await rm(join(folder, 'root.key'))
  await expect(openAuthority(realWorld, folder, 'pc')).rejects.toMatchObject({ code: 'data-damaged' })
  expect(await readFile(rootFile(folder), 'utf8')).toBe(root)
})

test('all that lies there is readable for its owner only', async () => {
  const folder = join(await temporaryFolder(), 'tls')
  const { certificateFor } = await openAuthority(realWorld, folder, 'pc')
  await certificateFor(NAMES)
  expect((await readdir(folder)).sort()).toEqual(['leaf.key', 'leaf.pem', 'root.key', 'root.pem'])
  for (const name of ['.', 'leaf.key', 'leaf.pem', 'root.key', 'root.pem'])
    expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
})
