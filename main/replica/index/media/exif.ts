/** What an EXIF block says of a photo: ExifReader decodes it, and here it is judged, since cameras and editors write much nonsense. */
import ExifReader from 'exifreader'
import { clip } from '../facts.ts'
import { DAY, dayOf, daysInMonth } from '../icalendar/day.ts'
import { parseUtcOffset } from '../icalendar/time.ts'
import { NO_TRACES, readTraces, type Traces } from './traces.ts'

export interface PhotoDetails extends Traces {
  takenAt: number | null
  /** How far ahead of UTC the camera's clock was, in milliseconds; 0 where the file does not tell. */
  clockOffset: number
  camera: string | null
  width: number | null
  height: number | null
  latitude: number | null
  longitude: number | null
}

export const NO_DETAILS: PhotoDetails = {
  takenAt: null,
  clockOffset: 0,
  camera: null,
  width: null,
  height: null,
  latitude: null,
  longitude: null,
  ...NO_TRACES,
}

// Everything else, above all the makers' own notes, costs time and is not used.
const WANTED = [
  'DateTimeOriginal',
  'DateTimeDigitized',
  'DateTime',
  'SubSecTimeOriginal',
  'SubSecTimeDigitized',
  'SubSecTime',
  'OffsetTimeOriginal',
  'OffsetTimeDigitized',
  'OffsetTime',
  'Make',
  'Model',
  'ImageWidth',
  'ImageLength',
  'PixelXDimension',
  'PixelYDimension',
  'GPSLatitude',
  'GPSLatitudeRef',
  'GPSLongitude',
  'GPSLongitudeRef',
]

/** @param block a TIFF structure, as EXIF is; or as much of it as there is. */
export function readExif(block: Buffer): PhotoDetails {
  let tags: ReturnType<typeof decode>
  try {
    tags = decode(block)
  } catch {
    // Any damage the decoder does not get over; the file is kept and shown without details.
    return NO_DETAILS
  }
  const { exif = {}, gps = {} } = tags
  const time = (date: unknown, fraction: unknown, offset: unknown) =>
    timeOf(textOf(date), textOf(fraction), textOf(offset))
  const place = placeOf(gps.Latitude, gps.Longitude)
  const taken =
    time(exif.DateTimeOriginal, exif.SubSecTimeOriginal, exif.OffsetTimeOriginal) ??
    time(exif.DateTimeDigitized, exif.SubSecTimeDigitized, exif.OffsetTimeDigitized) ??
    time(exif.DateTime, exif.SubSecTime, exif.OffsetTime)
  return {
    takenAt: taken?.at ?? null,
    clockOffset: taken?.clockOffset ?? 0,
    camera: cameraName(textOf(exif.Make), textOf(exif.Model)),
    width: sizeOf(exif.PixelXDimension) ?? sizeOf(exif.ImageWidth),
    height: sizeOf(exif.PixelYDimension) ?? sizeOf(exif.ImageLength),
    ...place,
    ...readTraces(block),
  }
}

function decode(block: Buffer) {
  return ExifReader.load(block, { expanded: true, includeTags: { exif: WANTED, gps: true } })
}

// What a tag holds depends on the file, whatever the types say.
function valueOfTag(tag: unknown): unknown {
  return typeof tag === 'object' && tag !== null && 'value' in tag ? tag.value : undefined
}

function textOf(tag: unknown): string {
  const value = valueOfTag(tag)
  const text: unknown = Array.isArray(value) ? value[0] : undefined
  return typeof text === 'string' ? text.trim() : ''
}

function sizeOf(tag: unknown): number | null {
  const value = valueOfTag(tag)
  return typeof value === 'number' && value > 0 ? value : null
}

/** From `2019:04:12 15:30:45`, or zeros or blanks in its place when the camera did not know. */
function timeOf(date: string, fraction: string, offset: string): { at: number; clockOffset: number } | null {
  const found = /^(\d{4})[:.\-/](\d\d)[:.\-/](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(date)
  if (!found) return null
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const isDay = year >= 1800 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!isDay || hour > 23 || minute > 59 || second > 59) return null
  const clock = dayOf(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1000
  const clockOffset = parseUtcOffset(offset) ?? 0
  return { at: clock + millisecondsIn(fraction) - clockOffset, clockOffset }
}

/** Digits behind the decimal point of the second, as many as the camera knows. */
function millisecondsIn(fraction: string): number {
  return /^\d{1,9}$/.test(fraction) ? Math.floor(Number(`0.${fraction}`) * 1000) : 0
}

/** Maker and model as one name; makers often stand in the model already. Null when there is neither. */
export function cameraName(maker: string, model: string): string | null {
  const [firstWord = ''] = maker.split(' ')
  const isNamed = model.toLowerCase().startsWith(firstWord.toLowerCase())
  const name = isNamed ? model || maker : `${maker} ${model}`
  return name.trim() === '' ? null : clip(name.trim())
}

/** Null where there is no place on earth; 0, 0 is what devices write that do not know. */
export function placeOf(
  latitude: number | undefined,
  longitude: number | undefined,
): { latitude: number | null; longitude: number | null } {
  const isPlace =
    latitude !== undefined &&
    longitude !== undefined &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180 &&
    (latitude !== 0 || longitude !== 0)
  return isPlace ? { latitude, longitude } : { latitude: null, longitude: null }
}
