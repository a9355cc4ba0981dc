/** Where a vault's files lie: the few calls that a folder, a server or an object store must answer. */

/** The kinds of files in a vault. There is one `config`; of every other kind there are many, each named by its id. */
export type FileKind = 'config' | 'key' | 'pack' | 'index' | 'snapshot' | 'lock'

export interface StoredFile {
  /** SHA-256 of the stored bytes, 64 hex digits; of the config `config`. */
  id: string
  /** Bytes. */
  size: number
}

export interface ByteRange {
  offset: number
  length: number
}

export interface Storage {
  /** What a person would call the place. */
  readonly location: string
  /** Makes the place ready for a new vault. */
  prepare(): Promise<void>
  /** Every whole file of the kind, in no order. */
  list(kind: FileKind): Promise<StoredFile[]>
  /**
   * The file's bytes, or those of the range, in memory that is the caller's alone.
   * @throws Problem `not-found`, and `vault-damaged` when the file ends before the range does.
   */
  read(kind: FileKind, id: string, range?: ByteRange): Promise<Buffer>
  /** Resolves once the file is there, whole and durable; until then no reader sees it. @throws Problem `disk-full`. */
  write(kind: FileKind, id: string, bytes: Uint8Array): Promise<void>
  /** Resolves once the file is gone for good, also if it was not there. */
  remove(kind: FileKind, id: string): Promise<void>
  /** Bytes. @throws Problem `not-found`. */
  size(kind: FileKind, id: string): Promise<number>
  /** Deletes what our own writers left behind when they died. Never what another machine may still be writing. */
  sweep(): Promise<void>
}
