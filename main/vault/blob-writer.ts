/** Blobs on their way into a vault: told apart from those it has, sealed by the workers, put in packs and indexed. */
import type { BlobType } from './pack.ts'

export interface BlobWriter {
  /**
   * Stores bytes as one blob unless the vault has them already; resolves with its id once they are sealed.
   * They are durable, and may be referred to, only after `flush`. The bytes must not be changed meanwhile.
   * @param options.again stores it even if it is there already, as repacking does.
   */
  add(type: BlobType, bytes: Uint8Array, options?: { again?: boolean }): Promise<string>
  /** Writes all open packs and then the index files that list them; durable once resolved. */
  flush(): Promise<void>
  /** Ids of the packs written so far. */
  readonly packs: readonly string[]
  /** Bytes added to the storage so far: packs and index files. */
  readonly bytesWritten: number
}
