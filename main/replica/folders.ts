/** Folders of file libraries: the newest change and the bytes below each, kept up to date with every change so that none has to add up. */
import type { Reader, Transaction } from './replica.ts'

/** The folder an item lies in: '' at the top of its collection. */
export function parentOf(name: string): string {
  const slash = name.lastIndexOf('/')
  return slash < 0 ? '' : name.slice(0, slash)
}

/** Folders above a path, outermost first. */
export function foldersAbove(path: string): string[] {
  const above: string[] = []
  for (let at = parentOf(path); at !== ''; at = parentOf(at)) above.unshift(at)
  return above
}

export interface FolderTotals {
  /** The newest change at or below the folder, deletions included; it never goes back. 0 when there was none. */
  newestSeq: number
  /** Of all files below it now. */
  bytes: number
}

/** @param folder '' for the whole library. */
export function folderTotals(reader: Reader, collectionId: number, folder: string): FolderTotals {
  const row = reader
    .statement('SELECT newest_seq, bytes FROM folder_totals WHERE collection_id = ? AND folder = ?')
    .get(collectionId, folder)
  return { newestSeq: Number(row?.newest_seq ?? 0), bytes: Number(row?.bytes ?? 0) }
}

/** Tells a folder, and all folders above it, of a change at or below it. @param bytes more than before, or fewer. */
export function addToFolders(
  tx: Transaction,
  collectionId: number,
  folder: string,
  seq: number,
  bytes: number,
): void {
  const add = tx.statement(
    `INSERT INTO folder_totals (collection_id, folder, newest_seq, bytes) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET newest_seq = excluded.newest_seq, bytes = bytes + excluded.bytes`,
  )
  for (let at = folder; at !== ''; at = parentOf(at)) add.run(collectionId, at, seq, bytes)
  add.run(collectionId, '', seq, bytes)
}
