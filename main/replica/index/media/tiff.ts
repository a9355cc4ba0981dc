/** The directories of fields of which TIFF, EXIF and most raw formats are made (TIFF 6.0, section 2). */

export interface Tiff {
  bytes: Buffer
  isLittle: boolean
}

/** Where a field's value lies, as bytes; of values beyond the block, as much as there is. */
export interface Field {
  type: number
  count: number
  /** Of the value, in the block. */
  offset: number
  value: Buffer
}

export type Directory = Map<number, Field>

// By type: byte, text, short, long, rational, and so on.
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4]
// Cameras write some sixty.
const MOST_FIELDS = 500

/** Undefined when the block does not begin as TIFF, or as the raw formats of Olympus and Panasonic that are TIFF but in name. */
export function openTiff(bytes: Buffer): Tiff | undefined {
  const order = bytes.toString('latin1', 0, 2)
  if (bytes.length < 8 || (order !== 'II' && order !== 'MM')) return undefined
  return { bytes, isLittle: order === 'II' }
}

/** The first directory; it lies where the header says. */
export function firstDirectory(tiff: Tiff): Directory | undefined {
  return readDirectory(tiff, readLong(tiff, 4))
}

/** The fields of the directory at an offset in the block, by tag; undefined where there is no room for one. */
export function readDirectory(tiff: Tiff, at: number): Directory | undefined {
  const { bytes } = tiff
  if (at < 8 || at + 2 > bytes.length) return undefined
  const fields: Directory = new Map()
  const count = Math.min(readShort(tiff, at), MOST_FIELDS)
  for (let n = 0, place = at + 2; n < count && place + 12 <= bytes.length; n++, place += 12) {
    const type = readShort(tiff, place + 2)
    const size = SIZES[type]
    if (size === undefined) break
    const values = readLong(tiff, place + 4)
    const start = values * size <= 4 ? place + 8 : readLong(tiff, place + 8)
    const value = bytes.subarray(start, start + values * size)
    fields.set(readShort(tiff, place), { type, count: values, offset: start, value })
  }
  return fields
}

/** The first whole number of a field. */
export function numberIn(tiff: Tiff, field: Field | undefined): number | undefined {
  return numbersIn(tiff, field)[0]
}

/** The whole numbers of a field; of other types none. */
export function numbersIn({ isLittle }: Tiff, field: Field | undefined): number[] {
  if (!field || ![3, 4, 13].includes(field.type)) return []
  const size = field.type === 3 ? 2 : 4
  return Array.from({ length: Math.floor(Math.min(field.value.length, 64) / size) }, (_, n) =>
    isLittle ? field.value.readUIntLE(n * size, size) : field.value.readUIntBE(n * size, size),
  )
}

/** A field's text without the zeros behind it; '' where there is none. */
export function textIn(field: Field | undefined): string {
  const [text = ''] = field?.type === 2 ? field.value.toString('utf8').split('\0') : []
  return text.trim()
}

function readShort({ bytes, isLittle }: Tiff, at: number): number {
  return isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
}

function readLong({ bytes, isLittle }: Tiff, at: number): number {
  return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
}
