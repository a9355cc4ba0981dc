/** A backup: changes since an earlier snapshot become new blobs, new trees and a new snapshot. */
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import type { BlobWriter, WriteOptions } from './blob-writer.ts'
import { CHUNK_LENGTH, isOneBlob } from './chunker.ts'
import { idOf } from './crypto.ts'
import type { Slot } from './folder-edits.ts'
import { isSafeName } from './node-name.ts'
import { pacedReport } from './paced-report.ts'
import type { FileOutcome } from './seal-worker.ts'
import { readSnapshot, type Snapshot, saveSnapshot } from './snapshot.ts'
import { createTreeWriter } from './tree-writer.ts'
import type { Vault } from './vault.ts'

/** A file to write at a path. Its bytes are given, or lie on the disk. */
export interface FileContent {
  /** Bytes. */
  size: number
  /** Milliseconds since 1970. */
  modifiedAt: number
  /** SHA-256 as hex, if known; bytes that turn out different are not stored. */
  hash?: string
  /** Ids of its blobs from an earlier backup; if the vault has all, the file is not even read. */
  blobs?: string[]
  bytes?: Uint8Array
  /** Path of the file on disk. */
  source?: string
  /** Hears the ids of the file's blobs, for `blobs` of later backups. */
  onStored?: (blobs: string[]) => void
}

/**
 * What is different from the base: a file written, a file or a whole folder removed, a folder that must be there.
 * The changes of one folder come together; a folder once left does not come back.
 */
export type Change =
  | { path: string[]; remove: true }
  | { path: string[]; file: FileContent }
  | { path: string[]; folder: true }

export interface SnapshotRequest {
  /** Id of the snapshot whose tree is the starting point; null starts from nothing. */
  base: string | null
  changes: Iterable<Change> | AsyncIterable<Change>
  time: Date
  hostname: string
  username?: string
  tags: string[]
  paths: string[]
  /** Tells by a file's name whether the counts of the result are to include it; all are, if left out. */
  isItem?: (name: string) => boolean
  /** What is to be stored, as far as known, for progress. */
  expected?: { items: number; bytes: number }
}

export interface SnapshotResult {
  snapshot: Snapshot
  /** Files. */
  added: number
  changed: number
  deleted: number
  unchanged: number
  /** Bytes added to the storage, and bytes taken from the sources. */
  bytesWritten: number
  bytesRead: number
  /** Files that could not be stored; what the base held in their place is kept. */
  unreadable: { path: string[]; reason: string }[]
}

/**
 * Writes a snapshot: packs, then index files, then the snapshot itself, each durable before the next. Under a shared lock.
 * @throws Problem `not-found` when the base is gone, `bad-input` for a path that no folder can hold, `disk-full`,
 * `vault-locked`, `lock-lost`, `cancelled`. Whatever stopped it, earlier snapshots are untouched.
 */
export function writeSnapshot(
  vault: Vault,
  request: SnapshotRequest,
  watch: Watch,
  options?: WriteOptions,
): Promise<SnapshotResult> {
  return vault.withLock('shared', watch, (lockedWatch) =>
    vault.writeBlobs(lockedWatch, (writer) => archive(vault, request, writer, lockedWatch), options),
  )
}

async function archive(
  vault: Vault,
  request: SnapshotRequest,
  writer: BlobWriter,
  watch: Watch,
): Promise<SnapshotResult> {
  const base = request.base === null ? null : await readSnapshot(vault, request.base)
  const trees = createTreeWriter(vault, writer, request.isItem ?? (() => true))
  const unreadable: SnapshotResult['unreadable'] = []
  const report = pacedReport(watch, vault.world)
  const inWork = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  const { expected } = request
  let items = 0
  let bytesDone = 0
  let bytesRead = 0

  function settle(path: string[], file: FileContent, slot: Slot, outcome: FileOutcome): void {
    bytesRead += outcome.bytesRead
    items++
    bytesDone += file.size
    const itemsTotal = expected ? Math.max(expected.items, items) : null
    const bytesTotal = expected ? Math.max(expected.bytes, bytesDone) : null
    report({ phase: 'Storing files', items, itemsTotal, bytes: bytesDone, bytesTotal })
    if ('unreadable' in outcome) {
      unreadable.push({ path, reason: outcome.unreadable })
      slot.clear()
      return
    }
    slot.fill({ size: file.size, modifiedAt: file.modifiedAt, content: outcome.blobs })
    file.onStored?.(outcome.blobs)
  }

  // Without a promise for what is at hand, as that is most of what a phone has.
  function store(path: string[], file: FileContent): void {
    const slot = trees.makeFile(path)
    const outcome = storeContent(writer, path.at(-1)!, file)
    if (!(outcome instanceof Promise)) {
      settle(path, file, slot, outcome)
      return
    }
    const stored = outcome
      .then((it) => settle(path, file, slot, it))
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => inWork.delete(stored))
    inWork.add(stored)
  }

  for await (const change of request.changes) {
    stopIfAsked(watch)
    if (failure) throw failure.error
    checkPath(change.path)
    if ('remove' in change) trees.remove(change.path)
    else if ('folder' in change) trees.makeFolder(change.path)
    else {
      const room = writer.room()
      if (room) await room
      store(change.path, change.file)
    }
  }
  await Promise.all(inWork)
  if (failure) throw failure.error
  report({ phase: 'Writing the folders', items, itemsTotal: items, bytes: bytesDone, bytesTotal: bytesDone })
  const { tree, ...counts } = await trees.finish(base?.tree ?? null)
  stopIfAsked(watch)
  await writer.flush()
  const snapshot = await saveSnapshot(vault, {
    time: localTime(request.time),
    ...(base && { parent: base.id }),
    tree,
    paths: request.paths,
    hostname: request.hostname,
    ...(request.username !== undefined && { username: request.username }),
    ...(request.tags.length > 0 && { tags: request.tags }),
    program_version: 'sidekeep',
  })
  const bytesWritten = writer.bytesWritten + (await vault.storage.size('snapshot', snapshot.id))
  return { snapshot, ...counts, bytesWritten, bytesRead, unreadable }
}

function storeContent(
  writer: BlobWriter,
  name: string,
  file: FileContent,
): FileOutcome | Promise<FileOutcome> {
  const { size, hash, blobs, bytes, source } = file
  const isWhole = blobs !== undefined && blobs.length > 0 === size > 0
  if (isWhole && blobs.every((id) => writer.has('data', id))) return { blobs, bytesRead: 0 }
  if (bytes) return storeBytes(writer, name, bytes, file)
  if (source !== undefined) return writer.addFile({ source, name, size, hash })
  if (isOneBlob(size) && hash !== undefined && writer.has('data', hash)) {
    return { blobs: [hash], bytesRead: 0 }
  }
  return { unreadable: 'Its bytes are not at hand, and the vault does not have them.', bytesRead: 0 }
}

function storeBytes(
  writer: BlobWriter,
  name: string,
  bytes: Uint8Array,
  { size, hash }: FileContent,
): FileOutcome {
  const bytesRead = bytes.length
  if (size !== bytes.length || (hash !== undefined && idOf(bytes) !== hash)) {
    return { unreadable: 'Its bytes are not those that its size and hash tell of.', bytesRead }
  }
  const blobs: string[] = []
  for (let at = 0; at < size; at += CHUNK_LENGTH) {
    blobs.push(writer.add('data', bytes.subarray(at, at + CHUNK_LENGTH), { name }))
  }
  return { blobs, bytesRead }
}

function checkPath(path: string[]): void {
  if (path.length > 0 && path.every(isSafeName)) return
  throw new Problem('bad-input', `“${path.join('/')}” is no path that a vault can hold.`, 'Rename it.')
}

/** RFC 3339 with this computer's offset from UTC at that time: retention goes by its calendar. */
function localTime(time: Date): string {
  const offset = -time.getTimezoneOffset()
  const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, -1)
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`
}
