/** A backup that is killed (SIGKILL) at random moments costs no earlier snapshot anything, and the next one gets through by itself. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeSnapshot } from '../../main/vault/archive.ts'
import { check } from '../../main/vault/check.ts'
import type { Snapshot } from '../../main/vault/snapshot.ts'
import { findPeer, run } from '../peers/peers.ts'
import { contentOf, makeSmallVault, PASSWORD, type SmallVault } from '../small-vault.ts'
import { contentOfGeneration, requestFor } from './vault-generations.ts'

const SEED = Number(process.env.SEED ?? randomInt(2 ** 31))
const KILLS = 50
const RESTIC_EVERY = 10
const VICTIM = new URL('./vault-victim.ts', import.meta.url).pathname

let small: SmallVault
let newest: Snapshot | undefined
let generation = 0

beforeAll(async () => {
  small = await makeSmallVault()
})
afterAll(() => small.remove())

/** Resolves with how long the backup took, or was let live, in milliseconds, and whether it ended. */
async function backUpAndKill(after: number): Promise<{ took: number; ended: boolean }> {
  const given = [small.folder, String(generation), ...(newest ? [newest.id] : [])]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', VICTIM, ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  const began = performance.now()
  const timer = new AbortController()
  await Promise.race([closed, pause(after, undefined, { signal: timer.signal }).catch(() => undefined)])
  timer.abort()
  child.kill('SIGKILL')
  await closed
  return { took: performance.now() - began, ended: said.includes('end') }
}

/** Backs up the present generation, whatever its killed try left, and goes on to the next. */
async function finish(): Promise<void> {
  const { snapshot, unreadable } = await writeSnapshot(
    small.vault,
    requestFor(generation, newest?.id ?? null),
    {},
  )
  expect(unreadable).toEqual([])
  newest = snapshot
  generation++
}

async function expectNewestWhole(): Promise<void> {
  const { snapshots, unreadable } = await small.vault.snapshots()
  expect(unreadable).toEqual([])
  expect(snapshots.map(({ id }) => id)).toContain(newest!.id)
  expect(await contentOf(small.vault, newest!)).toEqual(contentOfGeneration(generation - 1))
}

async function expectCleanForRestic(): Promise<void> {
  const restic = findPeer('restic')
  if (!restic) return
  const env = { RESTIC_REPOSITORY: small.folder, RESTIC_PASSWORD: PASSWORD }
  const { code, stdout } = await run(restic.path, ['--no-cache', 'check'], { env })
  expect({ code, said: stdout.toString() }).toMatchObject({
    code: 0,
    said: expect.stringContaining('no errors'),
  })
}

it(`costs nothing, killed ${KILLS} times, seed ${SEED}`, { timeout: 240_000 }, async () => {
  const { took, ended } = await backUpAndKill(30_000)
  expect(ended).toBe(true)
  await finish()
  let killed = 0
  const shares = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: KILLS, seed: SEED })
  for (const [n, share] of shares.entries()) {
    if (!(await backUpAndKill(share * took)).ended) killed++
    await small.reopen()
    await expectNewestWhole()
    await finish()
    if (n % RESTIC_EVERY === RESTIC_EVERY - 1) await expectCleanForRestic()
  }
  expect(killed).toBeGreaterThan(KILLS / 2)
  const { findings } = await check(small.vault, { readData: true }, {})
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const names = await readdir(small.folder, { recursive: true })
  expect(names.filter((name) => name.includes('-tmp-') || name.startsWith('locks/'))).toEqual([])
})
