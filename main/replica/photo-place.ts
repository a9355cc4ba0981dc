/** Where in its library a photo goes that comes with a bare file name: by its month, beside its Live Photo's other half, under a free name. */
import { extname } from 'node:path'
import { parentOf } from './folders.ts'
import type { PhotoFacts } from './index/facts.ts'
import type { Cause } from './items.ts'
import { findItem, folderItem, putItem } from './items.ts'
import type { Reader, Transaction } from './replica.ts'

/**
 * A free path for the file, such as `2026/11/IMG_0001.HEIC`, by the month of the clock it was taken by.
 * @param fileName as the phone calls it: one segment.
 */
export function choosePhotoName(
  reader: Reader,
  libraryId: number,
  fileName: string,
  facts: PhotoFacts,
): string {
  const partner = findPartner(reader, libraryId, fileName, facts)
  const extension = extname(fileName)
  if (partner !== undefined) return freeName(reader, libraryId, stemOf(partner), extension)
  const folder = folderFor(reader, libraryId, monthOf(facts.takenAt + facts.clockOffset))
  return freeName(reader, libraryId, `${folder}/${stemOf(fileName)}`, extension)
}

/** Whether a file or folder has this path, or one that some disks take for the same. */
export function isTaken(reader: Reader, libraryId: number, name: string): boolean {
  const sql = `SELECT 1 FROM versions WHERE collection_id = ? AND lower(name) = lower(?) AND ${CURRENT} LIMIT 1`
  return reader.statement(sql).get(libraryId, name) !== undefined
}

/** Makes the folders that the path lies in, where they are not there yet. */
export function makeFoldersFor(tx: Transaction, libraryId: number, name: string, cause: Cause): void {
  const folder = parentOf(name)
  if (folder === '' || findItem(tx, libraryId, folder)) return
  makeFoldersFor(tx, libraryId, folder, cause)
  putItem(tx, libraryId, folderItem(folder, tx.at), cause)
}

// As the index `versions_folded` has it.
const CURRENT = `until IS NULL AND kind IN ('file', 'folder')`

/** The path itself, or the first of `stem (2).ext` and so on that nothing has. */
export function freePath(reader: Reader, libraryId: number, path: string): string {
  return freeName(reader, libraryId, stemOf(path), extname(path))
}

function freeName(reader: Reader, libraryId: number, stem: string, extension: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? stem + extension : `${stem} (${n})${extension}`
    if (!isTaken(reader, libraryId, name)) return name
  }
}

// Someone may have a file where the year's folder should be.
function folderFor(reader: Reader, libraryId: number, wanted: string): string {
  let folder = ''
  for (const segment of wanted.split('/')) {
    const path = folder === '' ? segment : `${folder}/${segment}`
    const isFile = findItem(reader, libraryId, path)?.kind === 'file'
    folder = isFile ? freeName(reader, libraryId, path, '') : path
  }
  return folder
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7).replace('-', '/')
}

function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length)
}

// A film's own date is often in universal time and its photo's in local time.
const MOST_APART = 15 * 3_600_000

/** The other half of a Live Photo: a film for a photo and a photo for a film; by what both files name, or else by name and time. */
function findPartner(
  reader: Reader,
  libraryId: number,
  fileName: string,
  facts: PhotoFacts,
): string | undefined {
  const role = roleOf(facts.mediaType)
  if (role === undefined) return undefined
  const candidates = facts.contentId === null ? [] : withContentId(reader, libraryId, facts.contentId)
  const named = [...candidates, ...withSameStem(reader, libraryId, fileName, facts)]
  const matching = named.filter(
    ({ mediaType }) => roleOf(mediaType) !== undefined && roleOf(mediaType) !== role,
  )
  return matching[0]?.name
}

function roleOf(mediaType: string): 'photo' | 'film' | undefined {
  if (mediaType === 'video/quicktime') return 'film'
  return /^image\/(?:heic|heif|jpeg)$/.test(mediaType) ? 'photo' : undefined
}

interface Candidate {
  name: string
  mediaType: string
}

function withContentId(reader: Reader, libraryId: number, contentId: string): Candidate[] {
  const rows = reader
    .statement(
      `SELECT v.name, p.media_type FROM photo_index p JOIN versions v ON v.seq = p.seq
       WHERE p.content_id = ? AND v.collection_id = ? AND v.until IS NULL`,
    )
    .all(contentId, libraryId)
  return rows.map((row) => ({ name: String(row.name), mediaType: String(row.media_type) }))
}

/** Those of the same stem, numbered or not, in this month and its neighbours, that nothing speaks against; nearest in time first. */
function withSameStem(reader: Reader, libraryId: number, fileName: string, facts: PhotoFacts): Candidate[] {
  const stem = stemOf(fileName).toLowerCase()
  const apart = (row: { taken_at: unknown }) => Math.abs(Number(row.taken_at) - facts.takenAt)
  const isSame = (name: string) =>
    stemOf(name.slice(name.lastIndexOf('/') + 1))
      .replace(/ \(\d+\)$/, '')
      .toLowerCase() === stem
  return monthsAround(facts.takenAt + facts.clockOffset)
    .flatMap((month) => listByPrefix(reader, libraryId, `${month}/${stem}`))
    .filter((row) => isSame(row.name) && apart(row) <= MOST_APART)
    .filter((row) => row.content_id === null || facts.contentId === null)
    .sort((a, b) => apart(a) - apart(b))
    .map((row) => ({ name: row.name, mediaType: String(row.media_type) }))
}

function monthsAround(time: number): string[] {
  return [...new Set([time - MOST_APART, time, time + MOST_APART].map(monthOf))]
}

function listByPrefix(reader: Reader, libraryId: number, prefix: string) {
  return reader
    .statement(
      `SELECT v.name, p.media_type, p.taken_at, p.content_id FROM versions v JOIN photo_index p ON p.seq = v.seq
       WHERE v.collection_id = ? AND lower(v.name) >= lower(?2) AND lower(v.name) < lower(?2) || char(0x10ffff)
         AND ${CURRENT} LIMIT 1000`,
    )
    .all(libraryId, prefix)
    .map(
      ({ name, ...row }) =>
        ({ name: String(name), ...row }) as { name: string } & Record<
          'media_type' | 'taken_at' | 'content_id',
          unknown
        >,
    )
}
