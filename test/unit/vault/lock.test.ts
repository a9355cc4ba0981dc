/** Locks: who may work beside whom, what is cleared away, and what a long sleep does. */
import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stopIfAsked } from '../../../main/progress.ts'
import { createLocalStorage } from '../../../main/vault/local-storage.ts'
import { openVault, type Vault } from '../../../main/vault/vault.ts'
import { realWorld, type World } from '../../../main/world.ts'
import { makeSmallVault, PASSWORD, type SmallVault } from '../../small-vault.ts'

const LOCKED = expect.objectContaining({ code: 'vault-locked' })
const MINUTE = 60_000

let small: SmallVault
let clock: { now: number }
let vault: Vault

beforeEach(async () => {
  small = await makeSmallVault()
  clock = { now: Date.now() }
  const world: World = { ...realWorld, now: () => clock.now }
  vault = await openVault(createLocalStorage(small.folder, world), PASSWORD, world)
})
afterEach(() => small.remove())

const done = async () => 'done'
const lockFiles = async () => (await vault.storage.list('lock')).map(({ id }) => id)
const foreignLock = (lock: object) =>
  vault.writeDocument('lock', {
    time: new Date(clock.now).toISOString(),
    exclusive: false,
    hostname: 'elsewhere',
    username: 'ada',
    pid: 1,
    ...lock,
  })

describe('a lock', () => {
  it.each([
    ['shared', 'shared', true],
    ['shared', 'exclusive', false],
    ['exclusive', 'shared', false],
    ['exclusive', 'exclusive', false],
  ] as const)('that is %s, beside one that is %s: %s', async (first, second, together) => {
    await vault.withLock(first, {}, async () => {
      const other = small.vault.withLock(second, {}, done)
      if (together) expect(await other).toBe('done')
      else await expect(other).rejects.toEqual(LOCKED)
    })
    expect(await lockFiles()).toEqual([])
    expect(await small.vault.withLock(second, {}, done)).toBe('done')
  })

  it('is gone after work that failed, and its error is told', async () => {
    const work = vault.withLock('exclusive', {}, () => Promise.reject(new Error('broken')))
    await expect(work).rejects.toThrow('broken')
    expect(await lockFiles()).toEqual([])
  })

  it('of another computer is respected for 30 minutes, and then cleared away', async () => {
    await foreignLock({})
    clock.now += 29 * MINUTE
    await expect(vault.withLock('exclusive', {}, done)).rejects.toEqual(LOCKED)
    clock.now += 2 * MINUTE
    expect(await vault.withLock('exclusive', {}, done)).toBe('done')
    expect(await lockFiles()).toEqual([])
  })

  it('of a process that is gone, on this computer, is cleared away at once', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    await foreignLock({ hostname: hostname(), pid, exclusive: true })
    expect(await vault.withLock('exclusive', {}, done)).toBe('done')
  })

  it('that an earlier process with our own number left is cleared away at once', async () => {
    await foreignLock({ hostname: hostname(), pid: process.pid, exclusive: true })
    expect(await vault.withLock('exclusive', {}, done)).toBe('done')
  })

  it('of a live process on this computer is respected', async () => {
    await foreignLock({ hostname: hostname(), pid: process.ppid, exclusive: true })
    await expect(vault.withLock('shared', {}, done)).rejects.toEqual(LOCKED)
  })

  it('that cannot be read is respected', async () => {
    await vault.storage.write('lock', 'ab'.repeat(32), Buffer.from('nonsense'))
    await expect(vault.withLock('shared', {}, done)).rejects.toEqual(LOCKED)
  })

  it('survives sleep: it is taken anew before the next change', async () => {
    await vault.withLock('shared', {}, async () => {
      const before = await lockFiles()
      clock.now += 8 * 60 * MINUTE
      await vault.writeDocument('snapshot', {})
      const after = await lockFiles()
      expect(after).toHaveLength(1)
      expect(after).not.toEqual(before)
    })
  })

  it('is lost when another program took it for stale meanwhile, and nothing more is changed', async () => {
    const work = vault.withLock('shared', {}, async (watch) => {
      clock.now += 8 * 60 * MINUTE
      for (const id of await lockFiles()) await vault.storage.remove('lock', id)
      await expect(vault.writeDocument('snapshot', {})).rejects.toMatchObject({ code: 'lock-lost' })
      expect(watch.signal?.aborted).toBe(true)
      stopIfAsked(watch)
    })
    await expect(work).rejects.toMatchObject({ code: 'lock-lost' })
    expect(await small.storage.list('snapshot')).toEqual([])
    expect(await lockFiles()).toEqual([])
  })

  it('is refreshed every five minutes', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      await vault.withLock('shared', {}, async () => {
        const before = await lockFiles()
        clock.now += 5 * MINUTE
        vi.advanceTimersByTime(5 * MINUTE)
        await vi.waitFor(async () => {
          const after = await lockFiles()
          expect(after).toHaveLength(1)
          expect(after).not.toEqual(before)
        })
      })
    } finally {
      vi.useRealTimers()
    }
  })

  it('is needed for any change', async () => {
    await expect(vault.writeDocument('snapshot', {})).rejects.toThrow('without a lock')
    await expect(vault.storage.remove('pack', 'ab'.repeat(32))).rejects.toThrow('without a lock')
  })

  it.skipIf(process.platform === 'win32')(
    'keeps the process alive when restic asks whether it is',
    async () => {
      await vault.withLock('shared', {}, async () => {
        process.kill(process.pid, 'SIGHUP')
        await new Promise((resolve) => setTimeout(resolve, 50))
      })
      expect(process.listenerCount('SIGHUP')).toBe(0)
    },
  )
})
