/** Where HEIF and AVIF pictures keep their size and their EXIF block (ISO/IEC 23008-12; ISO/IEC 14496-12, 8.11). */
import { type Box, boxNamed, readBoxes, readContent } from './boxes.ts'
import type { PictureParts } from './picture.ts'
import type { Source } from './source.ts'

// A picture of many tiles lists each of them.
const LONGEST_LIST = 64 * 1024
const LONGEST_EXIF = 256 * 1024

export async function readHeif(source: Source): Promise<PictureParts> {
  const meta = boxNamed(await readBoxes(source, 0, source.size), 'meta')
  if (!meta) return { width: null, height: null, exif: null, xmp: null }
  const boxes = await readBoxes(source, meta.start + 4, meta.end)
  return { ...(await readSize(source, boxes)), exif: await readExifItem(source, boxes), xmp: null }
}

/** The largest of all pictures in the file; tiles and thumbnails are smaller than the whole. */
async function readSize(source: Source, meta: Box[]): Promise<Pick<PictureParts, 'width' | 'height'>> {
  let size: { width: number | null; height: number | null } = { width: null, height: null }
  const properties = boxNamed(meta, 'iprp')
  const container = properties && boxNamed(await readBoxes(source, properties.start, properties.end), 'ipco')
  for (const box of container ? await readBoxes(source, container.start, container.end) : []) {
    if (box.type !== 'ispe') continue
    const content = await readContent(source, box, 12)
    if (content.length < 12) continue
    const [width, height] = [content.readUInt32BE(4), content.readUInt32BE(8)]
    if (width * height > (size.width ?? 0) * (size.height ?? 0)) size = { width, height }
  }
  return size
}

async function readExifItem(source: Source, meta: Box[]): Promise<Buffer | null> {
  const [infos, locations] = [boxNamed(meta, 'iinf'), boxNamed(meta, 'iloc')]
  if (!infos || !locations) return null
  const id = exifItemId(await readContent(source, infos, LONGEST_LIST))
  const place = id === null ? null : placeOfItem(await readContent(source, locations, LONGEST_LIST), id)
  if (!place) return null
  const inside = place.isInside ? boxNamed(meta, 'idat') : undefined
  if (place.isInside && !inside) return null
  const item = await source.read((inside?.start ?? 0) + place.offset, Math.min(place.length, LONGEST_EXIF))
  // The item begins with how far behind its own first field the TIFF structure begins.
  return item.length < 4 ? null : item.subarray(4 + item.readUInt32BE(0))
}

/** Goes through numbers of a box one after the other; past the end it gives zeros and says so. */
class Numbers {
  private readonly bytes: Buffer
  private at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** @param size bytes of the number; 0 gives 0. */
  next(size: number): number {
    const from = this.at
    this.at += size
    if (size === 0 || this.isOver()) return 0
    return size <= 6 ? this.bytes.readUIntBE(from, size) : Number(this.bytes.readBigUInt64BE(from))
  }

  isOver(): boolean {
    return this.at > this.bytes.length
  }
}

/** From the list of items (`iinf`), the number of the one that is EXIF. */
function exifItemId(list: Buffer): number | null {
  if (list.length < 8) return null
  let at = list[0] === 0 ? 6 : 8
  while (at + 20 <= list.length) {
    const length = list.readUInt32BE(at)
    const version = list[at + 8]!
    const idSize = version === 3 ? 4 : 2
    const typeAt = at + 12 + idSize + 2
    if (version >= 2 && list.toString('latin1', typeAt, typeAt + 4) === 'Exif') {
      return list.readUIntBE(at + 12, idSize)
    }
    if (length < 12) return null
    at += length
  }
  return null
}

interface ItemPlace {
  offset: number
  length: number
  /** In the box `idat` instead of the file. */
  isInside: boolean
}

/** From the table of places (`iloc`), where an item lies; only its first part, as EXIF is never in several. */
function placeOfItem(table: Buffer, wanted: number): ItemPlace | null {
  if (table.length < 8) return null
  const version = table[0]!
  const sizes = table.readUInt16BE(4)
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15]
  const indexSize = version === 0 ? 0 : sizes & 15
  if ([offsetSize, lengthSize, baseSize, indexSize].some((size) => ![0, 4, 8].includes(size))) return null
  const numbers = new Numbers(table, 6)
  const count = numbers.next(version === 2 ? 4 : 2)
  for (let item = 0; item < count && !numbers.isOver(); item++) {
    const id = numbers.next(version === 2 ? 4 : 2)
    const method = version === 0 ? 0 : numbers.next(2) & 15
    numbers.next(2)
    const base = numbers.next(baseSize)
    const extents = numbers.next(2)
    for (let extent = 0; extent < extents && !numbers.isOver(); extent++) {
      numbers.next(indexSize)
      const offset = base + numbers.next(offsetSize)
      const length = numbers.next(lengthSize)
      if (id === wanted && method <= 1 && !numbers.isOver()) return { offset, length, isInside: method === 1 }
    }
  }
  return null
}
