/** Where raw formats keep their EXIF block: TIFF by another name, a JPEG inside (Fujifilm), or boxes (Canon's CR3). */
import { type Box, boxNamed, readBoxes, readContent } from './boxes.ts'
import { NO_DETAILS, type PhotoDetails, readExif } from './exif.ts'
import { readJpeg } from './picture.ts'
import type { Source } from './source.ts'

/** @param type media type of a TIFF or of a raw format, by content. */
export async function readRaw(source: Source, type: string): Promise<PhotoDetails> {
  if (type === 'image/x-fuji-raf') return readFujifilm(source)
  if (type === 'image/x-canon-cr3') return readCr3(source)
  // As much as there is in its head, in which cameras put what they know.
  const block = Buffer.from(source.head)
  // Olympus and Panasonic have a mark of their own where TIFF has 42.
  if (block.length > 4) block.writeUInt16LE(block.toString('latin1', 0, 2) === 'II' ? 42 : 42 << 8, 2)
  return readExif(block)
}

/** The place of the JPEG with all details is told in the header. */
async function readFujifilm(source: Source): Promise<PhotoDetails> {
  if (source.head.length < 88) return NO_DETAILS
  const { exif } = await readJpeg(source, source.head.readUInt32BE(84))
  return exif ? readExif(exif) : NO_DETAILS
}

const CANON = '85c0b687820f11e08111f4ce462b6a48'
const LONGEST_BLOCK = 64 * 1024

/** Canon has a box for each of EXIF's directories: the camera is in the first, the time in the second. */
async function readCr3(source: Source): Promise<PhotoDetails> {
  const moov = boxNamed(await readBoxes(source, 0, source.size), 'moov')
  const inMoov = moov ? await readBoxes(source, moov.start, moov.end) : []
  for (const box of inMoov.filter(({ type }) => type === 'uuid')) {
    if ((await source.read(box.start, 16)).toString('hex') !== CANON) continue
    const blocks = await readBoxes(source, box.start + 16, box.end)
    const [camera, time] = [await readBlock(source, blocks, 'CMT1'), await readBlock(source, blocks, 'CMT2')]
    const { takenAt, clockOffset } = time.takenAt === null ? camera : time
    return { ...camera, takenAt, clockOffset }
  }
  return NO_DETAILS
}

async function readBlock(source: Source, boxes: Box[], type: string): Promise<PhotoDetails> {
  const box = boxNamed(boxes, type)
  return box ? readExif(await readContent(source, box, LONGEST_BLOCK)) : NO_DETAILS
}
