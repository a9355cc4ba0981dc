/** A backup: changes since an earlier snapshot become new blobs, new trees and a new snapshot. */
import type { Watch } from '../progress.ts'
import type { Snapshot } from './snapshot.ts'
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
}

export interface SnapshotResult {
  snapshot: Snapshot
  /** Files. */
  added: number
  changed: number
  deleted: number
  unchanged: number
  /** Bytes added to the storage, and bytes read from the sources. */
  bytesWritten: number
  bytesRead: number
  /** Files that could not be stored; what the base held in their place is kept. */
  unreadable: { path: string[]; reason: string }[]
}

export type WriteSnapshot = (vault: Vault, request: SnapshotRequest, watch: Watch) => Promise<SnapshotResult>
