/** The photos of a phone at one point: grouped into pictures, newest first, and found by id. */
import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { groupPictures, type PhotoFile, type Picture } from '../../../photos/pictures.ts'
import { mediaTypeOfName } from '../../../replica/index/media/media-type.ts'
import { timeInName } from '../../../replica/index/media/name-time.ts'
import { listPhotos, type StoredPhoto } from '../../../replica/photo-listing.ts'
import type { Replica } from '../../../replica/replica.ts'
import { pointItem } from '../../../restore/history-point.ts'
import type { Point, PointItem } from '../../../restore/point.ts'

/** A file of the library as it was at the point. */
export interface AlbumFile extends PhotoFile {
  /** Names these bytes under this name; a phone's own, and of no meaning elsewhere. */
  id: string
  /** SHA-256 of the bytes, hex; null where only the vault could tell, by reading them. */
  hash: string | null
  size: number
  modifiedAt: number
  /** The file on this computer, where it is known and still held. */
  fileId: number | null
  item: () => PointItem
}

export interface Album {
  /** Newest first. */
  pictures: readonly Picture<AlbumFile>[]
  /** Every file of every picture. */
  files: ReadonlyMap<string, AlbumFile>
  /** Where in `pictures` the one stands whose original has this id. */
  places: ReadonlyMap<string, number>
}

/** What the computer holds now. */
export async function albumOfNow(replica: Replica, phoneId: string): Promise<Album> {
  const photos = await listInTurns(replica, phoneId)
  return createAlbum(photos.map((photo) => Object.assign(photo, { item: () => pointItem(replica, photo) })))
}

/** What was there at a snapshot, with what the replica's history knows of it. */
export async function albumOfPoint(replica: Replica, phoneId: string, point: Point): Promise<Album> {
  const facts = createFacts(await listInTurns(replica, phoneId, point.seq ?? undefined))
  const libraries = point.collections.filter(({ saved }) => saved.kind === 'files')
  const files = libraries.flatMap(({ items }) =>
    items.map((item) => {
      const known = facts.of(item) ?? unknownPhoto(item)
      const { name, size, modifiedAt } = item
      return { ...known, name, size, modifiedAt, hash: item.hash ?? known.hash, item: () => item }
    }),
  )
  return createAlbum(files.sort((a, b) => b.takenAt - a.takenAt))
}

const AT_ONCE = 2500

// Others are answered while tens of thousands are read.
async function listInTurns(replica: Replica, phoneId: string, at?: number): Promise<StoredPhoto[]> {
  const photos: StoredPhoto[] = []
  for (;;) {
    const some = listPhotos(replica, phoneId, { at, after: photos.at(-1), most: AT_ONCE })
    for (const photo of some) photos.push(photo)
    if (some.length < AT_ONCE) return photos
    await setImmediate()
  }
}

type Found = Omit<AlbumFile, 'id'>

/** @param found newest first; the album's own from now on. */
async function createAlbum(found: readonly Found[]): Promise<Album> {
  const files = new Map<string, AlbumFile>()
  // From the oldest on, so that a photo keeps its id when the same bytes come again under another name.
  const named = found.toReversed().map((file): AlbumFile => {
    const stem = (file.hash ?? identityOf(file)).slice(0, 24)
    let id = stem
    for (let n = 2; files.has(id); n++) id = `${stem}-${n}`
    const whole = Object.assign(file, { id })
    files.set(id, whole)
    return whole
  })
  await setImmediate()
  const pictures = groupPictures(named.reverse())
  await setImmediate()
  const places = new Map(pictures.map(({ original }, place) => [original.id, place]))
  return { files, pictures, places }
}

function identityOf({ name, size, modifiedAt }: Found): string {
  return hash('sha256', `${name}\0${size}\0${modifiedAt}`)
}

/** Finds what is known of a file: by its name, or where it was renamed since, by its bytes. */
function createFacts(photos: readonly StoredPhoto[]) {
  const byName = new Map(photos.map((photo) => [photo.name, photo]))
  const byHash = new Map(photos.map((photo) => [photo.hash, photo]))
  return {
    of(item: PointItem): StoredPhoto | undefined {
      const named = byName.get(item.name)
      if (named && isSame(named, item)) return named
      const alike = item.hash === null ? undefined : byHash.get(item.hash)
      // What its name or the time that came with it told of the other does not hold for this one.
      return alike && (alike.takenFrom === 'exif' || alike.takenFrom === 'film') ? alike : undefined
    },
  }
}

// Of a file that is large the vault does not know the hash of the whole.
function isSame(photo: StoredPhoto, item: PointItem): boolean {
  if (item.hash !== null) return item.hash === photo.hash
  return item.size === photo.size && item.modifiedAt === photo.modifiedAt
}

function unknownPhoto({
  name,
  hash,
  modifiedAt,
}: PointItem): Omit<Found, 'name' | 'size' | 'modifiedAt' | 'item'> {
  const named = timeInName(name)
  return {
    hash,
    fileId: null,
    mediaType: mediaTypeOfName(name) ?? 'application/octet-stream',
    takenAt: named ?? modifiedAt,
    takenFrom: named === null ? 'sent' : 'name',
    camera: null,
    width: null,
    height: null,
    latitude: null,
    longitude: null,
    contentId: null,
    burstId: null,
    hasMakerNote: false,
    isShrunk: false,
  }
}
