/** Raw formats: their type by content, and the date and camera in them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { PhotoFacts } from '../../../../main/replica/index/facts.ts'
import { readPhoto } from '../../../../main/replica/index/photo.ts'

async function read(bytes: Uint8Array, name: string): Promise<PhotoFacts> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-raw-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'raw')
  await writeFile(path, bytes)
  return readPhoto(path, name, 0)
}

/** A TIFF structure with these texts in its first directory. */
function tiff(texts: [tag: number, text: string][], start = 'II*\0'): Buffer {
  const directory = Buffer.alloc(2 + texts.length * 12 + 4)
  const values: Buffer[] = []
  let at = 16 + directory.length
  directory.writeUInt16LE(texts.length)
  for (const [n, [tag, text]] of texts.entries()) {
    const value = Buffer.from(`${text}\0`)
    directory.writeUInt16LE(tag, 2 + n * 12)
    directory.writeUInt16LE(2, 4 + n * 12)
    directory.writeUInt32LE(value.length, 6 + n * 12)
    directory.writeUInt32LE(at, 10 + n * 12)
    values.push(value)
    at += value.length
  }
  const header = Buffer.alloc(16)
  header.write(start, 'latin1')
  header.writeUInt32LE(16, 4)
  if (start.length > 8) header.write(start.slice(8), 8, 'latin1')
  return Buffer.concat([header, directory, ...values])
}

const MODEL: [number, string] = [0x110, 'Camera 7']
const TAKEN: [number, string] = [0x132, '2026:11:23 12:00:00']
const BOTH = [MODEL, TAKEN]

function box(type: string, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(8 + content.length)
  header.write(type, 4, 'latin1')
  return Buffer.concat([header, content])
}

function fujifilm(): Buffer {
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), tiff(BOTH)])
  const segment = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2])
  const header = Buffer.alloc(100)
  header.write('FUJIFILMCCD-RAW ')
  header.writeUInt32BE(100, 84)
  return Buffer.concat([header, segment, exif, Buffer.from([0xff, 0xda])])
}

function cr3(): Buffer {
  const canon = Buffer.from('85c0b687820f11e08111f4ce462b6a48', 'hex')
  const blocks = [box('CMT1', tiff([MODEL])), box('CMT2', tiff([[0x9003, TAKEN[1]]]))]
  return Buffer.concat([box('ftyp', Buffer.from('crx \0\0\0\0')), box('moov', box('uuid', canon, ...blocks))])
}

test.each([
  ['a.cr2', 'image/x-canon-cr2', tiff(BOTH, 'II*\0\0\0\0\0CR')],
  ['a.nef', 'image/x-nikon-nef', tiff(BOTH)],
  ['a.arw', 'image/x-sony-arw', tiff(BOTH)],
  ['a.dng', 'image/x-adobe-dng', tiff(BOTH)],
  ['a.orf', 'image/x-olympus-orf', tiff(BOTH, 'IIRO')],
  ['a.rw2', 'image/x-panasonic-rw2', tiff(BOTH, 'IIU\0')],
  ['a.raf', 'image/x-fuji-raf', fujifilm()],
  ['a.cr3', 'image/x-canon-cr3', cr3()],
])('%s', async (name, mediaType, bytes) => {
  expect(await read(bytes, name)).toMatchObject({
    mediaType,
    takenFrom: 'exif',
    takenAt: Date.UTC(2026, 10, 23, 12),
    camera: 'Camera 7',
    readable: true,
  })
})

test('a raw photo cut off anywhere costs details at most', async () => {
  for (const bytes of [fujifilm(), cr3(), tiff(BOTH, 'IIU\0')]) {
    for (let length = 0; length < bytes.length; length += 7) {
      expect((await read(bytes.subarray(0, length), 'a.raf')).kind).toBe('file')
    }
  }
})
