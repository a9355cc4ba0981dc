/**
 * Photo files on disk: received under a temporary name, hashed while they stream, linked into the library, synced there, and only then
 * put in the index. No file is ever overwritten: a new version gets a name of its own, so that a crash leaves either the old or the new.
 */
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises'
import { IncomingMessage } from 'node:http'
import { basename, dirname, extname, join, relative, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { release } from '../memory.ts'
import { Problem } from '../problem.ts'
import type { PhotoFacts } from './index/facts.ts'
import { createEnds, type Ends } from './index/media/ends.ts'
import type { Reader, Replica, Transaction } from './replica.ts'
import { streamIn } from './stream-in.ts'

/** A file that lies under a temporary name, and is not yet in any library. It is to be stored or discarded. */
export interface ReceivedFile {
  temporary: string
  /** Open, as long as its bytes are not durable; null where they are. */
  file: FileHandle | null
  hash: string
  size: number
  /** Its beginning and its end, where they are at hand. */
  ends?: Ends
  /** What the file says of itself, where someone has read it already. */
  facts?: PhotoFacts
}

/**
 * Streams to disk, hashing on the way; resolves once the bytes are written. Leaves nothing behind when it fails.
 * @param limit most bytes taken.
 * @param watch sees each piece before it is written, to hash it in another way say.
 * @param spend the pieces are nobody else's: their memory is freed once they are written.
 * @throws Problem `bad-input` over the limit, `disk-full` when the disk is.
 */
export async function receiveFile(
  replica: Replica,
  bytes: Readable,
  limit: number,
  watch: (chunk: Buffer) => void = () => undefined,
  spend = bytes instanceof IncomingMessage,
): Promise<ReceivedFile> {
  const temporary = join(replica.incoming, replica.world.random(12).toString('hex'))
  const file = await open(temporary, 'wx', 0o600)
  const hash = replica.intake.hash()
  const ends = createEnds()
  // What a request brought, say, is too much to wait for the garbage collector.
  const letGo = spend ? release : () => undefined
  let size = 0
  const take = (chunk: Buffer) => {
    size += chunk.length
    if (size > limit) throw new Problem('bad-input', 'The file is too large.', `The most is ${limit} bytes.`)
    watch(chunk)
    ends.add(chunk)
  }
  try {
    const sync = () => replica.world.durability.syncFile(file)
    const brokenBy = await streamIn(bytes, hash.writer(file), take, sync, letGo)
    if (brokenBy) throw brokenBy
    return { temporary, file, hash: await hash.digest(), size, ends }
  } catch (error) {
    await discardFile({ file, temporary })
    throw asProblem(error)
  } finally {
    hash.forget()
  }
}

function asProblem(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(error) : error
}

/** What is told of a disk that has no room left. */
export function diskFull(cause?: unknown): Problem {
  return new Problem(
    'disk-full',
    'The disk is full; the file was not stored.',
    'Make room and send it again.',
    { cause },
  )
}

/** Closes a received file and takes its temporary name away: throws it away, unless it has its place in a library. */
export async function discardFile({
  file,
  temporary,
}: Pick<ReceivedFile, 'file' | 'temporary'>): Promise<void> {
  await Promise.all([file?.close(), unlink(temporary).catch(ifMissing)])
}

function ifMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

/** A file in a phone's library: one the index knows already, or one that is new to it. */
export type PlacedFile = { known: number } | { path: string; hash: string; size: number }

/**
 * Gives a received file its place in the phone's library, durably. The same bytes of one phone are kept once.
 * It counts as stored only with `registerFile`, in the same transaction as the item that uses it. It keeps its temporary name as well
 * until then, so that what a crash leaves in the library is found again; after that, it is to be discarded.
 * @param name path in the phone's library, such as `2026/11/IMG_0001.HEIC`.
 * @throws Problem `disk-full`, `data-damaged` where a link leads out of the libraries.
 */
export async function placeFile(
  replica: Replica,
  phone: { id: string; name: string },
  name: string,
  received: ReceivedFile,
  modifiedAt: number,
): Promise<PlacedFile> {
  const { hash, size } = received
  const known = findFileByHash(replica, phone.id, hash)
  if (known !== undefined && (await isWhole(replica, known, size))) return { known }
  return { path: await linkIntoLibrary(replica, phone, name, received, modifiedAt), hash, size }
}

async function linkIntoLibrary(
  replica: Replica,
  phone: { name: string },
  name: string,
  received: ReceivedFile,
  modifiedAt: number,
): Promise<string> {
  const { file, temporary } = received
  const time = modifiedAt / 1000
  await (file ? file.utimes(time, time) : utimes(temporary, time, time))
  const wanted = join(phone.name, ...name.split('/').map(safeSegment))
  const path = await claimPlace(replica, wanted, received)
  const full = join(replica.photos, path)
  try {
    if (!(await isInLibraries(replica, full))) throw leadsOut(dirname(path))
    await Promise.all([replica.syncs.settle(file, dirname(full)), ...(beingMade.get(replica) ?? [])])
  } catch (error) {
    await rm(full)
    throw asProblem(error)
  }
  return path.split(sep).join('/')
}

/** Puts a placed file in the index and returns its id, for `NewItem.fileId`. */
export function registerFile(tx: Transaction, phoneId: string, placed: PlacedFile): number {
  if ('known' in placed) return placed.known
  const { lastInsertRowid } = tx
    .statement('INSERT INTO photo_files (phone_id, path, hash, size) VALUES (?, ?, ?, ?)')
    .run(phoneId, placed.path, placed.hash, placed.size)
  return Number(lastInsertRowid)
}

/**
 * Puts the right bytes in place of a file that is missing or damaged on the disk, for all items that use it. What lies at the old
 * place is let be: someone may have worked on it.
 */
export async function mendFile(
  replica: Replica,
  phone: { name: string },
  fileId: number,
  name: string,
  received: ReceivedFile,
  modifiedAt: number,
): Promise<void> {
  const path = await linkIntoLibrary(replica, phone, name, received, modifiedAt)
  await replica.write((tx) => tx.statement('UPDATE photo_files SET path = ? WHERE id = ?').run(path, fileId))
  await discardFile(received)
}

/** Takes a file that was placed but never registered out of the library again. */
export async function withdrawFile(replica: Replica, placed: PlacedFile): Promise<void> {
  if (!('path' in placed)) return
  await rm(join(replica.photos, ...placed.path.split('/')), { force: true })
}

function findFileByHash(reader: Reader, phoneId: string, hash: string): number | undefined {
  const row = reader
    .statement('SELECT max(id) AS id FROM photo_files WHERE phone_id = ? AND hash = ?')
    .get(phoneId, hash)
  return row?.id == null ? undefined : Number(row.id)
}

/** Bytes of all photo files of a phone, those of past versions included. */
export function usedBytes(reader: Reader, phoneId: string): number {
  const row = reader.statement('SELECT sum(size) AS used FROM photo_files WHERE phone_id = ?').get(phoneId)
  return Number(row?.used ?? 0)
}

// Someone may have deleted, cut or replaced the file by hand; then the new copy must not be thrown away for it.
async function isWhole(replica: Replica, fileId: number, size: number): Promise<boolean> {
  const path = filePath(replica, fileId)
  const found = await stat(path).catch(() => undefined)
  return found?.size === size && isInLibraries(replica, path)
}

/** Whether a file lies in the photo libraries, once all links are followed. Their own folder may be one, to a larger disk say. */
export async function isInLibraries(replica: Replica, path: string): Promise<boolean> {
  return (await realpath(path)).startsWith((await realpath(replica.photos)) + sep)
}

function leadsOut(folder: string): Problem {
  return new Problem(
    'data-damaged',
    `The folder ${folder} of the photo libraries leads to somewhere else; nothing is stored there.`,
    'Put a folder in place of the link.',
  )
}

/** Where the file's bytes lie. */
export function filePath(replica: Replica, fileId: number): string {
  const row = replica.statement('SELECT path FROM photo_files WHERE id = ?').get(fileId)
  if (!row) throw new Error(`no photo file ${fileId}`)
  return join(replica.photos, ...String(row.path).split('/'))
}

// `link` fails where the name is taken, which `rename` would overwrite; file systems without links fall back to a checked rename.
async function claimPlace(replica: Replica, wanted: string, received: ReceivedFile): Promise<string> {
  const folder = join(replica.photos, dirname(wanted))
  const claim = (path: string) => claimName(replica, received, join(replica.photos, path))
  const extension = extname(wanted)
  const stem = basename(wanted, extension)
  for (let n = 1; ; n++) {
    const path = join(dirname(wanted), n === 1 ? stem + extension : `${stem} (${n})${extension}`)
    const claimed = await claim(path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      await makeFolderOnce(replica, folder)
      return claim(path)
    })
    if (claimed) return path
  }
}

async function claimName(
  { world }: Replica,
  { temporary, file }: ReceivedFile,
  path: string,
): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error
  }
  if (await stat(path).catch(() => undefined)) return false
  // With its only name in the library, nothing would tell after a crash that it is not whole.
  if (file) await world.durability.syncFile(file)
  await rename(temporary, path)
  return true
}

// Folders that are there and not durable yet. Who puts a file into one meanwhile must wait for it as well.
const beingMade = new WeakMap<Replica, Set<Promise<void>>>()

async function makeFolderOnce(replica: Replica, folder: string): Promise<void> {
  const making = beingMade.get(replica) ?? new Set()
  beingMade.set(replica, making)
  const made = makeFolder(replica, folder)
  making.add(made)
  await made.finally(() => making.delete(made))
}

// A new folder's name is durable only once its parent is synced.
async function makeFolder(replica: Replica, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (!first) return
  for (let at = folder; at.length >= first.length; at = dirname(at)) {
    await replica.world.durability.syncFolder(dirname(at))
  }
}

// With any extension, and with blanks before it (learn.microsoft.com, Naming Files, Paths, and Namespaces).
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³]) *(\.|$)/i
// Windows takes these off the end of a name.
const LOST_ON_WINDOWS = /[. ]+$/

/** A path segment made safe for every file system; the item keeps its own name in the index. */
export function safeSegment(segment: string): string {
  const safe = segment.replace(/[\p{Cc}\\:*?"<>|]/gu, '_').replace(LOST_ON_WINDOWS, '_')
  const named = RESERVED_ON_WINDOWS.test(safe) || safe === '' || safe.startsWith('.') ? `_${safe}` : safe
  return shortened(named)
}

// 255 bytes are the most that common file systems take; room is left for ` (2)`.
function shortened(segment: string): string {
  if (Buffer.byteLength(segment) <= 240) return segment
  const extension = extname(segment).slice(0, 16)
  const kept = Buffer.from(segment)
    .subarray(0, 200)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
  return (kept + extension).replace(LOST_ON_WINDOWS, '_')
}

/** Deletes what interrupted uploads left behind, in the libraries as well. Called before any link is open. */
export async function sweepIncoming(replica: Replica): Promise<void> {
  const names = await readdir(replica.incoming)
  const left = await Promise.all(names.map((name) => stat(join(replica.incoming, name))))
  const placed = left.filter((one) => one.isFile() && one.nlink > 1).map(({ ino }) => ino)
  await withdrawUnregistered(replica, new Set(placed))
  for (const name of names) await rm(join(replica.incoming, name), { recursive: true, force: true })
}

// A file was given its place, and then the power went. Only our own are taken away: people may keep other files there.
async function withdrawUnregistered(replica: Replica, inodes: ReadonlySet<number>): Promise<void> {
  if (inodes.size === 0) return
  const entries = await readdir(replica.photos, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => one.isFile())) {
    const full = join(entry.parentPath, entry.name)
    const path = relative(replica.photos, full).split(sep).join('/')
    // Hidden folders are those of uploads.
    if (path.startsWith('.') || !inodes.has((await stat(full)).ino)) continue
    const isRegistered = replica.statement('SELECT 1 FROM photo_files WHERE path = ?').get(path) !== undefined
    if (!isRegistered) await rm(full)
  }
}
