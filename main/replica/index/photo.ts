/** Reads what a photo or video says of itself, for the index. */
import type { PhotoFacts } from './facts.ts'
import { NO_DETAILS, type PhotoDetails, readExif } from './media/exif.ts'
import { readFilm } from './media/film.ts'
import { readHeif } from './media/heif.ts'
import { isRawType, mediaTypeOfContent, mediaTypeOfName, showsItsType } from './media/media-type.ts'
import { hasFilmBox, hasSamsungFilm, readXmp } from './media/motion.ts'
import { timeInName } from './media/name-time.ts'
import { type PictureParts, readPicture } from './media/picture.ts'
import { readRaw } from './media/raw.ts'
import { type Seen, type Source, withSource } from './media/source.ts'

/**
 * What the index keeps of a file in a library. At most a megabyte of it is read, whatever its size. A file that is damaged or no
 * photo at all has its type and, where its name tells, its date.
 * @param path where the bytes are; that the file cannot be opened is an error and throws.
 * @param name its path in the library.
 * @param sentAt the time that came with it, milliseconds since 1970.
 * @param seen what is at hand of it.
 */
export function readPhoto(path: string, name: string, sentAt: number, seen?: Seen): Promise<PhotoFacts> {
  const read = async (source: Source): Promise<PhotoFacts> => {
    const shown = mediaTypeOfContent(source.head, name)
    const named = mediaTypeOfName(name)
    const { takenAt, ...details } = shown === undefined ? NOTHING_KNOWN : await readDetails(source, shown)
    return {
      kind: 'file',
      uid: null,
      mediaType: shown ?? named ?? 'application/octet-stream',
      ...dateOf(takenAt, isFilm(shown), name, sentAt),
      ...details,
      // A file that is named as a photo and does not begin like one is damaged.
      readable: shown !== undefined || (named !== undefined && !showsItsType(named)),
    }
  }
  return withSource(path, read, seen)
}

/** What was written when the photo was taken counts most, then what an app wrote in the name, then what came with the file. */
function dateOf(
  inside: number | null,
  isFilm: boolean,
  name: string,
  sentAt: number,
): Pick<PhotoFacts, 'takenAt' | 'takenFrom'> {
  if (inside !== null) return { takenAt: inside, takenFrom: isFilm ? 'film' : 'exif' }
  const named = timeInName(name)
  return named === null ? { takenAt: sentAt, takenFrom: 'sent' } : { takenAt: named, takenFrom: 'name' }
}

function isFilm(type: string | undefined): boolean {
  return type !== undefined && /^(?:video|audio)\//.test(type)
}

type Details = PhotoDetails & Pick<PhotoFacts, 'hasFilm' | 'isShrunk'>

const NOTHING_KNOWN: Details = { ...NO_DETAILS, hasFilm: false, isShrunk: false }

async function readDetails(source: Source, type: string): Promise<Details> {
  if (isFilm(type)) return { ...NOTHING_KNOWN, ...(await readFilm(source)) }
  if (type === 'image/tiff' || isRawType(type)) {
    return { ...NOTHING_KNOWN, ...(await readRaw(source, type)) }
  }
  const isHeif = /^image\/(?:heic|heif|avif)$/.test(type)
  const parts = isHeif ? await readHeif(source) : await readPicture(source, type)
  const details = parts.exif && parts.exif.length > 8 ? readExif(parts.exif) : NO_DETAILS
  const { hasFilm, burstId } = readXmp(parts.xmp ?? '')
  return {
    ...details,
    width: parts.width ?? details.width,
    height: parts.height ?? details.height,
    burstId: details.burstId ?? burstId,
    hasFilm: hasFilm || (await (isHeif ? hasFilmBox(source) : hasSamsungFilm(source))),
    isShrunk: isSmaller(parts, details),
  }
}

// Turned pictures have their sides swapped, and cropping by a few pixels is what cameras do themselves.
function isSmaller(real: PictureParts, noted: PhotoDetails): boolean {
  const longest = ({ width, height }: { width: number | null; height: number | null }) =>
    width === null || height === null ? 0 : Math.max(width, height)
  return longest(real) > 0 && longest(noted) > longest(real) * 1.1
}
