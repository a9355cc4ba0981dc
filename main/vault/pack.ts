/** Pack files: many sealed blobs in one file, with a sealed header at its end. */

/** What a blob holds: file content or a folder's tree. */
export type BlobType = 'data' | 'tree'

/** A blob in a pack. */
export interface PackedBlob {
  type: BlobType
  /** SHA-256 of the uncompressed bytes, 64 hex digits. */
  id: string
  /** Where its box begins in the pack, and the box's length; bytes. */
  offset: number
  length: number
  /** Null when it is stored uncompressed. */
  uncompressedLength: number | null
}

export interface Pack {
  id: string
  blobs: PackedBlob[]
}
