/** What in an EXIF block ties a photo to others, and what copying and converting takes out of it. */
import {
  type Directory,
  firstDirectory,
  numberIn,
  openTiff,
  readDirectory,
  type Tiff,
  textIn,
} from './tiff.ts'

export interface Traces {
  /** What a Live Photo and its film have in common. */
  contentId: string | null
  burstId: string | null
  hasMakerNote: boolean
  /** The fields of a place are there, and blanked. */
  placeEmptied: boolean
}

export const NO_TRACES: Traces = { contentId: null, burstId: null, hasMakerNote: false, placeEmptied: false }

// Exif 3.0, tables 4 to 15: where the camera's and the place's fields lie, the maker's note, latitude and longitude.
const EXIF_DIRECTORY = 0x8769
const GPS_DIRECTORY = 0x8825
const MAKER_NOTE = 0x927c
const PLACE = [2, 4]

/** @param block a TIFF structure, or as much of it as there is. */
export function readTraces(block: Buffer): Traces {
  const tiff = openTiff(block)
  if (!tiff) return NO_TRACES
  const first = firstDirectory(tiff)
  const note = directoryAt(tiff, first, EXIF_DIRECTORY)?.get(MAKER_NOTE)?.value ?? Buffer.alloc(0)
  const gps = directoryAt(tiff, first, GPS_DIRECTORY)
  return {
    ...readAppleNote(note),
    hasMakerNote: note.some((byte) => byte !== 0),
    placeEmptied: gps !== undefined && isEmptied(gps),
  }
}

function directoryAt(tiff: Tiff, directory: Directory | undefined, tag: number): Directory | undefined {
  const at = numberIn(tiff, directory?.get(tag))
  return at === undefined ? undefined : readDirectory(tiff, at)
}

/**
 * Android blanks the bytes of the values and leaves the fields; editors leave an empty directory. A camera without a place
 * writes either no fields, or a zero with a denominator.
 */
function isEmptied(gps: Directory): boolean {
  const places = PLACE.flatMap((tag) => gps.get(tag) ?? [])
  if (places.length === 0) return gps.size === 0
  return places.every(({ value }) => value.length > 0 && value.every((byte) => byte === 0))
}

const APPLE = 'Apple iOS\0'
// As found in what iPhones write.
const APPLE_BURST = 0x0b
const APPLE_CONTENT = 0x11

/** Apple's note is a directory of its own, behind a name, a version and an order of bytes; offsets count from its start. */
function readAppleNote(note: Buffer): Pick<Traces, 'contentId' | 'burstId'> {
  if (note.toString('latin1', 0, APPLE.length) !== APPLE) return { contentId: null, burstId: null }
  const fields = readDirectory({ bytes: note, isLittle: note.toString('latin1', 12, 14) === 'II' }, 14)
  return {
    contentId: identifierIn(textIn(fields?.get(APPLE_CONTENT))),
    burstId: identifierIn(textIn(fields?.get(APPLE_BURST))),
  }
}

/** An identifier as it can be compared; null when the text is none. */
export function identifierIn(text: string): string | null {
  const id = text.trim().toUpperCase()
  return /^[0-9A-Z_-]{8,80}$/.test(id) ? id : null
}
