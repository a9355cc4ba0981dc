/** Syncs shared by those who store at the same moment: fewer of them, and nobody is told too early or hears of another's failure. */
import type { FileHandle } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createSyncGroup } from '../../../main/replica/sync-group.ts'

/** A disk whose syncs end when the test says; a file is known by its descriptor. */
function slowDisk() {
  const underWay: { what: string; end: (error?: Error) => void }[] = []
  const sync = (what: string) =>
    new Promise<void>((resolve, reject) => {
      underWay.push({ what, end: (error) => (error ? reject(error) : resolve()) })
    })
  const group = createSyncGroup({
    syncFile: ({ fd }) => sync(`file ${fd}`),
    syncFolder: (path) => sync(`folder ${path}`),
  })
  return {
    settle: (fd: number, folder: string) => group.settle({ fd } as FileHandle, folder),
    underWay: () => underWay.map(({ what }) => what),
    /** Ends all that is under way now. @param failing what fails. */
    async end(failing?: string) {
      for (const { what, end } of underWay.splice(0))
        end(what === failing ? new Error(`${what} failed`) : undefined)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('those that come while others are synced share the next syncs', async () => {
  const disk = slowDisk()
  const stored: number[] = []
  const put = (fd: number) => disk.settle(fd, '2026').then(() => stored.push(fd))
  void put(1)
  for (const fd of [2, 3, 4]) void put(fd)
  expect(disk.underWay()).toEqual(['file 1'])
  await disk.end()
  expect(disk.underWay()).toEqual(['folder 2026'])
  expect(stored).toEqual([])
  await disk.end()
  expect(stored).toEqual([1])
  expect(disk.underWay()).toEqual(['file 2', 'file 3', 'file 4'])
  await disk.end()
  expect(disk.underWay()).toEqual(['folder 2026'])
  await disk.end()
  expect(stored).toEqual([1, 2, 3, 4])
})

test('one that fails concerns nobody else', async () => {
  const disk = slowDisk()
  const puts = [
    ['first', 1],
    ['a', 2],
    ['b', 3],
    ['a', 4],
  ] as const
  const outcomes = Promise.allSettled(puts.map(([folder, fd]) => disk.settle(fd, folder)))
  await disk.end()
  await disk.end()
  await disk.end('file 2')
  await disk.end('folder b')
  expect((await outcomes).map((one) => (one.status === 'rejected' ? one.reason.message : 'stored'))).toEqual([
    'stored',
    'file 2 failed',
    'folder b failed',
    'stored',
  ])
})
