/** Thumbnails of whole, turned, broken and hostile photos; what is kept of them, and how the threads are looked after. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, onTestFinished, test } from 'vitest'
import { createThumbnails, type ThumbnailSettings, type Thumbnails } from '../../../main/photos/thumbnails.ts'
import { readPhoto } from '../../../main/replica/index/photo.ts'
import { realWorld } from '../../../main/world.ts'
import { describeCorpus } from '../../corpus.ts'
import { temporaryFolder, worldAt } from '../replica/fixture.ts'
import { png } from './png.ts'

interface Setup {
  folder: string
  thumbnails: Thumbnails
  /** Writes a file and asks for its thumbnail. */
  of(bytes: Uint8Array, mediaType: string): Promise<Buffer | undefined>
  logged: string[]
}

async function setup(settings: Partial<ThumbnailSettings> = {}): Promise<Setup> {
  const folder = settings.folder ?? (await temporaryFolder())
  const photos = await temporaryFolder()
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const thumbnails = createThumbnails({ world: realWorld, log, ...settings, folder })
  onTestFinished(() => thumbnails.close())
  return {
    folder,
    thumbnails,
    logged,
    async of(bytes, mediaType) {
      const hash = createHash('sha256').update(bytes).digest('hex')
      const path = join(photos, hash)
      await writeFile(path, bytes)
      return thumbnails.of({ hash, mediaType, path })
    },
  }
}

/** The left half red, the rest blue. */
function halves(width: number, height: number) {
  const red = { create: { width: width / 2, height, channels: 3, background: 'red' } } as const
  return sharp({ create: { width, height, channels: 3, background: 'blue' } }).composite([
    { input: red, left: 0, top: 0 },
  ])
}

async function colourAt(picture: Buffer, left: number, top: number): Promise<string> {
  const { data } = await sharp(picture)
    .extract({ left, top, width: 1, height: 1 })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return data[0]! > data[2]! ? 'red' : 'blue'
}

test.each(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const)('%s', async (format) => {
  const { of } = await setup()
  const thumbnail = await of(await halves(1000, 500).toFormat(format).toBuffer(), `image/${format}`)
  expect(await sharp(thumbnail).metadata()).toMatchObject({ format: 'webp', width: 320, height: 160 })
  expect(await colourAt(thumbnail!, 40, 80)).toBe('red')
  expect(await colourAt(thumbnail!, 280, 80)).toBe('blue')
})

test('upright, and without a word of where and when', async () => {
  const { of } = await setup()
  const photo = await halves(800, 400)
    .withExif({ IFD0: { Make: 'Secret' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1' } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  const thumbnail = await of(photo, 'image/jpeg')
  const { width, height, exif, xmp, icc, orientation } = await sharp(thumbnail).metadata()
  expect({ width, height, exif, xmp, icc, orientation }).toEqual({ width: 160, height: 320 })
  // Turned by a quarter to the right, what was left is on top.
  expect(await colourAt(thumbnail!, 80, 40)).toBe('red')
  expect(await colourAt(thumbnail!, 80, 280)).toBe('blue')
})

test('a small picture stays as it is', async () => {
  const { of } = await setup()
  const thumbnail = await of(await halves(20, 10).png().toBuffer(), 'image/png')
  expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 20, height: 10 })
})

test('the JPEG in a raw photo is shown', async () => {
  const { of } = await setup()
  const jpeg = await halves(640, 320).jpeg().toBuffer()
  const entries: [tag: number, type: number, value: number][] = [
    [0x112, 3, 8],
    [0x201, 4, 100],
    [0x202, 4, jpeg.length],
  ]
  const tiff = Buffer.alloc(100)
  tiff.write('II*\0\x08\0\0\0', 'latin1')
  tiff.writeUInt16LE(entries.length, 8)
  for (const [n, [tag, type, value]] of entries.entries()) {
    const at = 10 + n * 12
    tiff.writeUInt16LE(tag, at)
    tiff.writeUInt16LE(type, at + 2)
    tiff.writeUInt32LE(1, at + 4)
    tiff.writeUInt32LE(value, at + 8)
  }
  const thumbnail = await of(Buffer.concat([tiff, jpeg]), 'image/x-sony-arw')
  expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 160, height: 320 })
  expect(await of(tiff, 'image/x-sony-arw')).toBeUndefined()
})

async function hugeJpeg(side: number): Promise<Buffer> {
  const jpeg = await halves(16, 16).jpeg().toBuffer()
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  jpeg.writeUInt16BE(side, frame + 5)
  jpeg.writeUInt16BE(side, frame + 7)
  return jpeg
}

test('what is built to eat memory gets a placeholder at once', { timeout: 30_000 }, async () => {
  const { of } = await setup()
  const webp = Buffer.concat([Buffer.from('RIFF\xff\xff\xff\x7fWEBPVP8L', 'latin1'), png(64, 64)])
  const bombs: [Buffer, string][] = [
    [png(30_000, 30_000), 'image/png'],
    [png(9000, 9000, 1), 'image/png'],
    [await hugeJpeg(65_500), 'image/jpeg'],
    [Buffer.from('GIF89a\xff\xff\xff\xff', 'latin1'), 'image/gif'],
    [webp, 'image/webp'],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'image/jpeg'],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'image/svg+xml'],
    [Buffer.alloc(0), 'image/heic'],
  ]
  const before = process.memoryUsage().rss
  for (const [bytes, mediaType] of bombs) expect(await of(bytes, mediaType)).toBeUndefined()
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  expect(await of(await halves(20, 10).png().toBuffer(), 'image/png')).toBeDefined()
})

test('a film, a note and a photo that is gone have none', async () => {
  const { thumbnails, folder } = await setup()
  const nothing = { hash: 'ab'.repeat(32), path: '/nowhere' }
  for (const mediaType of ['video/mp4', 'application/rdf+xml', 'image/jpeg']) {
    expect(await thumbnails.of({ ...nothing, mediaType })).toBeUndefined()
  }
  // The photo may come back, so nothing is remembered.
  expect(await readdir(folder)).toEqual([])
})

const STUCK = new URL('./stuck-worker.ts', import.meta.url)

test.each(['hangs', 'dies', 'eats'])('a thread that %s is replaced', { timeout: 20_000 }, async (fault) => {
  const { thumbnails } = await setup({ script: STUCK, time: 100 })
  const source = (name: string) => ({
    hash: createHash('sha256').update(name).digest('hex'),
    mediaType: 'image/jpeg',
    path: name,
  })
  const [broken, next] = await Promise.all([thumbnails.of(source(fault)), thumbnails.of(source('fine'))])
  expect(broken).toBeUndefined()
  expect(next).toBeDefined()
})

test('who is too many in the queue gets the placeholder for now', async () => {
  const { thumbnails, folder } = await setup({ script: STUCK, waiting: 1 })
  const all = await Promise.all(
    Array.from({ length: 5 }, (_, n) =>
      thumbnails.of({ hash: `${n}`.repeat(64), mediaType: 'image/jpeg', path: 'fine' }),
    ),
  )
  expect(all.filter(Boolean)).toHaveLength(2)
  expect(await listHashes(folder, '.none')).toEqual([])
  expect(await thumbnails.of({ hash: '4'.repeat(64), mediaType: 'image/jpeg', path: 'fine' })).toBeDefined()
})

test('whoever waits when all is closed gets nothing', async () => {
  const { thumbnails, folder } = await setup({ script: STUCK })
  const waiting = ['a', 'b'].map((digit) =>
    thumbnails.of({ hash: digit.repeat(64), mediaType: 'image/jpeg', path: 'hangs' }),
  )
  await new Promise((resolve) => setTimeout(resolve, 300))
  await thumbnails.close()
  expect(await Promise.all(waiting)).toEqual([undefined, undefined])
  expect(await listHashes(folder, '.none')).toEqual([])
})

async function listHashes(folder: string, extension: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(extension)).sort()
}

async function onlyFile(folder: string, extension: string): Promise<string> {
  const found = await listHashes(folder, extension)
  expect(found).toHaveLength(1)
  return join(folder, found[0]!)
}

test('a photo asked for twice at once is made once, and kept', async () => {
  const first = await setup()
  const photo = await halves(100, 50).jpeg().toBuffer()
  const [a, b] = await Promise.all([first.of(photo, 'image/jpeg'), first.of(photo, 'image/jpeg')])
  expect(a).toBe(b)
  const path = await onlyFile(first.folder, '.webp')
  expect(path).toMatch(/[/\\]([0-9a-f]{2})[/\\]\1[0-9a-f]{62}\.webp$/)
  // A thread that can do nothing shows that it is not asked.
  const second = await setup({ folder: first.folder, script: new URL('./missing.ts', import.meta.url) })
  expect(await second.of(photo, 'image/jpeg')).toEqual(a)
})

test('a damaged thumbnail is made anew', async () => {
  const { folder, of } = await setup()
  const photo = await halves(100, 50).jpeg().toBuffer()
  const whole = await of(photo, 'image/jpeg')
  const path = await onlyFile(folder, '.webp')
  for (const length of [0, 11, 60]) {
    await truncate(path, length)
    expect(await of(photo, 'image/jpeg')).toEqual(whole)
    expect(await readFile(path)).toEqual(whole)
  }
})

test('a broken photo is not tried again until the program changes', async () => {
  const { folder, of } = await setup()
  const broken = Buffer.from('\xff\xd8\xff no photo', 'latin1')
  expect(await of(broken, 'image/jpeg')).toBeUndefined()
  const path = await onlyFile(folder, '.none')
  const note = await readFile(path, 'utf8')
  const untried = await setup({ folder, script: STUCK })
  expect(await untried.of(broken, 'image/jpeg')).toBeUndefined()
  await writeFile(path, note.replace(/sharp [\d.]+/, 'sharp 0.1.0'))
  expect(await untried.of(broken, 'image/jpeg')).toBeDefined()
})

test('a photo that took too long is tried again the next day', { timeout: 20_000 }, async () => {
  const world = worldAt(1_700_000_000_000)
  const { thumbnails, folder } = await setup({ world, script: STUCK, time: 50 })
  const source = { hash: 'ab'.repeat(32), mediaType: 'image/jpeg' }
  expect(await thumbnails.of({ ...source, path: 'hangs' })).toBeUndefined()
  await onlyFile(folder, '.none')
  expect(await thumbnails.of({ ...source, path: 'fine' })).toBeUndefined()
  world.set(1_700_000_000_000 + 25 * 60 * 60_000)
  expect(await thumbnails.of({ ...source, path: 'fine' })).toBeDefined()
})

test('the folder stays within its size; what was not used for longest goes', async () => {
  const world = worldAt(Date.now())
  const { folder, thumbnails } = await setup({ world, script: STUCK, bytes: 10 * 16 })
  const ask = (n: number) =>
    thumbnails.of({ hash: `${n}`.padStart(64, '0'), mediaType: 'image/jpeg', path: 'fine' })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'left.new'), 'left behind')
  await utimes(join(folder, 'left.new'), 1, 1)
  for (let n = 0; n < 10; n++) {
    await ask(n)
    const path = join(folder, '00', `${`${n}`.padStart(64, '0')}.webp`)
    await utimes(path, 1_000_000 + n, 1_000_000 + n)
  }
  // Used again, the oldest is the newest.
  await ask(0)
  await ask(10)
  const left = (await listHashes(folder, '.webp')).map((name) => Number(name.slice(-7, -5)))
  expect(left).toEqual([0, 4, 5, 6, 7, 8, 9, 10])
  expect(existsSync(join(folder, 'left.new'))).toBe(false)
})

describeCorpus('real photos', 'photos', (files) => {
  const NONE = [
    // A block of metadata, a text, and films.
    /IMG_5910\.(?:exif|xmp)$/,
    /\.(?:mov|mp4|3gp|3g2)$/,
    // Broken on purpose.
    /HeifReader|ItemInfoBox|HeifPictureHandler|e34116d6/,
    // 20 million pixels of AVIF.
    /Issue 649/,
  ]

  test('all have a thumbnail but those that can have none', { timeout: 60_000 }, async () => {
    const { thumbnails, logged } = await setup()
    const without: string[] = []
    for (const { name, path } of files) {
      const { mediaType } = await readPhoto(path, name, 0)
      const hash = createHash('sha256').update(name).digest('hex')
      const thumbnail = await thumbnails.of({ hash, mediaType, path })
      if (!thumbnail) without.push(name)
      else {
        const { width, height, exif } = await sharp(thumbnail).metadata()
        expect(Math.max(width, height)).toBeLessThanOrEqual(320)
        expect(exif).toBeUndefined()
      }
    }
    expect(without.filter((name) => !NONE.some((known) => known.test(name)))).toEqual([])
    expect(without.length).toBe(files.filter(({ name }) => NONE.some((known) => known.test(name))).length)
    expect(logged).toEqual([])
  })

  test('a HEIC in tiles is the same whichever way it was turned', { timeout: 60_000 }, async () => {
    const { of } = await setup()
    const heic = files.find(({ name }) => name.endsWith('IMG_2927.HEIC'))!.bytes()
    const angle = heic.indexOf('irot') + 4
    const upright: Buffer[] = []
    for (const quarters of [0, 1, 2, 3]) {
      heic[angle] = quarters
      const thumbnail = await of(heic, 'image/heic')
      // What the file turns to the left is turned back.
      upright.push(
        await sharp(thumbnail)
          .rotate(quarters * 90)
          .raw()
          .toBuffer(),
      )
    }
    for (const turned of upright.slice(1)) {
      const apart = turned.reduce((sum, byte, n) => sum + Math.abs(byte - upright[0]![n]!), 0)
      expect(apart / turned.length).toBeLessThan(12)
    }
  })

  test('the eight orientations look the same', async () => {
    const { of } = await setup()
    const pictures = await Promise.all(
      files
        .filter(({ name }) => /orientation\/f\dt\.jpg$/.test(name))
        .map(async (file) =>
          sharp(await of(file.bytes(), 'image/jpeg'))
            .raw()
            .toBuffer({ resolveWithObject: true }),
        ),
    )
    expect(pictures).toHaveLength(8)
    for (const { info, data } of pictures) {
      expect(info).toMatchObject({ width: 48, height: 80 })
      const apart = data.reduce((sum, byte, n) => sum + Math.abs(byte - pictures[0]!.data[n]!), 0)
      expect(apart / data.length).toBeLessThan(12)
    }
  })
})
