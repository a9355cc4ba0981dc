/** The index in memory: where every blob lies, in about 60 bytes a blob. */
import type { BlobType, Pack, PackedBlob } from './pack.ts'

/** A blob and the pack it lies in. */
export interface BlobPlace extends PackedBlob {
  pack: string
}

export interface BlobIndex {
  /** Entries, counting each copy of a blob. Entries are numbered from 0 in the order they were added. */
  readonly size: number
  has(type: BlobType, id: string): boolean
  /** The first copy's place. */
  find(type: BlobType, id: string): BlobPlace | undefined
  /** Every copy's place; a blob may lie in several packs. */
  findAll(type: BlobType, id: string): BlobPlace[]
  /** Numbers of the entries of every copy; -1 ends the chain. For bitmaps over the whole index. */
  firstEntry(type: BlobType, id: string): number
  nextCopy(entry: number): number
  place(entry: number): BlobPlace
  /** Ids of all packs, in the order they were added. */
  packIds(): Iterable<string>
  hasPack(id: string): boolean
  /** The pack's blobs by offset; empty when the pack is not in the index. */
  blobsOf(pack: string): PackedBlob[]
  /** Entry numbers of a pack's blobs, in no order. */
  entriesOf(pack: string): Iterable<number>
  /** Adds a pack's blobs; those it has at the same place already are left out. */
  add(pack: Pack): void
}
