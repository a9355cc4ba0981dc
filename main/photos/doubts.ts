/** Recognises what a phone's browser hands over that is not the original, by what the file says and how it was picked. */
import type { Doubt, Platform } from '../../preload/portal.ts'
import type { PhotoFacts } from '../replica/index/facts.ts'
import { isMadeUp } from './photo-name.ts'

/** What the index holds of the file, and its name as the browser gave it. */
export interface PickedFile
  extends Pick<
    PhotoFacts,
    | 'mediaType'
    | 'takenAt'
    | 'takenFrom'
    | 'camera'
    | 'latitude'
    | 'contentId'
    | 'hasMakerNote'
    | 'placeEmptied'
    | 'isShrunk'
  > {
  name: string
}

export interface HowPicked {
  platform: Platform
  /** From the phone's photo picker or its file picker; null when the page did not say. */
  picked: 'photos' | 'files' | null
  /** Whether the library holds the film that belongs to the file (`isFilmHere` of the replica's listing). */
  filmIsHere: boolean
}

/**
 * What speaks against the file being the original, in a fixed order; empty for originals, screenshots and downloads. A doubt is no
 * proof: it says that there may be more on the phone.
 */
export function doubtsOf(file: PickedFile, how: HowPicked): Doubt[] {
  if (!file.mediaType.startsWith('image/')) return []
  const doubts: [Doubt, boolean][] = [
    ['converted', isConverted(file, how)],
    ['place-removed', isPlaceRemoved(file, how)],
    ['film-missing', file.contentId !== null && !how.filmIsHere],
    ['reduced', isReduced(file, how)],
  ]
  return doubts.filter(([, applies]) => applies).map(([doubt]) => doubt)
}

// iOS 11, the first whose camera makes HEIC.
const FIRST_HEIC = Date.UTC(2017, 8, 19)

/**
 * An iPhone names its own JPEGs `IMG_0001.JPG`; what it makes of a HEIC for a web page is called `.jpeg`, or has lost the maker's
 * notes that each of its photos has.
 */
function isConverted(file: PickedFile, { picked }: HowPicked): boolean {
  const { mediaType, camera, takenAt, name, hasMakerNote } = file
  const isOfApple = camera !== null && /^Apple\b/.test(camera) && takenAt >= FIRST_HEIC
  if (mediaType !== 'image/jpeg' || !isOfApple) return false
  return !hasMakerNote || (picked !== 'files' && /\.jpeg$/.test(name))
}

/**
 * Blanked fields are a trace that only redaction leaves. Where Android hands photos to its browsers without any place, nothing
 * tells a photo that never had one from one that lost it, so each photo of a camera is in doubt.
 */
function isPlaceRemoved(file: PickedFile, { platform }: HowPicked): boolean {
  if (file.placeEmptied) return true
  return platform === 'android' && file.latitude === null && isOfCamera(file)
}

function isOfCamera({ camera, takenFrom }: PickedFile): boolean {
  return camera !== null && takenFrom === 'exif'
}

// A screenshot is a PNG or has a name of its own, and a download comes with the name that it had.
function isReduced(file: PickedFile, { platform }: HowPicked): boolean {
  if (file.isShrunk) return true
  const hasNoDetails = file.camera === null && !file.hasMakerNote && file.takenFrom !== 'exif'
  return platform !== 'other' && file.mediaType === 'image/jpeg' && hasNoDetails && isMadeUp(file.name)
}
