/** Recognises what a phone's browser handed over that is not the original, by what the file says and how it was picked. */
import type { Doubt, Platform } from '../../preload/portal.ts'
import type { PhotoFacts } from '../replica/index/facts.ts'

/** What the index holds of the file, and its name as the browser gave it. */
export interface PickedFile
  extends Pick<
    PhotoFacts,
    | 'mediaType'
    | 'takenFrom'
    | 'camera'
    | 'width'
    | 'height'
    | 'latitude'
    | 'contentId'
    | 'hasFilm'
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

/** What speaks against the file being the original, in a fixed order; empty for originals, screenshots and downloads. */
export function doubtsOf(_file: PickedFile, _how: HowPicked): Doubt[] {
  return []
}
