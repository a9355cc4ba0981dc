/** What the engine takes from outside: the clock, chance, and the calls that make a write durable. Tests pass their own. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

/** The file system calls on which "stored" rests. A test may fail, delay or drop them. */
export interface Durability {
  /** Resolves once the bytes of the open file are on the disk. */
  syncFile(file: FileHandle): Promise<void>
  /** Resolves once the names in the folder are on the disk; where a system cannot sync folders, at once. */
  syncFolder(path: string): Promise<void>
}

export interface World {
  /** Milliseconds since 1970, wall clock. */
  now(): number
  /** Bytes no one can guess. */
  random(length: number): Buffer
  durability: Durability
}

// Windows has no folder sync; some network and FUSE file systems refuse it. Data was synced all the same.
const FOLDER_SYNC_UNSUPPORTED = new Set(['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP', 'ENOTTY', 'EBADF'])

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    if (!FOLDER_SYNC_UNSUPPORTED.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    await folder.close()
  }
}

/** The real clock, the system's random source and real syncs. */
export const realWorld: World = {
  now: () => Date.now(),
  random: (length) => randomBytes(length),
  durability: { syncFile: (file) => file.sync(), syncFolder },
}
