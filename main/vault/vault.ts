/** A vault: a repository in restic's format v2, opened with one of its passwords. */
import type { Watch } from '../progress.ts'
import type { World } from '../world.ts'
import type { BlobIndex } from './blob-index.ts'
import type { BlobWriter } from './blob-writer.ts'
import type { Sealer } from './crypto.ts'
import type { LockKind } from './lock.ts'
import type { BlobType } from './pack.ts'
import type { SnapshotList } from './snapshot.ts'
import type { Storage } from './storage.ts'

/** The kinds of files that hold one sealed JSON document each. */
export type DocumentKind = 'index' | 'snapshot' | 'lock'

export interface Vault {
  /** 64 hex digits, for life. */
  readonly id: string
  /** Writes and removals are refused once a lock they rely on is lost. */
  readonly storage: Storage
  readonly world: World
  /** Seals and opens boxes with the vault's master key. */
  readonly sealer: Sealer
  /** All snapshots, oldest first; those that cannot be read are named, not fatal. */
  snapshots(): Promise<SnapshotList>
  /** The index of all blobs, brought up to date with the index files in the storage. */
  index(): Promise<BlobIndex>
  /**
   * The blob's bytes, decrypted, decompressed and checked against its id; every copy in the vault is tried.
   * @throws Problem `vault-damaged` when no good copy is left.
   */
  readBlob(type: BlobType, id: string): Promise<Buffer>
  /** Opens a sealed document. @throws Problem `vault-damaged`, `not-found`. */
  readDocument(kind: DocumentKind, id: string): Promise<unknown>
  /** Seals and stores a document durably; returns its id. */
  writeDocument(kind: DocumentKind, document: unknown): Promise<string>
  /**
   * Works under a lock. The watch given to the work is also told to stop when the lock is lost (asleep for too long and removed by another).
   * @throws Problem `vault-locked` when another holds it, `lock-lost`.
   */
  withLock<T>(kind: LockKind, watch: Watch, work: (watch: Watch) => Promise<T>): Promise<T>
  /** Takes blobs, and writes packs and index files as they fill. Only under a lock; close it in any case. */
  writeBlobs<T>(watch: Watch, work: (writer: BlobWriter) => Promise<T>): Promise<T>
  close(): Promise<void>
}
