/** Reads what a photo or video says of itself, for the index. */
import type { PhotoFacts } from './facts.ts'
import { NO_DETAILS, type PhotoDetails, readExif } from './media/exif.ts'
import { readFilm } from './media/film.ts'
import { readHeif } from './media/heif.ts'
import { mediaTypeOfContent, mediaTypeOfName, showsItsType } from './media/media-type.ts'
import { timeInName } from './media/name-time.ts'
import { readPicture } from './media/picture.ts'
import { type Source, withSource } from './media/source.ts'

/**
 * What the index keeps of a file in a library. At most a megabyte of it is read, whatever its size. A file that is damaged or no
 * photo at all has its type and, where its name tells, its date.
 * @param path where the bytes are; that the file cannot be opened is an error and throws.
 * @param name its path in the library.
 */
export function readPhoto(path: string, name: string): Promise<PhotoFacts> {
  return withSource(path, async (source) => {
    const shown = mediaTypeOfContent(source.head, name)
    const named = mediaTypeOfName(name)
    const details = shown === undefined ? NO_DETAILS : await readDetails(source, shown)
    const { takenAt, camera, width, height, latitude, longitude } = details
    const takenInName = takenAt === null ? timeInName(name) : null
    return {
      kind: 'file',
      uid: null,
      mediaType: shown ?? named ?? 'application/octet-stream',
      takenAt: takenAt ?? takenInName,
      takenFrom: takenAt !== null ? (isFilm(shown) ? 'video' : 'exif') : takenInName !== null ? 'name' : null,
      camera,
      width,
      height,
      latitude,
      longitude,
      // A file that is named as a photo and does not begin like one is damaged.
      readable: shown !== undefined || (named !== undefined && !showsItsType(named)),
    }
  })
}

function isFilm(type: string | undefined): boolean {
  return type !== undefined && /^(?:video|audio)\//.test(type)
}

// As much of a raw photo as ExifReader gets: its head, in which cameras put what they know.
async function readDetails(source: Source, type: string): Promise<PhotoDetails> {
  if (isFilm(type)) return readFilm(source)
  if (type === 'image/tiff' || type.startsWith('image/x-')) return readExif(source.head)
  const isHeif = /^image\/(?:heic|heif|avif)$/.test(type)
  const { exif, width, height } = isHeif ? await readHeif(source) : await readPicture(source, type)
  const details = exif && exif.length > 8 ? readExif(exif) : NO_DETAILS
  return { ...details, width: width ?? details.width, height: height ?? details.height }
}
