/** Photos come in by the real tus client; cut off anywhere they go on; and what they are named and known by. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filePath } from '../../../../main/replica/files.ts'
import { findItem, listItems } from '../../../../main/replica/items.ts'
import { realWorld, type World } from '../../../../main/world.ts'
import { writeExif } from '../../../phone/exif.ts'
import {
  beginUpload,
  createUpload,
  metadataOf,
  OFFSET_TYPE,
  send,
  sendAndCut,
  sha256,
  type UploadServer,
  uploadFile,
  uploadServer,
} from './upload-fixture.ts'

const pathOf = (server: UploadServer, name: string) =>
  filePath(server.replica, findItem(server.replica, server.library.id, name)!.fileId!)

const namesIn = (server: UploadServer) =>
  listItems(server.replica, server.library.id)
    .filter(({ kind }) => kind === 'file')
    .map(({ name }) => name)

function put(server: UploadServer, bytes: Buffer, filename: string, more: Record<string, string> = {}) {
  return uploadFile(server.url(server.phone), bytes, metadataOf(bytes, filename, more))
}

test.each([{ together: false }, { together: true }, { chunkSize: 700_000 }])(
  'a photo arrives byte for byte with its time: %o',
  async (options) => {
    const server = await uploadServer()
    const bytes = Buffer.alloc(3_000_000, 'photo')
    const metadata = metadataOf(bytes, 'IMG_20190412_153045.jpg')
    expect(await uploadFile(server.url(server.phone), bytes, metadata, options)).toBe('added')
    const item = findItem(server.replica, server.library.id, '2019/04/IMG_20190412_153045.jpg')!
    expect((await readFile(filePath(server.replica, item.fileId!))).equals(bytes)).toBe(true)
    expect(item.modifiedAt).toBe(1_500_000_000_000)
    expect(findItem(server.replica, server.library.id, '2019/04')?.kind).toBe('folder')
    expect(await readdir(`${server.replica.partial}/${server.phone.id}`)).toEqual([])
    expect(server.trouble).toEqual([])
  },
)

test('without any date in it, a photo goes by the time that it had on the phone', async () => {
  const server = await uploadServer()
  await put(server, Buffer.from('x'), 'photo.bin')
  expect(namesIn(server)).toEqual(['2017/07/photo.bin'])
})

/** A JPEG as a browser makes it of an iPhone's photo. */
function copyOfPhoto(): Buffer {
  const exif = writeExif({
    ...{ make: 'Apple', model: 'iPhone 17', width: 1, height: 1, iso: 50, place: null },
    ...{ exposure: [1, 30], fNumber: [18, 10], takenAt: '2020:01:01 00:30:00', offset: '+02:00' },
  })
  const length = Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255])
  return Buffer.concat([Buffer.from([0xff, 0xd8]), length, exif, Buffer.from([0xff, 0xd9])])
}

test('a photo goes by the clock that it was taken by, wherever that was', async () => {
  const server = await uploadServer()
  await put(server, copyOfPhoto(), 'a.jpg')
  expect(namesIn(server)).toEqual(['2020/01/a.jpg'])
})

test('what speaks against an original is told with the proof that it is stored', async () => {
  const server = await uploadServer()
  const bytes = copyOfPhoto()
  await put(server, bytes, 'IMG_0001.jpeg', { picked: 'photos' })
  const { files } = await server
    .uploads()
    .methods['photos.verify'](
      { hashes: [sha256(bytes)] },
      server.visit({ ...server.phone, platform: 'iphone' }),
    )
  expect(files).toEqual([{ hash: sha256(bytes), stored: true, doubts: ['converted'] }])
})

test('the same bytes are stored once, whatever their name, and the answer says so', async () => {
  const server = await uploadServer()
  await put(server, Buffer.from('same'), 'a.jpg')
  expect(await put(server, Buffer.from('same'), 'b.jpg')).toBe('known')
  expect(namesIn(server)).toEqual(['2017/07/a.jpg'])
})

test('other bytes of the same name, in any case, get a name that is free', async () => {
  const server = await uploadServer()
  await put(server, Buffer.from('one'), 'IMG_0001.HEIC')
  await Promise.all(['two', 'three'].map((text) => put(server, Buffer.from(text), 'img_0001.heic')))
  expect(namesIn(server)).toEqual([
    '2017/07/IMG_0001.HEIC',
    '2017/07/img_0001 (2).heic',
    '2017/07/img_0001 (3).heic',
  ])
})

test.each(['CON.jpg', 'what?.jpg', '.hidden.jpg'])(
  'a name that some disks cannot have is kept: %s',
  async (name) => {
    const server = await uploadServer()
    await put(server, Buffer.from('x'), name)
    expect(namesIn(server)).toEqual([`2017/07/${name}`])
    expect(await readFile(pathOf(server, `2017/07/${name}`), 'utf8')).toBe('x')
  },
)

const still = (text: string) => Buffer.from(`\0\0\0\x18ftypheic\0\0\0\0mif1heic${text}`, 'latin1')
const film = (text: string) => Buffer.from(`\0\0\0\x14ftypqt  \0\0\0\0qt  ${text}`, 'latin1')

test('the halves of a Live Photo lie side by side, also when their dates are in two months', async () => {
  const server = await uploadServer()
  const time = (text: string) => ({ modified: String(Date.parse(text)) })
  await put(server, still('old'), 'IMG_0001.HEIC', time('2019-03-01T12:00:00Z'))
  await put(server, still('new'), 'IMG_0001.HEIC', time('2019-03-31T23:59:59Z'))
  await put(server, film('new'), 'IMG_0001.MOV', time('2019-04-01T00:00:01Z'))
  expect(namesIn(server)).toEqual([
    '2019/03/IMG_0001 (2).HEIC',
    '2019/03/IMG_0001 (2).MOV',
    '2019/03/IMG_0001.HEIC',
  ])
  await put(server, film('far'), 'IMG_0001.MOV', time('2019-04-20T00:00:01Z'))
  expect(namesIn(server)).toContain('2019/04/IMG_0001.MOV')
})

test('an empty file is a file', async () => {
  const server = await uploadServer()
  expect((await createUpload(server, Buffer.alloc(0), 'empty.txt')).status).toBe(201)
  expect(namesIn(server)).toEqual(['2017/07/empty.txt'])
})

test('cut off at any byte, with the engine ended in between, an upload goes on and ends whole', {
  timeout: 60_000,
}, async () => {
  const server = await uploadServer()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ cut: fc.integer({ min: 0, max: 400_000 }), restart: fc.boolean() }), {
        maxLength: 3,
      }),
      async (cuts) => {
        const bytes = Buffer.alloc(300_000, `content ${runs++}`)
        const url = await beginUpload(server, bytes, `file-${runs}.bin`)
        let offset = 0
        for (const { cut, restart } of cuts) {
          if (offset + cut >= bytes.length) continue
          await sendAndCut(url(), offset, bytes.subarray(offset), cut)
          if (restart) await server.restart()
          const now = Number((await send('HEAD', url(), {})).headers['upload-offset'])
          expect(now).toBeGreaterThanOrEqual(offset)
          expect(now).toBeLessThanOrEqual(offset + cut)
          offset = now
        }
        const rest = bytes.subarray(offset)
        const last = await send('PATCH', url(), { ...OFFSET_TYPE, 'Upload-Offset': String(offset) }, rest)
        expect(last.status).toBe(204)
        expect(sha256(await readFile(pathOf(server, `2017/07/file-${runs}.bin`)))).toBe(sha256(bytes))
      },
    ),
    { numRuns: 15 },
  )
  expect(server.trouble).toEqual([])
})

test('a page that missed the last answer hears that all is there', async () => {
  const server = await uploadServer()
  const bytes = Buffer.from('photo')
  const url = await beginUpload(server, bytes, 'a.jpg')
  await send('PATCH', url(), { ...OFFSET_TYPE, 'Upload-Offset': '0' }, bytes)
  expect((await send('HEAD', url(), {})).headers['upload-offset']).toBe('5')
  expect((await send('PATCH', url(), { ...OFFSET_TYPE, 'Upload-Offset': '5' })).status).toBe(204)
})

test('a whole file does not count as here before it is in the library', async () => {
  let broken = true
  const world: World = {
    ...realWorld,
    durability: {
      ...realWorld.durability,
      syncFolder: (path) =>
        broken && path.endsWith('07')
          ? Promise.reject(new Error('the disk says no'))
          : realWorld.durability.syncFolder(path),
    },
  }
  const server = await uploadServer(world)
  const bytes = Buffer.from('photo')
  const url = await beginUpload(server, bytes, 'a.jpg')
  const patch = await send('PATCH', url(), { ...OFFSET_TYPE, 'Upload-Offset': '0' }, bytes)
  expect(patch).toMatchObject({ status: 500, body: '' })
  expect((await send('HEAD', url(), {})).status).toBe(500)
  expect(namesIn(server)).toEqual([])
  expect(server.trouble[0]).toContain('the disk says no')
  broken = false
  await server.restart()
  expect((await send('HEAD', url(), {})).headers['upload-offset']).toBe('5')
  expect(namesIn(server)).toEqual(['2017/07/a.jpg'])
})

test('a disk that is full is told of, and what had room is kept', async () => {
  let full = false
  const world: World = {
    ...realWorld,
    durability: {
      ...realWorld.durability,
      syncFile: (file) =>
        full ? Promise.reject(Object.assign(new Error(), { code: 'ENOSPC' })) : file.sync(),
    },
  }
  const server = await uploadServer(world)
  const bytes = Buffer.from('photo')
  const url = await beginUpload(server, bytes, 'a.jpg')
  await send('PATCH', url(), { ...OFFSET_TYPE, 'Upload-Offset': '0' }, bytes.subarray(0, 2))
  full = true
  const refused = await send('PATCH', url(), { ...OFFSET_TYPE, 'Upload-Offset': '2' }, bytes.subarray(2))
  expect(refused).toMatchObject({ status: 507, body: expect.stringContaining('disk-full') })
  full = false
  expect((await send('HEAD', url(), {})).headers['upload-offset']).toBe('2')
  expect(
    (await send('PATCH', url(), { ...OFFSET_TYPE, 'Upload-Offset': '2' }, bytes.subarray(2))).status,
  ).toBe(204)
})

test('known is what is there whole, and verified what is there as it was; what is not is mended by sending it again', async () => {
  const server = await uploadServer()
  const [a, b, never] = ['aaa', 'bbb', 'ccc'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer]
  await put(server, a, 'a.jpg')
  await put(server, b, 'b.jpg')
  const hashes = [a, b, never].map(sha256)
  const visit = server.visit(server.phone)
  const known = async () => (await server.uploads().methods['photos.known']({ hashes }, visit)).known
  const verified = async () => {
    const { files } = await server.uploads().methods['photos.verify']({ hashes }, visit)
    return files.filter(({ stored }) => stored).map(({ hash }) => hash)
  }
  expect(await known()).toEqual(hashes.slice(0, 2))
  expect(await verified()).toEqual(hashes.slice(0, 2))
  const others = await server.uploads().methods['photos.known']({ hashes }, server.visit(server.other))
  expect(others.known).toEqual([])

  await rm(pathOf(server, '2017/07/a.jpg'))
  await writeFile(pathOf(server, '2017/07/b.jpg'), 'bXb')
  expect(await known()).toEqual([hashes[1]])
  expect(await verified()).toEqual([])

  await put(server, a, 'a.jpg')
  await put(server, b, 'b.jpg')
  expect(await verified()).toEqual(hashes.slice(0, 2))
  expect(namesIn(server)).toEqual(['2017/07/a.jpg', '2017/07/b.jpg'])
  expect(await readFile(pathOf(server, '2017/07/b.jpg'), 'utf8')).toBe('bbb')
})
