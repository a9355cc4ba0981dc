/** One capture of a backup: contacts, calendars, then photos. What can't be read of one kind does not stop the others. */
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { Problem, type ProblemCode } from '../../problem.ts'
import { countDone, stopIfAsked, totalOf, type Watch } from '../../progress.ts'
import type { CapturedCollection, CapturedFile, CaptureRequest, CaptureSink, DataKind } from '../link.ts'
import type { Backup } from './backup.ts'
import { readBackupFolder } from './backup-folder.ts'
import { readCalendars } from './calendars/calendars.ts'
import { readAddressBooks } from './contacts/address-book.ts'
import { ALBUMS_FILE, type Assets, PHOTO_DATABASE, readAssets } from './photos/assets.ts'
import { listPictures } from './photos/camera-roll.ts'
import { damagedBackup } from './problems.ts'

/** Which backup was read, and what of it. */
const Cursor = z.object({ takenAt: z.number(), kinds: z.array(z.enum(['contacts', 'calendar', 'photos'])) })
export type Cursor = z.infer<typeof Cursor>

/** The kinds that still have to be read from a backup of this time. @param cursor of the last capture. */
export function kindsToRead(takenAt: number, { kinds, cursor }: CaptureRequest): DataKind[] {
  const last = Cursor.safeParse(cursor)
  const done = last.success && takenAt !== 0 && last.data.takenAt === takenAt ? last.data.kinds : []
  return ORDER.filter((kind) => kinds.includes(kind) && !done.includes(kind))
}

// The smallest first.
const ORDER: readonly DataKind[] = ['contacts', 'calendar', 'photos']
const READERS = { contacts: captureContacts, calendar: captureCalendars, photos: capturePhotos }

/**
 * @returns the next cursor; kinds that could not be read are not in it.
 * @throws Problem `busy` when the phone began the next backup meanwhile, and what the sink fails with.
 */
export async function captureBackup(
  backup: Backup,
  request: CaptureRequest,
  sink: CaptureSink,
  watch: Watch,
): Promise<Cursor> {
  const { takenAt, folder } = backup.folder
  const wanted = kindsToRead(takenAt, request)
  const failed = new Set<DataKind>()
  for (const kind of wanted) {
    stopIfAsked(watch)
    try {
      await READERS[kind](backup, sink, watch)
    } catch (error) {
      const problem = damageOf(error)
      if (!problem) throw error
      failed.add(kind)
      sink.missed(NAMES[kind], problem.message)
    }
  }
  const after = await readBackupFolder(folder)
  if (after.takenAt !== takenAt || after.fault !== undefined) throw begunAnew()
  const last = Cursor.safeParse(request.cursor)
  const before = last.success && last.data.takenAt === takenAt ? last.data.kinds : []
  return { takenAt, kinds: [...new Set([...before, ...wanted])].filter((kind) => !failed.has(kind)) }
}

const NAMES: Record<DataKind, string> = {
  contacts: 'The contacts',
  calendar: 'The calendars',
  photos: 'The photos',
}

function begunAnew(): Problem {
  return new Problem(
    'busy',
    'The iPhone began its next backup while this one was read.',
    'Wait until it is finished; it is then read by itself. What was read so far is kept.',
  )
}

/** What in the backup is broken; undefined for all that has other reasons. */
function damageOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error.code === 'data-damaged' ? error : undefined
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_SQLITE_ERROR' ? damagedBackup('One of its databases is damaged.', error) : undefined
}

async function captureContacts(backup: Backup, sink: CaptureSink): Promise<void> {
  const place = 'Library/AddressBook/AddressBook'
  const book = await backup.database('HomeDomain', `${place}.sqlitedb`)
  if (!book) throw damagedBackup('It has no address book.')
  const images = await backup.database('HomeDomain', `${place}Images.sqlitedb`)
  const books = readAddressBooks(book, images, sink.missed)
  sink.listed('contacts', books.map(idOf))
  for (const { id, displayName, cards } of books) {
    const collection: CapturedCollection = {
      kind: 'contacts',
      id,
      displayName,
      items: cards(),
      complete: true,
    }
    await sink.collection(collection)
  }
}

async function captureCalendars(backup: Backup, sink: CaptureSink): Promise<void> {
  const database = await backup.database('HomeDomain', 'Library/Calendar/Calendar.sqlitedb')
  if (!database) throw damagedBackup('It has no calendar.')
  const calendars = readCalendars(database, sink.missed)
  sink.listed('calendar', calendars.map(idOf))
  for (const { id, displayName, complete, objects } of calendars) {
    await sink.collection({ kind: 'calendar', id, displayName, items: objects(), complete })
  }
}

function idOf({ id }: { id: string }): string {
  return id
}

// The list is read without pause; others want their turn too.
const FILES_AT_ONCE = 200

async function capturePhotos(backup: Backup, sink: CaptureSink, watch: Watch): Promise<void> {
  const assets = await findAssets(backup, sink)
  const there = new Set<string>()
  const damaged = (path: string, problem: Problem) => sink.missed(path, problem.message)
  const fresh: CapturedFile[] = []
  let count = 0
  for (const { file, path, original } of listPictures(backup, assets, damaged)) {
    if (++count % FILES_AT_ONCE === 0) await setImmediate()
    stopIfAsked(watch)
    if (original === file.path.slice('Media/'.length)) there.add(original)
    const modifiedAt = file.modifiedAt || file.bornAt
    const picture = { path, size: file.size, modifiedAt, open: () => backup.open(file) }
    if (!sink.hasFile(picture)) fresh.push(picture)
  }
  // The newest first: they are what is nowhere else.
  fresh.sort((a, b) => b.modifiedAt - a.modifiedAt)
  const done = countDone('Reading photos', totalOf(fresh), watch)
  for (const picture of fresh) {
    stopIfAsked(watch)
    await takeFile(sink, picture)
    done(picture)
  }
  if (assets?.albums) await takeAlbums(backup, assets.albums, sink)
  const elsewhere = assets ? [...assets.shown].filter((path) => !there.has(path)).length : 0
  if (elsewhere > 0) {
    sink.missed(
      `${elsewhere} photo${elsewhere === 1 ? '' : 's'} or video${elsewhere === 1 ? '' : 's'} in full`,
      'Not in the backup: the phone keeps only small versions of them, and the originals are in iCloud.',
    )
  }
}

async function takeAlbums(backup: Backup, bytes: Buffer | 'unknown', sink: CaptureSink): Promise<void> {
  if (bytes === 'unknown') {
    const reason = 'The phone’s version of iOS tells it in a way that is not known here.'
    return sink.missed('Which photos are in which album', reason)
  }
  const modifiedAt = backup.find(PHOTO_DATABASE.domain, PHOTO_DATABASE.path)?.modifiedAt ?? 0
  const open = () => Readable.from([bytes])
  const albums = { path: ALBUMS_FILE, size: bytes.length, modifiedAt, open }
  if (!sink.hasFile(albums)) await takeFile(sink, albums)
}

async function takeFile(sink: CaptureSink, file: CapturedFile): Promise<void> {
  try {
    await sink.file(file)
  } catch (error) {
    if (!(error instanceof Problem && ONE_FILE.has(error.code))) throw error
    sink.missed(file.path, error.message)
  }
}

/** Trouble of one file, which leaves the others as they are. */
const ONE_FILE: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['data-damaged', 'busy', 'bad-input'])

/** Undefined when the phone's own list of photos cannot be read; the photos themselves can. */
async function findAssets(backup: Backup, sink: CaptureSink): Promise<Assets | undefined> {
  try {
    const database = await backup.database(PHOTO_DATABASE.domain, PHOTO_DATABASE.path)
    return database && readAssets(database)
  } catch (error) {
    const problem = damageOf(error)
    if (!problem) throw error
    sink.missed('Which photos are hidden, deleted or only in iCloud', problem.message)
    return undefined
  }
}
