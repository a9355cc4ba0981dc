/** Files and the names of their folders made durable together: those that come while others are synced wait, and share the next syncs. */
import type { FileHandle } from 'node:fs/promises'
import type { Durability } from '../world.ts'

export interface SyncGroup {
  /**
   * Resolves once the file's bytes and the names in the folder are on the disk, together with all others of its group, so that what they
   * do next shares a commit.
   * @param file null where its bytes are durable already.
   */
  settle(file: FileHandle | null, folder: string): Promise<void>
}

interface Member {
  file: FileHandle | null
  folder: string
  done: () => void
  failed: (error: unknown) => void
}

export function createSyncGroup({ syncFile, syncFolder }: Durability): SyncGroup {
  let waiting: Member[] = []
  let isAtWork = false

  async function work(): Promise<void> {
    isAtWork = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await syncAll(group)
    }
    isAtWork = false
  }

  // Folders come last: a journaling file system has written their names then along with the bytes, and has nothing left to do.
  async function syncAll(group: Member[]): Promise<void> {
    const files = await Promise.allSettled(group.map(({ file }) => file && syncFile(file)))
    const paths = [...new Set(group.map(({ folder }) => folder))]
    const folders = new Map(
      await Promise.all(
        paths.map(async (path) => [path, (await Promise.allSettled([syncFolder(path)]))[0]] as const),
      ),
    )
    for (const [n, { folder, done, failed }] of group.entries()) {
      const failure = [files[n]!, folders.get(folder)!].find(({ status }) => status === 'rejected')
      if (failure?.status === 'rejected') failed(failure.reason)
      else done()
    }
  }

  return {
    settle: (file, folder) =>
      new Promise((done, failed) => {
        waiting.push({ file, folder, done, failed })
        if (!isAtWork) void work()
      }),
  }
}
