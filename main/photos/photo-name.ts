/** What the name of a photo says: whose variant or sidecar it is, and its place in a burst, in the ways that phones name files. */

export interface PhotoName {
  /** What all files of one shot have in common in their names: folder and stem, without marks and extension, in lower case. */
  family: string
  /** The stem alone, without marks; null where a picker or program made the name up, so that it tells nothing. */
  shot: string | null
  /** An edit, or another rendering that the phone keeps beside the picture. */
  isVariant: boolean
  /** Notes about a photo: Apple's edits (AAE), XMP. */
  isSidecar: boolean
  burst: BurstName | null
}

export interface BurstName {
  /** The same for all photos of the burst. */
  key: string
  /** Null where the name itself says that it is a burst; else only a number, which has to count up. */
  number: number | null
  isCover: boolean
}

const EXTENSION = /\.[a-z0-9]{1,5}$/i
const SIDECAR = /\.(?:aae|xmp)$/i
// Ours for a name that was taken, and that of many programs: `IMG_0001 (2)`.
const COUNTED = / ?\(\d{1,3}\)$/
// iPhones keep `IMG_E1234.JPG` for the edit of `IMG_1234.HEIC`, and `IMG_O1234.AAE` for what was done before.
const APPLE_VARIANT = /^IMG_([EO])(\d{4,})$/i
// `~2` and `-edited` of Google Photos.
const EDITED = /(?:~\d{1,2}|-edited)$/i
// Pixels: `PXL_20230101_123456789.RAW-01.COVER.jpg`, `….RAW-02.ORIGINAL.dng`, `….PORTRAIT-02.ORIGINAL.jpg`, `….MP.jpg`.
const PIXEL = /^(PXL_\d{8}_\d{9})((?:\.[A-Z_]+(?:-\d\d)?)*)$/i
const BURST_BY_TIME = /BURST(\d{14,17})(_COVER)?/i
const BURST_BY_NUMBER = /^(.*\d{8}[_-]?\d{6})_?BURST\d{1,4}(_COVER)?$/i
const NUMBERED = /^(.*\d{8}[_-]\d{6})_(\d{3})$/
// Pickers: `image.jpg`, a UUID, and the number of Android's media store.
const MADE_UP =
  /^(?:image|photo|picture|blob|file|upload|1\d{9}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i

export function readName(path: string): PhotoName {
  const slash = path.lastIndexOf('/')
  const isSidecar = SIDECAR.test(path)
  let stem = path.slice(slash + 1).replace(EXTENSION, '')
  // `IMG_0001.JPG.xmp`
  if (isSidecar) stem = stem.replace(EXTENSION, '')
  const { shot, isVariant } = readStem(stem.replace(COUNTED, ''))
  return {
    family: `${path.slice(0, slash + 1)}${shot}`.toLowerCase(),
    shot: MADE_UP.test(shot) ? null : shot.toLowerCase(),
    isVariant,
    isSidecar,
    burst: readBurst(stem),
  }
}

/** Whether a picker or a program made the name up. */
export function isMadeUp(path: string): boolean {
  return readName(path).shot === null
}

function readStem(stem: string): { shot: string; isVariant: boolean } {
  const apple = APPLE_VARIANT.exec(stem)
  if (apple) return { shot: `IMG_${apple[2]}`, isVariant: apple[1]?.toUpperCase() === 'E' }
  const plain = stem.replace(EDITED, '')
  const pixel = PIXEL.exec(plain)
  const shot = pixel?.[1] ?? plain
  return { shot, isVariant: plain !== stem || /ORIGINAL$/i.test(pixel?.[2] ?? '') }
}

function readBurst(stem: string): BurstName | null {
  const named = BURST_BY_TIME.exec(stem) ?? BURST_BY_NUMBER.exec(stem)
  if (named) return { key: named[1]!.toLowerCase(), number: null, isCover: named[2] !== undefined }
  const numbered = NUMBERED.exec(stem)
  return numbered && { key: numbered[1]!.toLowerCase(), number: Number(numbered[2]), isCover: false }
}
