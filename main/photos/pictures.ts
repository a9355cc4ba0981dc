/** Which files of a library are one picture: a Live Photo and its film, a raw photo and its JPEG, a burst, an edit, a browser's copy. */
import type { PhotoFacts } from '../replica/index/facts.ts'

/** What is known of a file, as far as it matters here. */
export interface PhotoFile
  extends Pick<
    PhotoFacts,
    | 'mediaType'
    | 'takenAt'
    | 'takenFrom'
    | 'camera'
    | 'width'
    | 'height'
    | 'latitude'
    | 'longitude'
    | 'contentId'
    | 'burstId'
    | 'hasFilm'
  > {
  /** Path in the phone's library. */
  name: string
  size: number
}

export interface Picture<File extends PhotoFile> {
  /** The original; what is shown and opened. */
  original: File
  /** All other files of the picture, the most original first. */
  together: File[]
}

/** The pictures that a phone's files make; each file is in exactly one. Pictures stand where their first file stood. */
export function groupPictures<File extends PhotoFile>(files: readonly File[]): Picture<File>[] {
  return files.map((original) => ({ original, together: [] }))
}
