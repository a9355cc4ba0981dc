/** Whether two files are one shot: the original, and what a browser or a program made of it on the way. */
import { isRawType } from '../replica/index/media/media-type.ts'
import { readName } from './photo-name.ts'
import type { PhotoFile } from './pictures.ts'

/**
 * Whether two photos are the same moment of the same camera, one a copy of the other. Two photos of one second are told apart by
 * their fraction of the second where cameras note it, else by their names; where neither tells, they have to differ as an original
 * and its copy do: in format, size, or in that one lost its place.
 */
export function sameShot(a: PhotoFile, b: PhotoFile): boolean {
  if (a.takenFrom !== 'exif' || b.takenFrom !== 'exif' || a.takenAt !== b.takenAt) return false
  if (a.camera === null || a.camera !== b.camera || !isStill(a) || !isStill(b)) return false
  if (differ(a.contentId, b.contentId) || !haveSameShape(a, b) || areApart(a, b)) return false
  if (knowsFraction(a)) return true
  const [one, other] = [readName(a.name).shot, readName(b.name).shot]
  if (one !== null && other !== null) return one === other
  return a.mediaType !== b.mediaType || longSide(a) !== longSide(b) || hasPlace(a) !== hasPlace(b)
}

/** A picture of its own, not the numbers of a sensor, a film or a note. */
export function isStill({ mediaType }: PhotoFile): boolean {
  return mediaType.startsWith('image/') && !isRaw({ mediaType })
}

export function isRaw({ mediaType }: Pick<PhotoFile, 'mediaType'>): boolean {
  return isRawType(mediaType)
}

export function isFilm({ mediaType }: Pick<PhotoFile, 'mediaType'>): boolean {
  return mediaType.startsWith('video/')
}

/** Whether the time goes beyond whole seconds, which cameras that note it do 999 times of 1,000. */
export function knowsFraction({ takenFrom, takenAt }: PhotoFile): boolean {
  return takenFrom === 'exif' && takenAt % 1000 !== 0
}

export function hasPlace({ latitude }: PhotoFile): boolean {
  return latitude !== null
}

export function longSide({ width, height }: Pick<PhotoFile, 'width' | 'height'>): number {
  return Math.max(width ?? 0, height ?? 0)
}

/** Both known, and not the same. */
export function differ(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b
}

// Sides are rounded when a picture is made smaller, and swapped when it is turned.
function haveSameShape(a: PhotoFile, b: PhotoFile): boolean {
  const shape = ({ width, height }: PhotoFile) =>
    width === null || height === null ? null : Math.max(width, height) / Math.min(width, height)
  const [one, other] = [shape(a), shape(b)]
  return one === null || other === null || Math.abs(one / other - 1) < 0.01
}

/** Some ten metres: what rounding on the way may do. */
function areApart(a: PhotoFile, b: PhotoFile): boolean {
  const far = (one: number | null, other: number | null) =>
    one !== null && other !== null && Math.abs(one - other) > 1e-4
  return far(a.latitude, b.latitude) || far(a.longitude, b.longitude)
}
