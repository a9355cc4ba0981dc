/** The phone's pages as files: served as they were built, packed where a browser takes it, and nothing beside them. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../replica/fixture.ts'
import { startPortal } from './fixture.ts'

const SCRIPT = 'console.log(1)\n'.repeat(100)

async function build(folder: string): Promise<void> {
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Sidekeep</title>')
  await writeFile(join(folder, 'assets', 'main-1234.js'), SCRIPT)
}

async function builtPortal() {
  const folder = await temporaryFolder()
  await build(join(folder, 'pages'))
  await writeFile(join(folder, 'secret.txt'), 'secret')
  return startPortal(undefined, join(folder, 'pages'))
}

it('serves the page at its place, and leads there', async () => {
  const { base } = await builtPortal()
  const page = await fetch(`${base}/portal/`)
  expect(await page.text()).toContain('<title>Sidekeep</title>')
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval'")
  for (const path of ['/', '/portal']) {
    const led = await fetch(base + path, { redirect: 'manual' })
    expect([led.status, led.headers.get('location')]).toEqual([302, '/portal/'])
  }
})

it('packs what gets smaller by it, and sends again only what changed', async () => {
  const { base } = await builtPortal()
  const url = `${base}/portal/assets/main-1234.js`
  const script = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
  expect(script.headers.get('content-encoding')).toBe('gzip')
  expect(Number(script.headers.get('content-length'))).toBeLessThan(SCRIPT.length)
  expect(await script.text()).toBe(SCRIPT)
  expect(script.headers.get('cache-control')).toContain('immutable')
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
  expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, SCRIPT])
  const headers = { 'if-none-match': script.headers.get('etag')! }
  expect((await fetch(url, { headers })).status).toBe(304)
  const head = await fetch(url, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

it('serves no other file, folder or method', async () => {
  const { base } = await builtPortal()
  for (const path of [
    '/portal/secret.txt',
    '/portal/assets',
    '/portal/assets/',
    '/portal/none.js',
    '/favicon.ico',
  ])
    expect((await fetch(base + path)).status).toBe(404)
  expect((await fetch(`${base}/portal/`, { method: 'POST' })).status).toBe(405)
})

it('says when the pages were not built, serves DAV all the same, and finds them once they are', async () => {
  const folder = join(await temporaryFolder(), 'pages')
  const { base } = await startPortal(undefined, folder)
  const missing = await fetch(`${base}/portal/`)
  expect([missing.status, await missing.json()]).toMatchObject([404, { next: 'Run `npm run build` once.' }])
  expect((await fetch(`${base}/dav/`)).status).toBe(401)
  await build(folder)
  expect((await fetch(`${base}/portal/`)).status).toBe(200)
})

it('a link in the folder that leads out of it is not followed', async () => {
  const folder = await temporaryFolder()
  await build(join(folder, 'pages'))
  await writeFile(join(folder, 'secret.txt'), 'secret')
  await symlink(join(folder, 'secret.txt'), join(folder, 'pages', 'link.txt'))
  const { base } = await startPortal(undefined, join(folder, 'pages'))
  expect((await fetch(`${base}/portal/link.txt`)).status).toBe(404)
})
