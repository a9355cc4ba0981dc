/** Photos and films that a source was captured with: where each lies in the phone's library, and whether it need not be read again. */
import type { CapturedFile } from '../links/link.ts'
import { Problem } from '../problem.ts'
import type { Collection } from '../replica/collections.ts'
import { discardFile, mendFile, type ReceivedFile, receiveFile } from '../replica/files.ts'
import { foldersAbove } from '../replica/folders.ts'
import { readPhoto } from '../replica/index/photo.ts'
import { type Cause, etagOf, findItem, type Item } from '../replica/items.ts'
import type { Phone } from '../replica/phones.ts'
import { findPhoto, findPhotosByHash } from '../replica/photo-listing.ts'
import { freePath, isTaken, makeFoldersFor } from '../replica/photo-place.ts'
import type { Reader, Replica, Transaction } from '../replica/replica.ts'
import { storeFile } from '../replica/store.ts'
import { isIntact } from '../replica/stored-bytes.ts'
import { takeNamedTurns } from '../turns.ts'

type Traits = Pick<CapturedFile, 'path' | 'size' | 'modifiedAt'>
/** Where a file of the source lies in the phone's library, and the hash it was captured with. */
interface Place {
  name: string
  hash: string
}

/** Tells whether this very file was captured before and is still what the library holds. */
export function wasCaptured(reader: Reader, key: number, library: Collection, file: Traits): boolean {
  const row = reader
    .statement('SELECT size, modified_at, name, hash FROM source_files WHERE source = ? AND path = ?')
    .get(key, file.path)
  if (row?.size !== file.size || row.modified_at !== Math.round(file.modifiedAt)) return false
  return findItem(reader, library.id, String(row.name))?.hash === row.hash
}

/** The paths in the source of a file in the library. */
export function sourcePaths(reader: Reader, key: number): Map<string, string[]> {
  const paths = new Map<string, string[]>()
  const rows = reader.statement('SELECT path, name FROM source_files WHERE source = ? ORDER BY path').all(key)
  for (const { path, name } of rows) {
    const others = paths.get(String(name)) ?? []
    paths.set(String(name), [...others, String(path)])
  }
  return paths
}

/** Where files of a source go. */
export interface FileTarget {
  /** The source's key. */
  key: number
  phone: Phone
  library: Collection
  cause: Cause
  /** The device was set up anew: what lies at a known path now is likelier another photo than an edited one. */
  wasReset: boolean
}

/**
 * Takes a file into the phone's library; resolves once it is durable. The same bytes are kept once, whatever way each came.
 * @throws Problem `busy` when it was not the file that was announced, `bad-input` for a path that no library can have, and whatever
 *   its stream fails with; nothing of it is stored then.
 * @param count hears of each piece as it comes.
 */
export async function takeFile(
  replica: Replica,
  target: FileTarget,
  file: CapturedFile,
  count: (chunk: Buffer) => void,
): Promise<'added' | 'changed' | 'unchanged'> {
  checkPath(file.path)
  const received = await receive(replica, file, count)
  try {
    if (received.size !== file.size) throw changedMeanwhile(file)
    const traits = { path: file.path, size: file.size, modifiedAt: Math.round(file.modifiedAt) }
    // Others come at the same time; of the same bytes, and of names that some disks take for one, the second is to see the first.
    const inTurn = turnsOf(replica)
    return await inTurn(received.hash, () =>
      inTurn(file.path.toLowerCase(), () => keep(replica, target, traits, received)),
    )
  } finally {
    // Where it was stored, the temporary name is gone already.
    await discardFile(received)
  }
}

const turns = new WeakMap<Replica, ReturnType<typeof takeNamedTurns>>()

function turnsOf(replica: Replica): ReturnType<typeof takeNamedTurns> {
  const known = turns.get(replica) ?? takeNamedTurns()
  turns.set(replica, known)
  return known
}

async function receive(
  replica: Replica,
  file: CapturedFile,
  count: (chunk: Buffer) => void,
): Promise<ReceivedFile> {
  const stream = await file.open()
  try {
    return await receiveFile(replica, stream, file.size, count, file.piecesToFree)
  } catch (error) {
    throw error instanceof Problem && error.code === 'bad-input' ? changedMeanwhile(file) : error
  } finally {
    stream.destroy()
  }
}

async function keep(
  replica: Replica,
  { key, phone, library, cause, wasReset }: FileTarget,
  file: Traits,
  received: ReceivedFile,
): Promise<'added' | 'changed' | 'unchanged'> {
  const before = placeOf(replica, key, file.path)
  const known = findPhotosByHash(replica, phone.id, received.hash).find(
    ({ name, collectionId }) => collectionId === library.id && name !== before?.name && name !== file.path,
  )
  if (known) {
    if (!(await isIntact(replica, known)))
      await mendFile(replica, phone, known.fileId, known.name, received, known.modifiedAt)
    await replica.write((tx) => remember(tx, key, file, { name: known.name, hash: received.hash }))
    return 'unchanged'
  }
  received.facts = await readPhoto(received.temporary, file.path, file.modifiedAt, received)
  const present = before && findItem(replica, library.id, before.name)
  // Other bytes at that name came another way, or stand for a second path: they stay.
  const isOwn = present?.hash === before?.hash && !isShared(replica, key, file.path, before?.name)
  const isOther =
    present &&
    (wasReset ? present.hash !== received.hash : isTakenAtAnother(replica, phone, present, received))
  const replaces = isOwn && !isOther ? present : undefined
  const same = findItem(replica, library.id, file.path)
  const item = replaces ?? (same?.hash === received.hash ? same : undefined)
  const name = item?.name ?? pathFor(replica, library, file.path)
  const conditions = item ? { ifMatch: [etagOf(item)] } : { ifNoneMatch: ['*'] }
  const stored = await storeFile(
    ...([replica, phone, library, name, received, file.modifiedAt, cause, conditions] as const),
    (tx) => {
      makeFoldersFor(tx, library.id, name, cause)
      remember(tx, key, file, { name, hash: received.hash })
    },
  )
  if (stored.outcome === 'refused') throw changedMeanwhile(file)
  return stored.outcome === 'created' ? 'added' : stored.outcome
}

// Cameras count from the start again, after a reset or by themselves: then the same path is another picture, and both are to stay.
function isTakenAtAnother(replica: Replica, phone: Phone, present: Item, { facts }: ReceivedFile): boolean {
  const held = findPhoto(replica, phone.id, present.seq)
  if (!held || !facts || held.takenFrom === 'sent' || facts.takenFrom === 'sent') return false
  return held.takenAt !== facts.takenAt
}

function pathFor(reader: Reader, library: Collection, path: string): string {
  if (foldersAbove(path).some((folder) => findItem(reader, library.id, folder)?.kind === 'file')) {
    throw new Problem(
      'already-exists',
      'The library has a file where its folder should be.',
      'Rename that file in the library.',
    )
  }
  return isTaken(reader, library.id, path) ? freePath(reader, library.id, path) : path
}

function placeOf(reader: Reader, key: number, path: string): Place | undefined {
  const row = reader
    .statement('SELECT name, hash FROM source_files WHERE source = ? AND path = ?')
    .get(key, path)
  return row && { name: String(row.name), hash: String(row.hash) }
}

/** Whether another path of the source is kept under this name too. */
function isShared(reader: Reader, key: number, path: string, name: string | undefined): boolean {
  const sql = 'SELECT 1 FROM source_files WHERE source = ? AND name = ? AND path <> ? LIMIT 1'
  return reader.statement(sql).get(key, name ?? '', path) !== undefined
}

function remember(tx: Transaction, key: number, { path, size, modifiedAt }: Traits, place: Place): void {
  tx.statement(
    'INSERT OR REPLACE INTO source_files (source, path, size, modified_at, name, hash) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(key, path, size, modifiedAt, place.name, place.hash)
}

const LONGEST_PATH = 4096

function checkPath(path: string): void {
  const usable =
    path.length <= LONGEST_PATH &&
    path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..') &&
    !path.includes('\0')
  if (!usable) throw new Problem('bad-input', 'No library can have this path.', 'Rename it on the phone.')
}

function changedMeanwhile({ path }: Traits): Problem {
  return new Problem('busy', `${path} changed while it was read.`, 'The next capture reads it again.')
}
