/** Takes made-up photos: real JPEG files of drawn landscapes with the EXIF of a phone's camera, and small portraits for cards. */
import { encode } from 'jpeg-js'
import type { Chance } from './chance.ts'
import { type ExifFacts, writeExif } from './exif.ts'

export interface Photo {
  /** Named and filed as the camera does: `2026/11/PXL_20261103_101112000.jpg`. */
  path: string
  data: Buffer
  /** Seconds since 1970. */
  modifiedAt: number
}

export interface PhotoSize {
  width: number
  height: number
}

const CAMERAS = [
  { make: 'Google', model: 'Pixel 9', fNumber: [168, 100], name: 'PXL' },
  { make: 'samsung', model: 'SM-S921B', fNumber: [18, 10], name: 'IMG' },
] as const
const PLACES = [
  { latitude: 52.51627, longitude: 13.3777 },
  { latitude: -33.8568, longitude: 151.2153 },
  { latitude: 40.68925, longitude: -74.0445 },
] as const
const SKINS = [0xf1c9a5, 0xd9a066, 0x8d5524, 0x5c3836] as const
const TWO_YEARS_SECONDS = 2 * 365 * 86_400

/** A photo taken at some time in the two years before `now`. */
export function takePhoto(chance: Chance, now: Date, size: PhotoSize = { width: 640, height: 480 }): Photo {
  const modifiedAt = Math.floor(now.getTime() / 1000) - chance.between(60, TWO_YEARS_SECONDS)
  const camera = chance.pick(CAMERAS)
  // The camera's clock stands one hour east of Greenwich.
  const clock = new Date((modifiedAt + 3600) * 1000).toISOString()
  const [date, time] = [clock.slice(0, 10), clock.slice(11, 19)]
  const exif = writeExif({
    make: camera.make,
    model: camera.model,
    takenAt: `${date.replaceAll('-', ':')} ${time}`,
    offset: '+01:00',
    ...size,
    iso: chance.pick([50, 100, 400, 1600]),
    exposure: [1, chance.pick([30, 120, 1000])],
    fNumber: [...camera.fNumber],
    place: chance.often(0.7) ? nearby(chance, chance.pick(PLACES)) : null,
  })
  const digits = `${date.replaceAll('-', '')}_${time.replaceAll(':', '')}`
  const milliseconds = String(chance.between(0, 999)).padStart(3, '0')
  return {
    path: `${date.slice(0, 4)}/${date.slice(5, 7)}/${camera.name}_${digits}${milliseconds}.jpg`,
    data: withExif(encodeJpeg(drawLandscape(chance, size), size), exif),
    modifiedAt,
  }
}

/** A square picture of a face-like disc, as address books keep it. */
export function makePortrait(chance: Chance): Buffer {
  const size = { width: 96, height: 96 }
  const [wall, skin, hair] = [colour(chance, 120, 220), chance.pick(SKINS), colour(chance, 20, 120)]
  const pixels = draw(size, (x, y) => {
    if (inDisc(x, y, 48, 50, 26)) return y < 38 ? hair : skin
    return inDisc(x, y, 48, 100, 38) ? hair : wall
  })
  return encodeJpeg(pixels, size)
}

/** `0xRRGGBB`: a number per pixel is several times as quick as an object. */
type Colour = number

function colour(chance: Chance, low: number, high: number): Colour {
  return (chance.between(low, high) << 16) | (chance.between(low, high) << 8) | chance.between(low, high)
}

/** The colour with each part multiplied by `shade` and made lighter by `light`. */
function shaded(of: Colour, shade: number, light: number): Colour {
  const part = (shift: number): number => Math.min(255, ((of >> shift) & 255) * shade + light) << shift
  return part(16) | part(8) | part(0)
}

function nearby(chance: Chance, place: NonNullable<ExifFacts['place']>): NonNullable<ExifFacts['place']> {
  const step = (): number => (chance.next() - 0.5) / 10
  return { latitude: place.latitude + step(), longitude: place.longitude + step() }
}

// A sky that pales towards the horizon, a sun, and three ranges of hills with some grain, so that no two files are alike.
function drawLandscape(chance: Chance, { width, height }: PhotoSize): Buffer {
  const sky = colour(chance, 80, 200)
  const skyRows = Array.from({ length: height }, (_, y) => shaded(sky, 1, (120 * y) / height))
  const nearestFirst = [0.3, 0.5, 0.75].map((shade, index) => {
    const hill = colour(chance, 40, 200)
    const [wave, start] = [width / chance.between(4, 11), chance.next() * 6]
    const base = height * (0.79 - 0.17 * index)
    return {
      tops: Array.from({ length: width }, (_, x) => base + height * 0.08 * Math.sin(x / wave + start)),
      grains: Array.from({ length: 32 }, () => shaded(hill, shade, chance.next() * 24)),
    }
  })
  const sun = { x: chance.next() * width, y: height * chance.next() * 0.4, radius: height / 14 }
  return draw({ width, height }, (x, y) => {
    for (const { tops, grains } of nearestFirst) {
      if (y > tops[x]!) return grains[(chance.next() * grains.length) | 0]!
    }
    return inDisc(x, y, sun.x, sun.y, sun.radius) ? 0xfff4c8 : skyRows[y]!
  })
}

function draw({ width, height }: PhotoSize, paint: (x: number, y: number) => Colour): Buffer {
  const pixels = Buffer.alloc(width * height * 4)
  const view = new DataView(pixels.buffer, pixels.byteOffset)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) view.setUint32((y * width + x) * 4, (paint(x, y) << 8) | 255)
  }
  return pixels
}

function inDisc(x: number, y: number, centreX: number, centreY: number, radius: number): boolean {
  return (x - centreX) ** 2 + (y - centreY) ** 2 < radius ** 2
}

function encodeJpeg(data: Buffer, { width, height }: PhotoSize): Buffer {
  return Buffer.from(encode({ data, width, height }, 80).data)
}

// Exif wants its APP1 right behind the start of the file (Exif 2.32, 4.5.4): it takes the place of the encoder's JFIF segment.
function withExif(jpeg: Buffer, exif: Buffer): Buffer {
  const START_LENGTH = 2
  const jfifLength = 2 + jpeg.readUInt16BE(START_LENGTH + 2)
  const head = Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255])
  return Buffer.concat([jpeg.subarray(0, START_LENGTH), head, exif, jpeg.subarray(START_LENGTH + jfifLength)])
}
