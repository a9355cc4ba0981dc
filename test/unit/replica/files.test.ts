import { existsSync } from 'node:fs'
import { link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { filePath, placeFile, receiveFile, sweepIncoming } from '../../../main/replica/files.ts'
import { findItem } from '../../../main/replica/items.ts'
import { realWorld, type World } from '../../../main/world.ts'
import { notingSyncs, testReplica } from './fixture.ts'

async function leftovers(folder: string): Promise<string[]> {
  return readdir(folder)
}

test('a photo lies under its own name, with its own time', async () => {
  const { replica, library, putPhoto } = await testReplica()
  await putPhoto('2026/11/IMG_0001.JPG', Buffer.from('photo'), 1_500_000_000_000)
  const path = filePath(replica, findItem(replica, library.id, '2026/11/IMG_0001.JPG')!.fileId!)
  expect(path.endsWith(join('Ada’s Pixel', '2026', '11', 'IMG_0001.JPG'))).toBe(true)
  expect(await readFile(path, 'utf8')).toBe('photo')
  expect((await stat(path)).mtimeMs).toBe(1_500_000_000_000)
})

test('a new version gets a file of its own; the old one is not written over', async () => {
  const { replica, library, putPhoto } = await testReplica()
  await putPhoto('a.jpg', Buffer.from('old'))
  const old = filePath(replica, findItem(replica, library.id, 'a.jpg')!.fileId!)
  await putPhoto('a.jpg', Buffer.from('new'))
  const now = filePath(replica, findItem(replica, library.id, 'a.jpg')!.fileId!)
  expect(await readFile(old, 'utf8')).toBe('old')
  expect(await readFile(now, 'utf8')).toBe('new')
})

test('the same bytes of one phone are kept once', async () => {
  const { replica, library, putPhoto } = await testReplica()
  await putPhoto('a.jpg', Buffer.from('same'))
  await putPhoto('b.jpg', Buffer.from('same'))
  const [a, b] = ['a.jpg', 'b.jpg'].map((name) => findItem(replica, library.id, name)!.fileId)
  expect(a).toBe(b)
})

test('bytes are not taken as known when their file was deleted by hand', async () => {
  const { replica, library, putPhoto } = await testReplica()
  await putPhoto('a.jpg', Buffer.from('same'))
  await rm(filePath(replica, findItem(replica, library.id, 'a.jpg')!.fileId!))
  await putPhoto('b.jpg', Buffer.from('same'))
  expect(await readFile(filePath(replica, findItem(replica, library.id, 'b.jpg')!.fileId!), 'utf8')).toBe(
    'same',
  )
})

test.each([
  'CON',
  'a:b?.jpg',
  '..\\up.jpg',
  '.hidden',
  'trailing. ',
  `${'long'.repeat(70)}.jpg`,
  'ünï→😀.jpg',
])('a name that some system cannot have is kept in the index: %s', async (name) => {
  const { replica, folder, library, putPhoto } = await testReplica()
  await putPhoto(name, Buffer.from(name))
  const path = filePath(replica, findItem(replica, library.id, name)!.fileId!)
  expect(path.startsWith(join(folder, 'Photos', 'Ada’s Pixel'))).toBe(true)
  expect(await readFile(path, 'utf8')).toBe(name)
})

test('an upload that breaks off leaves nothing', async () => {
  const { replica } = await testReplica()
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('half')
      throw new Error('connection lost')
    })(),
  )
  await expect(receiveFile(replica, broken, 1000)).rejects.toThrow('connection lost')
  expect(await leftovers(replica.incoming)).toEqual([])
})

test('an upload over the limit is refused and leaves nothing', async () => {
  const { replica } = await testReplica()
  await expect(receiveFile(replica, Readable.from([Buffer.alloc(11)]), 10)).rejects.toMatchObject({
    code: 'bad-input',
  })
  expect(await leftovers(replica.incoming)).toEqual([])
})

test('nothing is stored when the disk cannot make it durable', async () => {
  const failing: World = {
    ...realWorld,
    durability: { ...realWorld.durability, syncFile: () => Promise.reject(new Error('the disk says no')) },
  }
  const { replica, phone, library, putPhoto } = await testReplica(failing)
  await expect(putPhoto('a.jpg', Buffer.from('photo'))).rejects.toThrow('the disk says no')
  expect(findItem(replica, library.id, 'a.jpg')).toBeUndefined()
  expect(await leftovers(replica.incoming)).toEqual([])
  // It had its place already.
  expect(await leftovers(join(replica.photos, phone.name))).toEqual([])
})

test('file and folder are synced before a photo counts as stored', async () => {
  const { world, steps } = notingSyncs()
  const { putPhoto } = await testReplica(world)
  await putPhoto('2026/a.jpg', Buffer.from('photo'))
  // The names of the new folders, the bytes, and the name in the folder.
  expect(steps).toEqual(['folder Ada’s Pixel', 'folder Photos', 'file', 'folder 2026'])
})

test('leftovers of a crash are swept', async () => {
  const { replica } = await testReplica()
  const received = await receiveFile(replica, Readable.from([Buffer.from('x')]), 10)
  onTestFinished(() => received.file?.close())
  await sweepIncoming(replica)
  expect(existsSync(received.temporary)).toBe(false)
})

test('a file that got its place just before a crash is taken away again, and nobody else’s is', async () => {
  const { replica, phone, library, putPhoto } = await testReplica()
  await putPhoto('kept.jpg', Buffer.from('kept'))
  const folder = join(replica.photos, phone.name)
  await writeFile(join(folder, 'mine.jpg'), 'x')
  const received = await receiveFile(replica, Readable.from([Buffer.from('x')]), 10)
  onTestFinished(() => received.file?.close())
  await placeFile(replica, phone, 'lost.jpg', received, 0)
  // It was registered, and lost its temporary name no more.
  await link(filePath(replica, findItem(replica, library.id, 'kept.jpg')!.fileId!), `${received.temporary}0`)
  expect((await leftovers(folder)).sort()).toEqual(['kept.jpg', 'lost.jpg', 'mine.jpg'])
  await sweepIncoming(replica)
  expect((await leftovers(folder)).sort()).toEqual(['kept.jpg', 'mine.jpg'])
  expect(await leftovers(replica.incoming)).toEqual([])
})

test('nobody’s photo counts as stored while its new folder is not durable', async () => {
  const waiting: (() => void)[] = []
  let holding = false
  const slow: World = {
    ...realWorld,
    durability: {
      ...realWorld.durability,
      async syncFolder(path) {
        // The folder above the new one, which only the one that made it syncs.
        if (holding && path.endsWith('Ada’s Pixel'))
          await new Promise<void>((resolve) => waiting.push(resolve))
        await realWorld.durability.syncFolder(path)
      },
    },
  }
  const { putPhoto } = await testReplica(slow)
  await putPhoto('first.jpg', Buffer.from('makes the phone’s folder'))
  holding = true
  const stored: string[] = []
  const puts = ['a', 'b'].map((name) =>
    putPhoto(`new/${name}.jpg`, Buffer.from(name)).then(() => stored.push(name)),
  )
  while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(stored).toEqual([])
  holding = false
  for (const go of waiting) go()
  await Promise.all(puts)
  expect(stored.sort()).toEqual(['a', 'b'])
})
