/** Makes a picture small, upright and free of metadata. */
import sharp, { type Sharp } from 'sharp'
import type { Pixels } from './reducer.ts'

/** A file, or the bytes of one that lies in another. */
export interface PhotoInput {
  file: string | Buffer
  /** Exif orientation (1 to 8) for a file that has none of its own. */
  orientation?: number | undefined
}

export interface ShrinkLimits {
  /** Most pixels of a photo that can be decoded row by row, or tile by tile. */
  pixels: number
  /** Most bytes that decoding may take. */
  memory: number
  /** Milliseconds. */
  time: number
}

// As measured, rounded up, of formats that are decoded as a whole. A JPEG or PNG takes a fixed amount, unless it is stored in passes.
const BYTES_PER_PIXEL: Partial<Record<string, number>> = { heif: 20, gif: 7, webp: 5 }
const BYTES_IN_PASSES = 5

/** Longest side of a thumbnail. */
export const THUMBNAIL_SIZE = 320
const QUALITY = 75

// Nothing is decoded twice, and two threads at most are to be busy here.
sharp.cache(false)
sharp.concurrency(1)
// What the bytes are is found out by the decoder. Only those that photos need are let at them.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((format) => `VipsForeignLoad${format}`),
})

/**
 * A WebP of at most `THUMBNAIL_SIZE` on each side.
 * @throws Error when the bytes are no picture that can be decoded, or are more than the limits allow.
 */
export async function shrink(input: PhotoInput | Pixels, limits: ShrinkLimits): Promise<Uint8Array> {
  const picture = 'rgb' in input ? openPixels(input) : await openPhoto(input, limits)
  return picture
    .resize(THUMBNAIL_SIZE, THUMBNAIL_SIZE, { fit: 'inside', withoutEnlargement: true })
    .timeout({ seconds: Math.ceil(limits.time / 1000) })
    .webp({ quality: QUALITY })
    .toBuffer()
}

function openPixels({ rgb, width, height }: Pixels): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
}

async function openPhoto({ file, orientation }: PhotoInput, limits: ShrinkLimits): Promise<Sharp> {
  // A photo that ends early still shows what there is of it.
  const picture = sharp(file, { limitInputPixels: limits.pixels, failOn: 'none', sequentialRead: true })
  const { width, height, format, isProgressive, orientation: own } = await picture.metadata()
  const perPixel = BYTES_PER_PIXEL[format] ?? (isProgressive ? BYTES_IN_PASSES : 0)
  if (width * height * perPixel > limits.memory) throw new Error('would take too much memory')
  if (own === undefined && orientation !== undefined) return turn(picture, orientation)
  return picture.autoOrient()
}

// Mirrored ones are not made by cameras.
const ANGLES: Record<number, number> = { 3: 180, 6: 90, 8: 270 }

function turn(picture: Sharp, orientation: number): Sharp {
  const angle = ANGLES[orientation]
  return angle === undefined ? picture : picture.rotate(angle)
}
