/** Which files of a library are one picture: a Live Photo and its film, a raw photo and its JPEG, a burst, an edit, a browser's copy. */
import type { PhotoFacts } from '../replica/index/facts.ts'
import { createGroups, type Groups } from './groups.ts'
import { type PhotoName, readName } from './photo-name.ts'
import { differ, hasPlace, isFilm, isRaw, isStill, knowsFraction, longSide, sameShot } from './same-shot.ts'

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
    | 'hasMakerNote'
    | 'isShrunk'
  > {
  /** Path in the phone's library. */
  name: string
  /** SHA-256 of the bytes, hex; null where it is not known. */
  hash: string | null
}

export interface Picture<File extends PhotoFile> {
  /** The camera's own picture; of a raw photo and its JPEG, the JPEG, which phones can show. */
  original: File
  /** All other files of the picture, the most original first. */
  together: File[]
}

/** A file with what its name says. */
interface Named<File extends PhotoFile> {
  file: File
  name: PhotoName
  /** Its place in the library's list. */
  at: number
}

/**
 * The pictures that a phone's files make; each file is in exactly one. Pictures stand where their first file stood. Takes time in
 * proportion to the files, whatever they say of themselves.
 */
export function groupPictures<File extends PhotoFile>(files: readonly File[]): Picture<File>[] {
  const all = files.map((file, at): Named<File> => ({ file, name: readName(file.name), at }))
  const groups = createGroups(all.length)
  joinEqual(groups, all, sameBytes)
  joinEqual(groups, all, ({ file }) => file.contentId)
  joinEqual(groups, all, ({ file }) => file.burstId)
  joinEqual(groups, all, ({ name }) => (name.burst?.number === null ? name.burst.key : null))
  for (const run of bucketsBy(all, numberedBurst)) joinRun(groups, run)
  for (const family of bucketsBy(all, ({ name }) => name.family)) joinFamily(groups, family)
  for (const moment of bucketsBy(all, momentOf)) joinCopies(groups, moment)
  return groups.list().map((members) => toPicture(members.map((at) => all[at]!)))
}

type Key<File extends PhotoFile> = (one: Named<File>) => string | number | null

/** Files with the same key, two at least in each bucket. */
function bucketsBy<File extends PhotoFile>(all: Named<File>[], key: Key<File>): Named<File>[][] {
  // Most files are alone with their key: a list is made for the second.
  const firsts = new Map<string | number, Named<File>>()
  const buckets = new Map<string | number, Named<File>[]>()
  for (const one of all) {
    const name = key(one)
    if (name === null) continue
    const first = firsts.get(name)
    const bucket = buckets.get(name)
    if (bucket) bucket.push(one)
    else if (first) buckets.set(name, [first, one])
    else firsts.set(name, one)
  }
  return [...buckets.values()]
}

function joinEqual<File extends PhotoFile>(groups: Groups, all: Named<File>[], key: Key<File>): void {
  for (const [first, ...rest] of bucketsBy(all, key)) {
    for (const one of rest) groups.join(first!.at, one.at)
  }
}

/** The same photo that came in two ways, under two names. Equal notes may belong to photos that are not. */
function sameBytes({ file }: Named<PhotoFile>): string | null {
  return isStill(file) || isFilm(file) ? file.hash : null
}

/** Samsung's `20190412_153045_001.jpg`; the same camera and size are part of the rule, and see `joinRun`. */
function numberedBurst({ file, name }: Named<PhotoFile>): string | null {
  if (typeof name.burst?.number !== 'number' || !isStill(file)) return null
  return [name.burst.key, file.camera, file.width, file.height].join('|')
}

// Two photos of one second may be named with their milliseconds or a number too. Only a burst counts on.
const SHORTEST_RUN = 3

/** A burst is numbered from 000 or 001 on without a gap. */
function joinRun<File extends PhotoFile>(groups: Groups, run: Named<File>[]): void {
  const byNumber = run.toSorted((a, b) => a.name.burst!.number! - b.name.burst!.number!)
  const first = byNumber[0]!.name.burst!.number!
  const countsOn = byNumber.every(({ name }, n) => name.burst!.number === first + n)
  if (first > 1 || byNumber.length < SHORTEST_RUN || !countsOn) return
  for (const one of byNumber) groups.join(byNumber[0]!.at, one.at)
}

// A shot has half a dozen files; where there are more of a name or a moment, it says nothing, and comparing all with all takes long.
const MOST_COMPARED = 24

/** Files of one folder whose names belong together. A camera counts round, so their times have to agree as well. */
function joinFamily<File extends PhotoFile>(groups: Groups, family: Named<File>[]): void {
  const sidecars = family.filter(({ name }) => name.isSidecar)
  const photos = family.filter(({ name }) => !name.isSidecar)
  if (photos.length > MOST_COMPARED) return
  eachPair(photos, (a, b) => {
    if (areOneShot(a, b)) groups.join(a.at, b.at)
  })
  const first = photos[0]
  if (!first) return
  for (const sidecar of sidecars) {
    const apart = ({ file }: Named<File>) => Math.abs(file.takenAt - sidecar.file.takenAt)
    const nearest = photos.reduce((best, one) => (apart(one) < apart(best) ? one : best), first)
    groups.join(nearest.at, sidecar.at)
  }
}

function eachPair<T>(list: T[], visit: (a: T, b: T) => void): void {
  for (const [n, a] of list.entries()) for (const b of list.slice(n + 1)) visit(a, b)
}

/** Of two files whose names belong together. */
function areOneShot(a: Named<PhotoFile>, b: Named<PhotoFile>): boolean {
  if (differ(a.file.contentId, b.file.contentId)) return false
  if (a.name.isVariant !== b.name.isVariant) {
    return a.file.takenFrom === 'sent' || b.file.takenFrom === 'sent' || timesAgree(a.file, b.file)
  }
  if (isStill(a.file) && isStill(b.file)) return sameShot(a.file, b.file)
  const isPair = isStill(a.file) || isStill(b.file)
  return isPair && timesAgree(a.file, b.file)
}

// A film begins before its photo and may be dated by its end.
const CLOSE = 3000
const QUARTER = 15 * 60_000
const LARGEST_OFFSET = 26 * 60 * 60_000

/** Within three seconds. One of the two may be local time where the other is UTC: offsets are whole quarters of an hour. */
function timesAgree(a: PhotoFile, b: PhotoFile): boolean {
  const apart = Math.abs(a.takenAt - b.takenAt)
  const rest = apart % QUARTER
  return apart <= LARGEST_OFFSET && Math.min(rest, QUARTER - rest) <= CLOSE
}

function momentOf({ file }: Named<PhotoFile>): number | null {
  return file.takenFrom === 'exif' && file.camera !== null && isStill(file) ? file.takenAt : null
}

/**
 * Copies with their originals, wherever they lie. Where the camera notes whole seconds alone, two alike in one second may be two
 * photos of which we can't say whose copy is whose; then only names decide.
 */
function joinCopies<File extends PhotoFile>(groups: Groups, moment: Named<File>[]): void {
  // Where many photos have one moment, the clock stood still.
  if (moment.length > MOST_COMPARED) return
  const alike = ({ file }: Named<File>) =>
    [file.camera, file.mediaType, file.width, file.height, hasPlace(file)].join('|')
  const counts = new Map<string, number>()
  for (const one of moment) counts.set(alike(one), (counts.get(alike(one)) ?? 0) + 1)
  eachPair(moment, (a, b) => {
    const isNamed = a.name.shot !== null && a.name.shot === b.name.shot
    const isSure =
      isNamed || knowsFraction(a.file) || (counts.get(alike(a)) === 1 && counts.get(alike(b)) === 1)
    if (isSure && sameShot(a.file, b.file)) groups.join(a.at, b.at)
  })
}

function toPicture<File extends PhotoFile>(members: Named<File>[]): Picture<File> {
  if (members.length === 1) return { original: members[0]!.file, together: [] }
  const [original, ...together] = members.toSorted(byOriginality).map(({ file }) => file)
  return { original: original!, together }
}

/** Stills first, of these the burst's cover and what has most left of what the camera wrote; then raw, film, notes. */
function byOriginality(a: Named<PhotoFile>, b: Named<PhotoFile>): number {
  const [one, other] = [marks(a), marks(b)]
  for (const [n, mark] of one.entries()) {
    if (mark !== other[n]) return mark - other[n]!
  }
  return a.file.name < b.file.name ? -1 : 1
}

/** The less, the more original; the first that differs decides. */
function marks({ file, name }: Named<PhotoFile>): number[] {
  const kind = name.isSidecar ? 4 : isFilm(file) ? 2 : isRaw(file) ? 1 : isStill(file) ? 0 : 3
  return [
    kind,
    Number(name.isVariant),
    Number(!name.burst?.isCover),
    Number(file.isShrunk),
    -longSide(file),
    Number(!file.hasMakerNote),
    Number(!hasPlace(file)),
    Number(!/^image\/hei[cf]$/.test(file.mediaType)),
    file.burstId === null && name.burst === null ? 0 : file.takenAt,
  ]
}
