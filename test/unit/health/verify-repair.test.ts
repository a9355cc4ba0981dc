import { appendFileSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repairFromReplica } from '../../../main/health/repair.ts'
import { verifyAll } from '../../../main/health/verify.ts'
import { filePath } from '../../../main/replica/files.ts'
import { findItem, removeItem } from '../../../main/replica/items.ts'
import { card } from '../replica/fixture.ts'
import { type TestRestore, testRestore } from '../restore/fixture.ts'

const FILM = Buffer.alloc(9 << 20, 'a film ')

async function filled(): Promise<TestRestore> {
  const kept = await testRestore()
  await kept.putCard('1.vcf', card('1', 'Ada'))
  await kept.putPhoto('a.jpg', Buffer.from('photo'))
  await kept.putPhoto('film.mp4', FILM)
  await kept.snapshot()
  return kept
}

const verified = ({ tools }: TestRestore) => verifyAll(tools.replica, tools.vault, true, {})
const repaired = ({ tools }: TestRestore) => repairFromReplica(tools.replica, tools.vault, {})

async function packs({ folder }: TestRestore): Promise<string[]> {
  const data = join(folder, 'vault', 'data')
  const names = await readdir(data, { recursive: true, withFileTypes: true })
  return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[3]! ^= 1
  await rm(path)
  await writeFile(path, bytes)
}

test('what is whole is called whole, with what was looked at', async () => {
  expect(await verified(await filled())).toMatchObject({ ok: true, snapshots: 1, photos: 2, findings: [] })
})

test('even when every pack is damaged, repair and the next backup save all that the replica holds', async () => {
  const kept = await filled()
  for (const pack of await packs(kept)) await flip(pack)
  expect((await verified(kept)).ok).toBe(false)
  const { lost } = await repaired(kept)
  // Folders are in no item's bytes; the next backup writes them anew.
  expect(lost.length).toBeGreaterThan(0)
  const id = await kept.snapshot()
  await kept.remove('1.vcf')
  expect((await kept.restore(id)).detail).toMatchObject({ added: 1, failed: [], different: [] })
  expect(kept.cards()).toEqual({ '1.vcf': card('1', 'Ada') })
})

test('a damaged pack that holds items only is made whole again', async () => {
  const kept = await filled()
  const before = await packs(kept)
  const sizes = await Promise.all(before.map(async (path) => (await readFile(path)).length))
  await flip(before[sizes.indexOf(Math.max(...sizes))]!)
  expect((await verified(kept)).ok).toBe(false)
  const { done, lost } = await repaired(kept)
  expect(done.length).toBeGreaterThan(0)
  expect(lost).toEqual([])
  expect(await verified(kept)).toMatchObject({ ok: true })
})

test('a photo that was changed or deleted on the disk is named', async () => {
  const kept = await filled()
  const { replica, library } = kept
  appendFileSync(filePath(replica, findItem(replica, library.id, 'a.jpg')!.fileId!), '!')
  await rm(filePath(replica, findItem(replica, library.id, 'film.mp4')!.fileId!))
  const { ok, findings } = await verified(kept)
  expect(ok).toBe(false)
  expect(findings.map(({ what }) => what)).toEqual([
    'The photo Ada’s Pixel/a.jpg has 6 bytes instead of 5.',
    'The photo Ada’s Pixel/film.mp4 is missing from the disk.',
  ])
})

test('a photo that is missing when a backup runs is told, and taken by the next one', async () => {
  const kept = await filled()
  const { replica, library, putPhoto, tools } = kept
  await putPhoto('late.jpg', Buffer.from('late'))
  const path = filePath(replica, findItem(replica, library.id, 'late.jpg')!.fileId!)
  await rm(path)
  const { backUp } = await import('../../../main/backup/backup.ts')
  const first = await backUp(replica, tools.vault, 'test', [], {})
  expect(first.unreadable).toMatchObject([{ path: 'Ada’s Pixel/Photos/late.jpg' }])
  await writeFile(path, 'late')
  const second = await backUp(replica, tools.vault, 'test', [], {})
  expect(second).toMatchObject({ added: 1, unreadable: [] })
  await replica.write((tx) => removeItem(tx, library.id, 'late.jpg', 'test'))
  expect((await kept.restore()).detail).toMatchObject({ added: 1, different: [] })
})
