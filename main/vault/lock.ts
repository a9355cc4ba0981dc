/** Locks: files that tell other programs, on this machine or another, that the vault is in use. */
import { hostname, userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { Problem } from '../problem.ts'
import { sealDocument } from './document.ts'
import type { Vault } from './vault.ts'

/** Readers and appenders share; whoever removes anything must be alone. */
export type LockKind = 'shared' | 'exclusive'

/** What taking and keeping a lock needs of a vault; its storage is not guarded by the lock itself. */
export type Lockable = Pick<Vault, 'storage' | 'world' | 'sealer' | 'readDocument'>

export interface HeldLock {
  /** Aborted once the lock is lost. */
  readonly lost: AbortSignal
  /** Before each change of the vault: resolves at once unless the machine slept. @throws Problem `lock-lost`. */
  ensure(): Promise<void>
  release(): Promise<void>
}

const MINUTE = 60_000
const REFRESH_EVERY = 5 * MINUTE
/** Others take a lock of this age for that of a dead process. */
const STALE_AFTER = 30 * MINUTE
/** Without a refresh for so long, no change is made before the lock is known to be there still. */
const DOUBTFUL_AFTER = 22.5 * MINUTE
// A lock file that a slow place shows before it is whole becomes readable in a moment.
const READ_AGAIN_AFTER = [100, 1_000]

const LockDocument = z.object({
  time: z.string(),
  exclusive: z.boolean().default(false),
  hostname: z.string().default(''),
  username: z.string().default(''),
  pid: z.int().default(0),
})
type LockDocument = z.infer<typeof LockDocument>

// Locks held by this process, so that those of an earlier one with the same number are told from ours.
const heldHere = new Set<string>()

/**
 * Takes a lock. Stale ones are cleared away: older than 30 minutes, or of a process on this machine that is gone.
 * First our own lock is there for all to see, then the others are looked at: of two that come at once, at least one gives way.
 * @throws Problem `vault-locked`.
 */
export async function takeLock(vault: Lockable, kind: LockKind): Promise<HeldLock> {
  await refuseConflicts(vault, kind)
  let id = await writeLock(vault, kind)
  let refreshedAt = vault.world.now()
  let refreshing: Promise<void> | undefined
  const lost = new AbortController()
  try {
    await refuseConflicts(vault, kind, id)
  } catch (error) {
    await removeLock(vault, id)
    throw error
  }

  // The old file must be there before and after: who took it for stale may have changed the vault since.
  async function refresh(): Promise<void> {
    if (await isMissing(vault, id)) throw lockLost()
    const fresh = await writeLock(vault, kind)
    if (await isMissing(vault, id)) {
      await removeLock(vault, fresh)
      throw lockLost()
    }
    const old = id
    id = fresh
    refreshedAt = vault.world.now()
    await removeLock(vault, old)
  }

  // A place out of reach for a while is tried again; the lock is given up once others may take it for stale.
  function refreshOnce(): Promise<void> {
    refreshing ??= refresh()
      .catch((error: unknown) => {
        const isLost = error instanceof Problem && error.code === 'lock-lost'
        if (isLost || isDoubtful()) lost.abort(isLost ? error : lockLost(error))
      })
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  const isDoubtful = () => Math.abs(vault.world.now() - refreshedAt) > DOUBTFUL_AFTER
  const timer = setInterval(() => void refreshOnce(), REFRESH_EVERY)
  timer.unref()
  ignoreHangups()

  return {
    lost: lost.signal,
    async ensure() {
      if (isDoubtful()) await refreshOnce()
      lost.signal.throwIfAborted()
    },
    async release() {
      clearInterval(timer)
      await refreshing
      heedHangups()
      // Work that is done counts, also if its place cannot be reached any more; a lock that stays there is stale from now on.
      await removeLock(vault, id).catch(() => undefined)
    },
  }
}

async function refuseConflicts(vault: Lockable, kind: LockKind, own?: string): Promise<void> {
  for (const { id, size } of await vault.storage.list('lock')) {
    if (size === 0 || id === own) continue
    const lock = await readLock(vault, id)
    if (!lock) continue
    if (isStale(vault, id, lock)) await vault.storage.remove('lock', id)
    else if (kind === 'exclusive' || lock.exclusive) throw vaultLocked(lock)
  }
}

function isStale(vault: Lockable, id: string, lock: LockDocument): boolean {
  if (vault.world.now() - Date.parse(lock.time) > STALE_AFTER) return true
  if (lock.hostname !== hostname()) return false
  return lock.pid === process.pid ? !heldHere.has(id) : !isAlive(lock.pid)
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Undefined when it is gone. */
async function readLock(vault: Lockable, id: string): Promise<LockDocument | undefined> {
  for (let attempt = 0; ; attempt++) {
    try {
      return LockDocument.parse(await vault.readDocument('lock', id))
    } catch (error) {
      if (error instanceof Problem && error.code === 'not-found') return undefined
      const wait = READ_AGAIN_AFTER[attempt]
      if (wait === undefined) throw unreadableLock(id, error)
      await pause(wait)
    }
  }
}

async function writeLock(vault: Lockable, kind: LockKind): Promise<string> {
  const { id, bytes } = sealDocument(vault.sealer, {
    time: new Date(vault.world.now()).toISOString(),
    exclusive: kind === 'exclusive',
    hostname: hostname(),
    username: userName(),
    pid: process.pid,
  })
  // Known to be ours before anyone can see it.
  heldHere.add(id)
  await vault.storage.write('lock', id, bytes)
  return id
}

async function removeLock(vault: Lockable, id: string): Promise<void> {
  heldHere.delete(id)
  await vault.storage.remove('lock', id)
}

async function isMissing(vault: Lockable, id: string): Promise<boolean> {
  const files = await vault.storage.list('lock')
  return !files.some((file) => file.id === id)
}

/** Who runs this, as far as the system knows. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without a name, as in containers.
    return ''
  }
}

// restic asks whether the process of a lock is alive by sending it SIGHUP, which would end us.
let hangupsIgnored = 0
const doNothing = () => undefined

function ignoreHangups(): void {
  if (hangupsIgnored++ === 0) process.on('SIGHUP', doNothing)
}

function heedHangups(): void {
  if (--hangupsIgnored === 0) process.off('SIGHUP', doNothing)
}

function vaultLocked(lock: LockDocument): Problem {
  return new Problem(
    'vault-locked',
    `The vault is in use by process ${lock.pid} on ${lock.hostname || 'another computer'}, since ${lock.time}.`,
    'Wait until that is done. If nothing runs there any more, the vault is free 30 minutes after it stopped.',
  )
}

function unreadableLock(id: string, cause: unknown): Problem {
  return new Problem(
    'vault-locked',
    `The vault has a lock that cannot be read, ${id}.`,
    'If no program uses the vault, delete that file in its folder "locks".',
    { cause },
  )
}

function lockLost(cause?: unknown): Problem {
  return new Problem(
    'lock-lost',
    'The vault was left alone for so long that another program may have changed it.',
    'Start again; what was stored is reused.',
    { cause },
  )
}
