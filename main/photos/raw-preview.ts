/** Finds the JPEG that cameras put into raw photos to look at. */
import { open } from 'node:fs/promises'
import { boxNamed, readBoxes } from '../replica/index/media/boxes.ts'
import { type Source, withSource } from '../replica/index/media/source.ts'
import {
  type Directory,
  firstDirectory,
  numberIn,
  numbersIn,
  openTiff,
  readDirectory,
  type Tiff,
} from '../replica/index/media/tiff.ts'
import type { PhotoInput } from './shrink.ts'

interface Place {
  offset: number
  length: number
}

interface Preview extends Place {
  orientation?: number | undefined
}

// A full-size JPEG of a large camera; the smallest that is worth a look has some kilobytes.
const LONGEST = 32 << 20

/** The largest JPEG in a raw photo; undefined when there is none where it is looked for. */
export async function findPreview(path: string, mediaType: string): Promise<PhotoInput | undefined> {
  const preview = await withSource(path, (source) => previewIn(source, mediaType))
  if (!preview) return undefined
  const file = await readPlace(path, preview)
  return file[0] === 0xff && file[1] === 0xd8 ? { file, orientation: preview.orientation } : undefined
}

async function previewIn(source: Source, mediaType: string): Promise<Preview | undefined> {
  if (mediaType === 'image/x-fuji-raf') return fujifilmPreview(source)
  if (mediaType === 'image/x-canon-cr3') return cr3Preview(source)
  const tiff = openTiff(source.head)
  const first = tiff && firstDirectory(tiff)
  if (!tiff || !first) return undefined
  const directories = [first, ...directoriesIn(tiff, first)]
  const [largest] = directories
    .flatMap((directory) => placesIn(tiff, directory))
    .filter(({ offset, length }) => length <= LONGEST && offset + length <= source.size)
    .sort((a, b) => b.length - a.length)
  return largest && { ...largest, orientation: numberIn(tiff, first.get(ORIENTATION)) }
}

// TIFF 6.0, Exif 3.0 and the DNG specification; the last is Panasonic's own.
const COMPRESSION = 0x103
const PHOTOMETRIC = 0x106
const STRIP_OFFSETS = 0x111
const ORIENTATION = 0x112
const STRIP_LENGTHS = 0x117
const SUB_DIRECTORIES = 0x14a
const JPEG_OFFSET = 0x201
const JPEG_LENGTH = 0x202
const PANASONIC_JPEG = 0x2e
const JPEG_COMPRESSIONS = [6, 7]
// Sensor data, which raw formats compress as JPEG as well.
const SENSOR = [32803, 34892]

function directoriesIn(tiff: Tiff, directory: Directory): Directory[] {
  return numbersIn(tiff, directory.get(SUB_DIRECTORIES)).flatMap((at) => readDirectory(tiff, at) ?? [])
}

function placesIn(tiff: Tiff, directory: Directory): Place[] {
  const places: Place[] = []
  const add = (offset: number | undefined, length: number | undefined) => {
    if (offset && length) places.push({ offset, length })
  }
  add(numberIn(tiff, directory.get(JPEG_OFFSET)), numberIn(tiff, directory.get(JPEG_LENGTH)))
  const panasonic = directory.get(PANASONIC_JPEG)
  if (panasonic) add(panasonic.offset, panasonic.count)
  const isJpeg = JPEG_COMPRESSIONS.includes(numberIn(tiff, directory.get(COMPRESSION)) ?? 0)
  const isSensor = SENSOR.includes(numberIn(tiff, directory.get(PHOTOMETRIC)) ?? 0)
  const strips = numbersIn(tiff, directory.get(STRIP_OFFSETS))
  if (isJpeg && !isSensor && strips.length === 1) {
    add(strips[0], numberIn(tiff, directory.get(STRIP_LENGTHS)))
  }
  return places
}

/** Its header says where it is. */
async function fujifilmPreview({ head, size }: Source): Promise<Preview | undefined> {
  if (head.length < 92) return undefined
  const place = { offset: head.readUInt32BE(84), length: head.readUInt32BE(88) }
  return place.length <= LONGEST && place.offset + place.length <= size ? place : undefined
}

const CANON_PREVIEW = 'eaf42b5e1c984b88b9fbb7dc406e4d16'

/** A box of Canon's own, with some numbers before the JPEG. */
async function cr3Preview(source: Source): Promise<Preview | undefined> {
  for (const box of await readBoxes(source, 0, source.size)) {
    if (box.type !== 'uuid' || (await source.read(box.start, 16)).toString('hex') !== CANON_PREVIEW) continue
    const inner = boxNamed(await readBoxes(source, box.start + 24, box.end), 'PRVW')
    const start = inner ? (await source.read(inner.start, 64)).indexOf('ffd8ff', 'hex') : -1
    if (!inner || start < 0 || inner.end - inner.start > LONGEST) return undefined
    return { offset: inner.start + start, length: inner.end - inner.start - start }
  }
  return undefined
}

async function readPlace(path: string, { offset, length }: Place): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
