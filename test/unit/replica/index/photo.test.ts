/** Photos and films of many makers, whole and broken: what the index makes of them, and how little of a file is read. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PhotoFacts } from '../../../../main/replica/index/facts.ts'
import { timeInName } from '../../../../main/replica/index/media/name-time.ts'
import { withSource } from '../../../../main/replica/index/media/source.ts'
import { readPhoto } from '../../../../main/replica/index/photo.ts'
import { describeCorpus } from '../../../corpus.ts'
import { HANG } from '../../hang.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-photo-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const SENT = 1_700_000_000_000

async function read(bytes: Uint8Array, name = 'file'): Promise<PhotoFacts> {
  const path = join(folder, 'file')
  await writeFile(path, bytes)
  return readPhoto(path, name, SENT)
}

const at = (time: string) => Date.parse(`${time}Z`)

describeCorpus('real photos and films', 'photos', (files) => {
  test('all show their type, and most tell when they were taken or how large they are', async () => {
    const before = performance.now()
    const facts = await Promise.all(files.map((file) => readPhoto(file.path, file.name, SENT)))
    expect(performance.now() - before).toBeLessThan(HANG)
    expect(facts.every((one) => one.readable)).toBe(true)
    expect(facts.filter((one) => one.takenFrom !== 'sent').length).toBeGreaterThanOrEqual(35)
    expect(facts.filter((one) => one.width !== null && one.height !== null).length).toBeGreaterThan(68)
  })

  const known: [string, Partial<PhotoFacts>][] = [
    [
      'metadata-extractor/jpg/Apple iPhone 4.jpg',
      {
        mediaType: 'image/jpeg',
        takenAt: at('2011-01-13T14:33:39'),
        takenFrom: 'exif',
        camera: 'Apple iPhone 4',
        width: 1296,
        height: 968,
        latitude: 41.853,
      },
    ],
    [
      'metadata-extractor/jpg/Samsung GT-I9000 (Galaxy S).jpg',
      { camera: 'SAMSUNG GT-I9000', latitude: null, longitude: null },
    ],
    [
      'metadata-extractor/heic/IMG_2927.HEIC',
      {
        mediaType: 'image/heic',
        camera: 'Apple iPhone 11 Pro',
        takenAt: at('2020-05-04T22:39:11.644'),
        contentId: '1745E022-9712-43C7-B024-F308EC6413CB',
        hasMakerNote: true,
        width: 3024,
        height: 4032,
      },
    ],
    ['metadata-extractor/heic/exif-at-eof.heic', { camera: 'Apple iPhone 11 Pro', takenFrom: 'exif' }],
    [
      'metadata-extractor/avif/Issue 649.avif',
      { mediaType: 'image/avif', camera: 'Canon EOS 70D', width: 5472, height: 3648 },
    ],
    [
      'metadata-extractor/mov/with-gps.mov',
      {
        mediaType: 'video/quicktime',
        takenFrom: 'film',
        camera: 'Apple iPhone 6',
        width: 568,
        height: 320,
        latitude: 32.0929,
        longitude: 34.862,
      },
    ],
    [
      'metadata-extractor/mp4/with-gps.mp4',
      { mediaType: 'video/mp4', takenAt: at('2017-02-22T08:20:28'), width: 1920, latitude: 51.4169 },
    ],
    ['metadata-extractor/3gp/sample.3gp', { mediaType: 'video/3gpp', width: 176, height: 144 }],
    [
      'metadata-extractor/webp/HTC Desire.webp',
      { mediaType: 'image/webp', camera: 'HTC Desire', takenAt: at('2011-05-06T09:59:48'), width: 776 },
    ],
    ['metadata-extractor/png/sampleWithExifData.png', { mediaType: 'image/png', width: 256, height: 256 }],
    ['exifr/png/png_with_exif_and_gps.png', { camera: 'Canon PowerShot S40', takenFrom: 'exif' }],
    [
      'metadata-extractor/gif/ImageTestSuite/e34116d68f49c7852b362ec72a636df5.gif',
      { mediaType: 'image/gif', width: 100, height: 100 },
    ],
    ['exifr/orientation/f5t.jpg', { width: 80, height: 48 }],
    ['exifr/sidecar/IMG_5910.xmp', { mediaType: 'application/rdf+xml' }],
    ['exifr/noexif.jpg', { width: 250, height: 188, takenAt: SENT, takenFrom: 'sent' }],
    ['exifr/avif/IMG_20180725_163423-micro.avif', { takenAt: at('2018-07-25T16:34:23'), takenFrom: 'name' }],
    [
      'motion-pixel/MotionPhotoReader/app/src/main/assets/motionphotos/PXL_20200710_061629144.MP.jpg',
      {
        camera: 'Google Pixel 3a XL',
        takenAt: at('2020-07-10T06:16:29.237'),
        width: 4032,
        height: 3024,
        hasFilm: true,
        isShrunk: false,
      },
    ],
  ]
  test.each(known)('%s', async (name, expected) => {
    const file = files.find((one) => one.name === name)!
    expect(await readPhoto(file.path, name, SENT)).toMatchObject(expected)
  })

  test('damage of any kind costs details at most', { timeout: 60_000 }, async () => {
    const small = files
      .map((file) => file.bytes().subarray(0, 80_000))
      .filter((bytes) => bytes.length < 60_000)
    const damage = fc.record({
      sample: fc.constantFrom(...small),
      length: fc.double({ min: 0, max: 1, noNaN: true }),
      // Most that matters lies in the first kilobytes: lengths, offsets and counts.
      faults: fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), {
        maxLength: 12,
      }),
    })
    await fc.assert(
      fc.asyncProperty(damage, async ({ sample, length, faults }) => {
        const bytes = Buffer.from(sample.subarray(0, Math.ceil(length * sample.length)))
        for (const [place, value] of faults) if (place < bytes.length) bytes[place] = value
        const before = performance.now()
        const facts = await read(bytes)
        expect(performance.now() - before).toBeLessThan(HANG)
        expect(facts.kind).toBe('file')
        for (const number of [facts.takenAt, facts.width, facts.height, facts.latitude, facts.longitude]) {
          expect(number === null || Number.isFinite(number)).toBe(true)
        }
      }),
      { numRuns: 600 },
    )
  })
})

test('an empty file, text, and a photo that is none', async () => {
  expect(await read(Buffer.alloc(0), 'a.jpg')).toMatchObject({ mediaType: 'image/jpeg', readable: false })
  expect(await read(Buffer.from('hello'), 'a.txt')).toMatchObject({ mediaType: 'text/plain', readable: true })
  expect(await read(Buffer.from('hello'), 'IMG_20190412_153045.jpg')).toMatchObject({
    takenAt: at('2019-04-12T15:30:45'),
    takenFrom: 'name',
    readable: false,
  })
  expect(await read(Buffer.from([1, 2, 3]))).toMatchObject({
    mediaType: 'application/octet-stream',
    readable: false,
  })
})

function box(type: string, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(8 + content.length)
  header.write(type, 4, 'latin1')
  return Buffer.concat([header, content])
}

function movieHeader(seconds: number): Buffer {
  const content = Buffer.alloc(20)
  content.writeUInt32BE(seconds, 4)
  return box('mvhd', content)
}

const SECONDS_1904_TO_1970 = 2_082_844_800

test('a film of 3 GB whose details come last', async () => {
  const path = join(folder, 'film.mov')
  const file = await open(path, 'w')
  const ftyp = box('ftyp', Buffer.from('qt  \0\0\0\0'))
  const size = 3_000_000_000
  const mdat = Buffer.alloc(16)
  mdat.writeUInt32BE(1)
  mdat.write('mdat', 4)
  mdat.writeBigUInt64BE(BigInt(size), 8)
  await file.write(Buffer.concat([ftyp, mdat]))
  const place = Buffer.from('\0\x12\x15\xc7+52.5200+013.4050/', 'latin1')
  const moov = box(
    'moov',
    movieHeader(SECONDS_1904_TO_1970 + 1_700_000_000),
    box('udta', box('\xa9xyz', place)),
  )
  await file.write(moov, 0, moov.length, ftyp.length + size)
  await file.close()
  expect(await readPhoto(path, 'film.mov', SENT)).toMatchObject({
    mediaType: 'video/quicktime',
    takenAt: 1_700_000_000_000,
    takenFrom: 'film',
    latitude: 52.52,
    longitude: 13.405,
  })
})

test('a film that does not know its time, or lies about it', async () => {
  const film = (seconds: number) =>
    Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0')), box('moov', movieHeader(seconds))])
  expect(await read(film(0), 'VID_20190412_153045.mp4')).toMatchObject({
    mediaType: 'video/mp4',
    takenFrom: 'name',
  })
  expect(await read(film(1000), 'x.mp4')).toMatchObject({ takenAt: SENT, takenFrom: 'sent' })
})

test('never more than a megabyte of a file is read', async () => {
  const path = join(folder, 'large')
  await writeFile(path, Buffer.alloc(4 << 20))
  const total = await withSource(path, async (source) => {
    let bytes = source.head.length
    for (let part = 4; part < 200; part++) bytes += (await source.read(part * 20_000, 20_000)).length
    return bytes
  })
  expect(total).toBeGreaterThan(900_000)
  expect(total).toBeLessThanOrEqual(1 << 20)
})

test.each([
  ['IMG_20190412_153045.jpg', '2019-04-12T15:30:45'],
  ['2026/11/PXL_20200710_061629144.MP.jpg', '2020-07-10T06:16:29'],
  ['20190412_153045.jpg', '2019-04-12T15:30:45'],
  ['20190412153045.jpg', '2019-04-12T15:30:45'],
  ['VID_20190412_153045_HDR.mp4', '2019-04-12T15:30:45'],
  ['2019-04-12 15.30.45.jpg', '2019-04-12T15:30:45'],
  ['Screenshot_2019-04-12-15-30-45.png', '2019-04-12T15:30:45'],
  ['Screenshot_20190412-153045_Messages.png', '2019-04-12T15:30:45'],
  ['WhatsApp Image 2019-04-12 at 15.30.45.jpeg', '2019-04-12T15:30:45'],
  ['signal-2019-04-12-153045.jpg', '2019-04-12T15:30:45'],
  ['IMG-20190412-WA0003.jpg', '2019-04-12T00:00:00'],
  ['FB_IMG_1555082445123.jpg', '2019-04-12T15:20:45.123'],
])('%s', (name, expected) => {
  expect(timeInName(name)).toBe(at(expected))
})

test.each([
  'IMG_0001.JPG',
  'DSC20190.jpg',
  'IMG_20191332.jpg',
  'holiday 2019.jpg',
  'scan-20190431.png',
  '0120190412.jpg',
  '2019041.jpg',
])('%s tells no time', (name) => expect(timeInName(name)).toBeNull())
