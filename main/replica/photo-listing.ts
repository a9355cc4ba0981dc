/** The photos of a phone with what is known of them: newest first, page by page, as they are now or as they were after a change. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { PHOTO_COLUMNS, type PhotoFacts } from './index/facts.ts'
import type { Reader } from './replica.ts'

/** A photo, film or other file of a library. */
export interface StoredPhoto extends Omit<PhotoFacts, 'kind' | 'uid' | 'clockOffset'> {
  /** Names this version of the file. */
  seq: number
  collectionId: number
  /** Path in the phone's library. */
  name: string
  /** SHA-256 of the bytes, hex. */
  hash: string
  size: number
  /** Milliseconds since 1970, as sent. */
  modifiedAt: number
  /** The photo file that holds the bytes, for `filePath`. */
  fileId: number
}

export interface PhotoPage {
  /** Only what stood after this change; left out, what is there now. */
  at?: number | undefined
  /** Go on behind this photo. */
  after?: Pick<StoredPhoto, 'takenAt' | 'seq'> | undefined
  /** At most so many; left out, all. */
  most?: number | undefined
}

const VERSION_COLUMNS = ['seq', 'collection_id', 'name', 'hash', 'size', 'modified_at', 'file_id'] as const
const FLAGS: ReadonlySet<string> = new Set([
  'hasFilm',
  'hasMakerNote',
  'placeEmptied',
  'isShrunk',
  'readable',
] satisfies (keyof PhotoFacts)[])
const FACTS = PHOTO_COLUMNS.map(([, field]) => ({ field, isFlag: FLAGS.has(field) }))
const COLUMNS = [
  ...VERSION_COLUMNS.map((column) => `v.${column}`),
  ...PHOTO_COLUMNS.map(([column]) => `p.${column}`),
].join(', ')

// The index by time leads; who asks for one phone's photos passes over those of the others.
const FROM = 'FROM photo_index p CROSS JOIN versions v ON v.seq = p.seq'
const OF_PHONE = `v.collection_id IN (SELECT id FROM collections WHERE phone_id = ? AND kind = 'files')`

/** A phone's photos, newest first by when they were taken. */
export function listPhotos(
  reader: Reader,
  phoneId: string,
  { at, after, most }: PhotoPage = {},
): StoredPhoto[] {
  const standing = at === undefined ? 'v.until IS NULL' : 'v.seq <= ? AND (v.until IS NULL OR v.until > ?)'
  const values = [phoneId, ...(at === undefined ? [] : [at, at])]
  const behind = after ? 'AND (p.taken_at, p.seq) < (?, ?)' : ''
  return selectPhotos(
    reader,
    `${FROM} WHERE ${OF_PHONE} AND ${standing} ${behind} ORDER BY p.taken_at DESC, p.seq DESC LIMIT ?`,
    ...values,
    ...(after ? [after.takenAt, after.seq] : []),
    most ?? -1,
  )
}

/** One version of a photo of this phone, of now or of the past; undefined when there is none. */
export function findPhoto(reader: Reader, phoneId: string, seq: number): StoredPhoto | undefined {
  return selectPhotos(reader, `${FROM} WHERE ${OF_PHONE} AND v.seq = ?`, phoneId, seq)[0]
}

/** The photos of this phone that have these bytes now. */
export function findPhotosByHash(reader: Reader, phoneId: string, hash: string): StoredPhoto[] {
  return selectPhotos(
    reader,
    `FROM photo_files f JOIN versions v ON v.file_id = f.id JOIN photo_index p ON p.seq = v.seq
     WHERE f.phone_id = ? AND f.hash = ? AND v.until IS NULL ORDER BY v.seq`,
    phoneId,
    hash,
  )
}

/** Whether the film of the Live Photo with this identifier is there now. */
export function isFilmHere(reader: Reader, phoneId: string, contentId: string): boolean {
  const found = reader
    .statement(
      `SELECT 1 ${FROM} WHERE p.content_id = ? AND p.media_type LIKE 'video/%' AND v.until IS NULL AND ${OF_PHONE} LIMIT 1`,
    )
    .get(contentId, phoneId)
  return found !== undefined
}

/** @param rest of the query, from `FROM`; versions are `v` and their facts `p` in it. */
function selectPhotos(reader: Reader, rest: string, ...values: SQLInputValue[]): StoredPhoto[] {
  const statement = reader.statement(`SELECT ${COLUMNS} ${rest}`)
  statement.setReturnArrays(true)
  return (statement.all(...values) as unknown as SQLOutputValue[][]).map(photoFromRow)
}

// A list has tens of thousands: one object, filled in place, takes a third of the time that entries and spreads do.
function photoFromRow(row: SQLOutputValue[]): StoredPhoto {
  const [seq, collectionId, name, hash, size, modifiedAt, fileId] = row
  const photo: Record<string, unknown> = { seq, collectionId, name, hash, size, modifiedAt, fileId }
  for (let n = 0; n < FACTS.length; n++) {
    const { field, isFlag } = FACTS[n]!
    const value = row[VERSION_COLUMNS.length + n]
    photo[field] = isFlag ? value === 1 : value
  }
  return photo as unknown as StoredPhoto
}
