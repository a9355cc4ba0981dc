/** A prune that is killed (SIGKILL) at random moments loses nothing, and the next one finishes the work. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { check } from '../../main/vault/check.ts'
import { forget } from '../../main/vault/forget.ts'
import { prune } from '../../main/vault/prune.ts'
import { contentOf, folderOf, makeShrinkingVault, PASSWORD, type SmallVault } from '../small-vault.ts'

const SEED = Number(process.env.SEED ?? randomInt(2 ** 31))
const KILLS = 20
const VICTIM = new URL('./prune-victim.ts', import.meta.url).pathname

let original: SmallVault

beforeAll(async () => {
  original = await makeShrinkingVault()
  for (let n = 0; n < 4; n++) {
    await original.backUp({ ...folderOf(`More/${n}`, 8, 60_000), [`More/${n - 1}/1.jpg`]: null })
  }
  await forget(original.vault, { last: 2 }, {})
})
afterAll(() => original.remove())

/** Resolves with how long the prune took, or was let live, in milliseconds; `ended` tells which. */
async function pruneAndKill(folder: string, after: number): Promise<{ took: number; ended: boolean }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', VICTIM, folder, PASSWORD], {
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

it(`loses nothing, killed ${KILLS} times, seed ${SEED}`, { timeout: 120_000 }, async () => {
  const trial = await original.clone()
  const { took, ended } = await pruneAndKill(trial.folder, 30_000)
  await trial.remove()
  expect(ended).toBe(true)

  const kept = original.history.slice(-2)
  let killed = 0
  for (const share of fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: KILLS, seed: SEED })) {
    const small = await original.clone()
    try {
      if (!(await pruneAndKill(small.folder, share * took)).ended) killed++
      await small.reopen()
      for (const { snapshot, content } of kept)
        expect(await contentOf(small.vault, snapshot)).toEqual(content)
      expect((await check(small.vault, { readData: true }, {})).ok).toBe(true)
      await prune(small.vault, { mostUnused: 0 }, {})
      expect((await check(small.vault, { readData: true }, {})).findings).toEqual([])
    } finally {
      await small.remove()
    }
  }
  expect(killed).toBeGreaterThan(KILLS / 4)
})
