/** Writes the EXIF block of a photo: a small TIFF file (Exif 2.32, section 4.6) with camera, date, exposure and place. */

export interface ExifFacts {
  make: string
  model: string
  /** As on the camera's clock: `2026:11:03 10:11:12`. */
  takenAt: string
  /** `+01:00` */
  offset: string
  width: number
  height: number
  iso: number
  /** Seconds as a fraction, such as [1, 120]. */
  exposure: [number, number]
  fNumber: [number, number]
  /** Degrees, north and east above zero; null when the phone did not know where it was. */
  place: { latitude: number; longitude: number } | null
}

type Entry =
  | { tag: number; type: 'ascii'; value: string }
  | { tag: number; type: 'short' | 'long'; value: number }
  | { tag: number; type: 'rational'; value: [number, number][] }
  | { tag: number; type: 'bytes' | 'undefined'; value: number[] }

const TYPE_CODES = { bytes: 1, ascii: 2, short: 3, long: 4, rational: 5, undefined: 7 } as const
const EXIF_POINTER = 0x8769
const GPS_POINTER = 0x8825
const HEADER_LENGTH = 8

/** The block as it stands in an APP1 segment, from `Exif\0\0` on. */
export function writeExif(facts: ExifFacts): Buffer {
  const main = (exifAt: number, gpsAt: number): Entry[] => [
    { tag: 0x010f, type: 'ascii', value: facts.make },
    { tag: 0x0110, type: 'ascii', value: facts.model },
    { tag: 0x0112, type: 'short', value: 1 },
    { tag: 0x011a, type: 'rational', value: [[72, 1]] },
    { tag: 0x011b, type: 'rational', value: [[72, 1]] },
    { tag: 0x0128, type: 'short', value: 2 },
    { tag: 0x0132, type: 'ascii', value: facts.takenAt },
    { tag: EXIF_POINTER, type: 'long', value: exifAt },
    ...(facts.place ? [{ tag: GPS_POINTER, type: 'long', value: gpsAt } as const] : []),
  ]
  const exif: Entry[] = [
    { tag: 0x829a, type: 'rational', value: [facts.exposure] },
    { tag: 0x829d, type: 'rational', value: [facts.fNumber] },
    { tag: 0x8827, type: 'short', value: facts.iso },
    { tag: 0x9000, type: 'undefined', value: [...Buffer.from('0232')] },
    { tag: 0x9003, type: 'ascii', value: facts.takenAt },
    { tag: 0x9004, type: 'ascii', value: facts.takenAt },
    { tag: 0x9011, type: 'ascii', value: facts.offset },
    { tag: 0xa002, type: 'long', value: facts.width },
    { tag: 0xa003, type: 'long', value: facts.height },
  ]
  const gps = facts.place ? placeEntries(facts.place) : []
  // Pointers have a fixed size, so that the lengths are known before the places.
  const exifAt = HEADER_LENGTH + directoryLength(main(0, 0))
  const gpsAt = exifAt + directoryLength(exif)
  return Buffer.concat([
    Buffer.from('Exif\0\0'),
    Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, HEADER_LENGTH]),
    writeDirectory(main(exifAt, gpsAt), HEADER_LENGTH),
    writeDirectory(exif, exifAt),
    ...(gps.length > 0 ? [writeDirectory(gps, gpsAt)] : []),
  ])
}

function placeEntries({ latitude, longitude }: NonNullable<ExifFacts['place']>): Entry[] {
  return [
    { tag: 0, type: 'bytes', value: [2, 2, 0, 0] },
    { tag: 1, type: 'ascii', value: latitude < 0 ? 'S' : 'N' },
    { tag: 2, type: 'rational', value: sexagesimal(latitude) },
    { tag: 3, type: 'ascii', value: longitude < 0 ? 'W' : 'E' },
    { tag: 4, type: 'rational', value: sexagesimal(longitude) },
  ]
}

function sexagesimal(degrees: number): [number, number][] {
  const centiseconds = Math.round(Math.abs(degrees) * 360_000)
  return [
    [Math.floor(centiseconds / 360_000), 1],
    [Math.floor(centiseconds / 6_000) % 60, 1],
    [centiseconds % 6_000, 100],
  ]
}

function valueBytes(entry: Entry): Buffer {
  switch (entry.type) {
    case 'ascii':
      return Buffer.from(`${entry.value}\0`, 'latin1')
    case 'short':
      return Buffer.from([entry.value >> 8, entry.value & 255])
    case 'long':
      return uint32(entry.value)
    case 'rational':
      return Buffer.concat(entry.value.flat().map(uint32))
    default:
      return Buffer.from(entry.value)
  }
}

const VALUE_SIZES = { bytes: 1, ascii: 1, short: 2, long: 4, rational: 8, undefined: 1 } as const

function directoryLength(entries: Entry[]): number {
  const outside = entries.map((entry) => valueBytes(entry).length).filter((length) => length > 4)
  return 2 + 12 * entries.length + 4 + outside.reduce((sum, length) => sum + length + (length % 2), 0)
}

/** @param at where the directory starts in the TIFF file; values over four bytes follow behind its entries. */
function writeDirectory(entries: Entry[], at: number): Buffer {
  const rows: Buffer[] = []
  const outside: Buffer[] = []
  let outsideAt = at + 2 + 12 * entries.length + 4
  for (const entry of entries) {
    const value = valueBytes(entry)
    const row = Buffer.alloc(12)
    row.writeUInt16BE(entry.tag, 0)
    row.writeUInt16BE(TYPE_CODES[entry.type], 2)
    row.writeUInt32BE(value.length / VALUE_SIZES[entry.type], 4)
    if (value.length <= 4) {
      value.copy(row, 8)
    } else {
      row.writeUInt32BE(outsideAt, 8)
      // Values begin at even places.
      const padded = value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.alloc(1)])
      outside.push(padded)
      outsideAt += padded.length
    }
    rows.push(row)
  }
  const count = Buffer.from([entries.length >> 8, entries.length & 255])
  const noNextDirectory = Buffer.alloc(4)
  return Buffer.concat([count, ...rows, noNextDirectory, ...outside])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
