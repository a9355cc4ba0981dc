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
  const share = createShare()
  const photos = await listInTurns(replica, phoneId)
  const files = photos.map((photo) => {
    const { seq } = photo
    // The file alone is kept, not all that was read of it.
    const file: AlbumFile = toFile(photo, photo, share, () => pointItem(replica, { ...file, seq }))
    return file
  })
  return createAlbum(files)
}

/** What was there at a snapshot, with what the replica's history knows of it. */
export async function albumOfPoint(replica: Replica, phoneId: string, point: Point): Promise<Album> {
  const share = createShare()
  const facts = createFacts(await listInTurns(replica, phoneId, point.seq ?? undefined))
  const libraries = point.collections.filter(({ saved }) => saved.kind === 'files')
  const files = libraries.flatMap(({ items }) =>
    items.map((item) => toFile(facts.of(item) ?? unknownPhoto(item), item, share, () => item)),
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

/** What is known of a file, by whatever name. */
type Known = Omit<AlbumFile, 'id' | 'name' | 'size' | 'modifiedAt' | 'item'>

// One literal with all fields takes a quarter of the memory that objects put together field by field do. Its id comes later.
function toFile(
  known: Known,
  { name, size, modifiedAt, hash }: Pick<PointItem, 'name' | 'size' | 'modifiedAt' | 'hash'>,
  share: Share,
  item: () => PointItem,
): AlbumFile {
  const { fileId, takenAt, width, height, latitude, longitude, hasMakerNote, isShrunk } = known
  return {
    id: '',
    hash: hash ?? known.hash,
    mediaType: share(known.mediaType),
    takenFrom: share(known.takenFrom),
    camera: share(known.camera),
    contentId: known.contentId,
    burstId: known.burstId,
    ...{
      name,
      size,
      modifiedAt,
      fileId,
      takenAt,
      width,
      height,
      latitude,
      longitude,
      hasMakerNote,
      isShrunk,
    },
    item,
  }
}

type Share = <Text extends string | null>(text: Text) => Text

/** Gives equal texts that come tens of thousands of times back as one. */
function createShare(): Share {
  const known = new Map<unknown, unknown>()
  return <Text>(text: Text) => {
    const first = known.get(text)
    if (first !== undefined) return first as Text
    known.set(text, text)
    return text
  }
}

/** @param listed newest first. */
async function createAlbum(listed: AlbumFile[]): Promise<Album> {
  const files = new Map<string, AlbumFile>()
  // From the oldest on, so that a photo keeps its id when the same bytes come again under another name.
  for (const file of listed.toReversed()) {
    const stem = (file.hash ?? identityOf(file)).slice(0, 24)
    file.id = stem
    for (let n = 2; files.has(file.id); n++) file.id = `${stem}-${n}`
    files.set(file.id, file)
  }
  await setImmediate()
  const pictures = groupPictures(listed)
  await setImmediate()
  const places = new Map(pictures.map(({ original }, place) => [original.id, place]))
  return { files, pictures, places }
}

function identityOf({ name, size, modifiedAt }: AlbumFile): string {
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

function unknownPhoto({ name, hash, modifiedAt }: PointItem): Known {
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
