/** A phone that lets us in, by the services of ADB: its shell, and its files by the sync protocol (system/core/adb, SYNC.TXT). */
import { Readable } from 'node:stream'
import { type Adb, AdbSync, escapeArg, LinuxFileType } from '@yume-chan/adb'
import { Problem } from '../../problem.ts'
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
  /** The file's bytes; fails with an AdbSyncError when the phone refuses it, else when the phone is gone. Up to `MOST_STREAMS` may be open. */
  open(path: string): Readable
  /** Writes a file with its time. Folders above it are made. */
  write(path: string, bytes: Readable, modifiedAt: number): Promise<void>
  /** Asks the phone for a sign of life. */
  isThere(): Promise<boolean>
  close(): Promise<void>
}

/** More at once gain nothing, and each holds some memory. */
export const MOST_STREAMS = 3

export function createDevice(adb: Adb): Device {
  const idle: AdbSync[] = []

  /** Each stream of files has a connection of its own, which is used again once it has done its work. */
  async function withSync<T>(work: (sync: AdbSync) => Promise<T>): Promise<T> {
    const sync = idle.pop() ?? (await openSync(adb))
    try {
      const result = await work(sync)
      idle.push(sync)
      return result
    } catch (error) {
      // What is left in it nobody knows.
      await sync.dispose().catch(() => undefined)
      throw error
    }
  }

  async function* read(path: string): AsyncGenerator<Uint8Array> {
    const sync = idle.pop() ?? (await openSync(adb))
    let isDone = false
    try {
      const reader = sync.read(path).getReader()
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
      isDone = true
    } finally {
      if (isDone) idle.push(sync)
      else await sync.dispose().catch(() => undefined)
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
      return shell.spawnWaitText(argv.map(escapeArg))
    },
    list(folder) {
      return withSync(async (sync) => {
        const entries = await sync.readdir(folder)
        return entries
          .filter(({ name }) => name !== '.' && name !== '..')
          .map(({ name, ...entry }) => ({ name, ...traits(entry) }))
      })
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
    open(path) {
      return Readable.from(read(path), { objectMode: false })
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
      await Promise.allSettled(idle.splice(0).map((sync) => sync.dispose()))
      await adb.close()
    },
  }
}

/** What Tango's own short call does, whose name our law keeps for writing to disk. */
async function openSync(adb: Adb): Promise<AdbSync> {
  return new AdbSync(adb, await adb.createSocket('sync:'))
}

const KINDS: Partial<Record<LinuxFileType, Entry['kind']>> = {
  [LinuxFileType.File]: 'file',
  [LinuxFileType.Directory]: 'folder',
}

function traits(stat: { type: LinuxFileType; size: bigint; mtime: bigint }): Omit<Entry, 'name'> {
  return { kind: KINDS[stat.type] ?? 'other', size: Number(stat.size), modifiedAt: Number(stat.mtime) * 1000 }
}
