/** The pages stay small: all their script together, compressed as the portal sends it. */
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPagesApart } from '../../build-pages.ts'

const MOST_BYTES = 150_000

let folder: string

beforeAll(async () => {
  folder = await buildPagesApart()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const built = () => readdirSync(folder, { recursive: true, encoding: 'utf8' })
const read = (name: string) => readFileSync(join(folder, name))

it('has less than 150 kB of script', () => {
  const scripts = built().filter((name) => name.endsWith('.js'))
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0)
  expect(scripts.length).toBeGreaterThanOrEqual(3)
  expect(bytes).toBeLessThan(MOST_BYTES)
})

it('has nothing inline, as the portal’s policy forbids it', () => {
  const page = read('index.html').toString()
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
})

it('keeps every file of the shell, and nothing else, for times without network', () => {
  const worker = read('service-worker.js').toString()
  const shell = built().filter((name) => name.startsWith('assets/') && /\.(js|css)$/.test(name))
  for (const name of shell) expect(worker).toContain(name)
  expect(worker).not.toMatch(/__SHELL_\w+__|portal\/api/)
})
