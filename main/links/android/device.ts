/** A phone that lets us in, by the services of ADB: its shell, and its files by the sync protocol (system/core/adb, SYNC.TXT). */
import { Readable } from 'node:stream'
import { type Adb, AdbFeature, AdbSync, escapeArg, type LinuxFileType } from '@yume-chan/adb'
import { Problem } from '../../problem.ts'
import type { Channel } from './channel.ts'
import { kindOf, listFolder } from './listing.ts'
import type { Patience } from './patience.ts'
import { pull } from './pull.ts'
import type { Shell } from './shell.ts'

export interface Entry {
  name: string
  kind: 'file' | 'folder' | 'other'
  /** Bytes. */
  size: number
  /** Milliseconds since 1970; the phone tells whole seconds. */
  modifiedAt: number
}

export interface Device {
  shell: Shell
  /** What lies in a folder; nothing if it is not there or closed to us, for the phone does not tell the difference. */
  list(folder: string): Promise<Entry[]>
  /** What a path leads to, links followed; null if there is nothing. */
  stat(path: string): Promise<Omit<Entry, 'name'> | null>
  /**
   * The file's bytes; fails with an AdbSyncError when the phone refuses it, else when the phone is gone. Files are read `MOST_STREAMS` at a
   * time; more may be open and wait. @param size bytes that are expected.
   */
  open(path: string, size: number): Readable
  /** Writes a file with its time. Folders above it are made. */
  write(path: string, bytes: Readable, modifiedAt: number): Promise<void>
  /** Asks the phone for a sign of life. */
  isThere(): Promise<boolean>
  close(): Promise<void>
}

/** More at once gain nothing, and each holds some memory. */
export const MOST_STREAMS = 4

/**
 * @param openSyncChannel opens a further connection to the phone's `sync:` service.
 * @param patience with which each answer is waited for, so that all calls fail as it does.
 */
export function createDevice(
  adb: Adb,
  openSyncChannel: () => Promise<Channel>,
  { wait }: Pick<Patience, 'wait'>,
): Device {
  const idle: AdbSync[] = []
  const idleChannels: Channel[] = []
  const streams = createTurnstile(MOST_STREAMS)

  /** Each stream of files has a connection of its own, which is used again once it has done its work. */
  async function withSync<T>(work: (sync: AdbSync) => Promise<T>): Promise<T> {
    const sync = idle.pop() ?? (await wait(openSync(adb)))
    try {
      const result = await wait(work(sync))
      idle.push(sync)
      return result
    } catch (error) {
      // What is left in it nobody knows.
      await sync.dispose().catch(() => undefined)
      throw error
    }
  }

  async function openOwn(): Promise<Channel> {
    const used = idleChannels.pop()
    if (used) return used
    const channel = await wait(openSyncChannel())
    return { ...channel, read: () => wait(channel.read()) }
  }

  async function* read(path: string, size: number): AsyncGenerator<Uint8Array> {
    await streams.enter()
    let channel: Channel | undefined
    let isDone = false
    try {
      channel = await openOwn()
      yield* pull(channel, path, size)
      isDone = true
    } finally {
      // What is left in it of a file that was not read to its end nobody knows.
      if (isDone) idleChannels.push(channel!)
      else channel?.close()
      streams.leave()
    }
  }

  return {
    async isThere() {
      try {
        const { exitCode } = await this.shell(['true'])
        return exitCode === 0
      } catch {
        return false
      }
    },
    async shell(argv) {
      const shell = adb.subprocess.shellProtocol
      if (!shell) {
        throw new Problem(
          'not-allowed',
          'This phone’s Android is too old to be read over USB debugging.',
          'It needs Android 7 or newer; its photos can be sent by the phone’s browser.',
        )
      }
      return wait(shell.spawnWaitText(argv.map(escapeArg)))
    },
    async list(folder) {
      const channel = await openOwn()
      try {
        const entries = await listFolder(channel, folder, adb.canUseFeature(AdbFeature.ListV2))
        idleChannels.push(channel)
        return entries
      } catch (error) {
        channel.close()
        throw error
      }
    },
    async stat(path) {
      // A folder's own connection is given up when nothing is there; that is rare enough.
      try {
        return await withSync(async (sync) => traits(await sync.stat(path)))
      } catch (error) {
        if (error instanceof Error && /ENOENT|ENOTDIR/.test(error.message)) return null
        throw error
      }
    },
    open(path, size) {
      return Readable.from(read(path, size), { objectMode: false })
    },
    write(path, bytes, modifiedAt) {
      return withSync((sync) =>
        sync.write({
          filename: path,
          file: Readable.toWeb(bytes) as Parameters<AdbSync['write']>[0]['file'],
          permission: 0o660,
          mtime: Math.floor(modifiedAt / 1000),
        }),
      )
    },
    async close() {
      for (const channel of idleChannels.splice(0)) channel.close()
      await Promise.allSettled(idle.splice(0).map((sync) => sync.dispose()))
      await adb.close()
    },
  }
}

/** Lets so many in at a time; the others wait in line. */
function createTurnstile(most: number) {
  const waiting: (() => void)[] = []
  let free = most
  return {
    async enter(): Promise<void> {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
    },
    leave(): void {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
  }
}

/** What Tango's own short call does, whose name our law keeps for writing to disk. */
async function openSync(adb: Adb): Promise<AdbSync> {
  return new AdbSync(adb, await adb.createSocket('sync:'))
}

function traits(stat: { type: LinuxFileType; size: bigint; mtime: bigint }): Omit<Entry, 'name'> {
  return { kind: kindOf(stat.type), size: Number(stat.size), modifiedAt: Number(stat.mtime) * 1000 }
}
