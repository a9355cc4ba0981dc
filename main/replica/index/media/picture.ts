/** Where JPEG, PNG, WebP and GIF keep their size and their EXIF block. */
import type { Source } from './source.ts'

export interface PictureParts {
  width: number | null
  height: number | null
  /** The TIFF structure that EXIF is; null when there is none. */
  exif: Buffer | null
  /** The XMP packet, of JPEGs alone: there phones tell what else is in the file. */
  xmp: string | null
}

const NOTHING: PictureParts = { width: null, height: null, exif: null, xmp: null }

/** @param type media type of the file by its content; of other types nothing is read. */
export function readPicture(source: Source, type: string): Promise<PictureParts> {
  switch (type) {
    case 'image/jpeg':
      return readJpeg(source)
    case 'image/png':
      return readPng(source)
    case 'image/webp':
      return readWebp(source)
    case 'image/gif':
      return Promise.resolve(readGif(source.head))
    default:
      return Promise.resolve(NOTHING)
  }
}

// A photo has a dozen segments or chunks before its pixels; one that goes on and on is broken.
const MOST_PARTS = 40

const XMP_NAME = 'http://ns.adobe.com/xap/1.0/\0'

/**
 * Segments up to the frame header, which holds the size and comes after all metadata (ITU T.81, B.1-B.2).
 * @param start where in the file the JPEG begins.
 */
export async function readJpeg(source: Source, start = 0): Promise<PictureParts> {
  const parts = { ...NOTHING }
  let at = start + 2
  for (let count = 0; count < MOST_PARTS; count++) {
    const header = await source.read(at, 10)
    if (header.length < 4 || header[0] !== 0xff) break
    const marker = header[1]!
    // A marker may be preceded by any number of fill bytes.
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === 0xda || marker === 0xd9) break
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame && header.length >= 9) {
      return { ...parts, height: header.readUInt16BE(5) || null, width: header.readUInt16BE(7) || null }
    }
    const length = header.readUInt16BE(2)
    if (marker === 0xe1 && header.toString('latin1', 4, 8) === 'Exif') {
      parts.exif ??= await source.read(at + 10, length - 8)
    } else if (marker === 0xe1 && header.toString('latin1', 4, 10) === XMP_NAME.slice(0, 6)) {
      const segment = (await source.read(at + 4, length - 2)).toString('utf8')
      if (segment.startsWith(XMP_NAME)) parts.xmp ??= segment.slice(XMP_NAME.length)
    }
    at += 2 + length
  }
  return parts
}

/** Chunks up to the end; EXIF may come before or after the pixels (PNG, third edition, 5.3 and 11.3.4). */
async function readPng(source: Source): Promise<PictureParts> {
  const { head } = source
  const parts: PictureParts = {
    ...NOTHING,
    ...(head.length >= 24
      ? { width: head.readUInt32BE(16) || null, height: head.readUInt32BE(20) || null }
      : {}),
  }
  let at = 8
  for (let count = 0; count < MOST_PARTS; count++) {
    const header = await source.read(at, 8)
    if (header.length < 8) break
    const length = header.readUInt32BE(0)
    if (header.toString('latin1', 4, 8) === 'eXIf')
      return { ...parts, exif: await source.read(at + 8, length) }
    at += 12 + length
  }
  return parts
}

/** Chunks of the RIFF container; EXIF comes last, and the first chunk tells whether it comes at all (RFC 9649, 2.3-2.7). */
async function readWebp(source: Source): Promise<PictureParts> {
  const first = await source.read(12, 18)
  if (first.length < 18) return NOTHING
  const size = webpSize(first.toString('latin1', 0, 4), first.subarray(8))
  const hasExif = first.toString('latin1', 0, 4) === 'VP8X' && (first[8]! & 0x08) !== 0
  let at = 12
  for (let count = 0; hasExif && count < MOST_PARTS; count++) {
    const header = await source.read(at, 8)
    if (header.length < 8) break
    const length = header.readUInt32LE(4)
    if (header.toString('latin1', 0, 4) === 'EXIF') {
      return { ...NOTHING, ...size, exif: withoutName(await source.read(at + 8, length)) }
    }
    at += 8 + length + (length % 2)
  }
  return { ...NOTHING, ...size }
}

function webpSize(name: string, data: Buffer): Pick<PictureParts, 'width' | 'height'> {
  if (name === 'VP8X') return { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 }
  if (name === 'VP8 ') return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff }
  if (name !== 'VP8L') return { width: null, height: null }
  const bits = data.readUInt32LE(1)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

// Some programs put the name of the JPEG segment in front.
function withoutName(exif: Buffer): Buffer {
  return exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif
}

function readGif(head: Buffer): PictureParts {
  if (head.length < 10) return NOTHING
  return { ...NOTHING, width: head.readUInt16LE(6) || null, height: head.readUInt16LE(8) || null }
}
