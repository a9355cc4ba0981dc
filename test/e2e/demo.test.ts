/** The demo runs to its end on the real program, tells true figures, and leaves nothing behind, not even when stopped halfway. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPeer } from '../peers/peers.ts'
import { SIDEKEEP } from '../program.ts'

const TWO_MINUTES = 120_000

const restic = findPeer('restic')
// The newest restic that is here may not be on the path.
const path = [...(restic ? [dirname(restic.path)] : []), process.env.PATH].join(delimiter)

let temporary: string

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'sidekeep-e2e-'))
})
afterEach(() => rm(temporary, { recursive: true }))

function startDemo(): ChildProcess {
  return spawn(process.execPath, [...SIDEKEEP, 'demo'], {
    env: { ...process.env, TMPDIR: temporary, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('everything comes back, by the figures it tells', { timeout: TWO_MINUTES }, async () => {
  const demo = startDemo()
  let said = ''
  demo.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const [code] = await once(demo, 'close')
  expect({ code, said }).toMatchObject({ code: 0 })
  for (const line of [
    'It holds 1,000 contacts, 300 events and 200 photos',
    '1,500 items are on the computer as well',
    '1,500 items in the backup',
    '1,502 deletions reached the computer',
    'In the computer’s copy of it: 0 items',
    '1,502 items from before the loss are back on the computer',
    '1,000 of 1,000 contacts the same, byte for byte',
    '300 of 300 events the same, byte for byte',
    '202 of 202 photos the same, byte for byte, and their times',
    'Everything came back.',
  ]) {
    expect(said).toContain(line)
  }
  const share = /3 added, 5 changed, 1 deleted: only .* written \((\d+\.\d) %\)/.exec(said)?.[1]
  expect(Number(share)).toBeLessThan(5)
  expect(said).not.toContain('\u001b')
  if (restic) {
    expect(said).toMatch(/restic [\d.]+, made by others, opens the vault and finds no error/)
    expect(said).toContain('It lists 1,000 contacts, 300 events and 202 photos')
    expect(said).toMatch(/It restores .*, the same byte for byte/)
  }
  expect(await readdir(temporary)).toEqual([])
})

test('Ctrl-C leaves no process and no file', async () => {
  const demo = startDemo()
  const ended = once(demo, 'close')
  for await (const line of createInterface({ input: demo.stdout! })) if (line.includes('is paired')) break
  demo.stdout!.resume()
  const [folder] = await readdir(temporary)
  const { pid } = JSON.parse(await readFile(join(temporary, folder!, 'control.json'), 'utf8')) as {
    pid: number
  }
  expect(isRunning(pid)).toBe(true)
  demo.kill('SIGINT')
  demo.kill('SIGINT')
  expect(await ended).toEqual([130, null])
  expect(isRunning(pid)).toBe(false)
  expect(await readdir(temporary)).toEqual([])
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
