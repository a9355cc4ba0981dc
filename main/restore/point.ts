/** A point in time that a restore can bring back: a snapshot in a vault, or an earlier state in the replica's own history. */
import type { Readable } from 'node:stream'
import type { SavedCollection } from '../backup/layout.ts'

/** One item as it was at the point. */
export interface PointItem {
  name: string
  /** Of the bytes, hex, where it is known without reading them. */
  hash: string | null
  size: number
  modifiedAt: number
  /** The whole bytes; only for cards and calendar objects. */
  bytes(): Promise<Uint8Array>
  /** The bytes as a stream, for files of any size. */
  stream(): Readable
}

export interface PointCollection {
  saved: Omit<SavedCollection, 'folder' | 'items'>
  /** Folders of a file library that hold nothing, and all others, before what lies in them. */
  folders: string[]
  items: PointItem[]
}

export interface Point {
  /** Names the point in records: `snapshot:<id>` or `change:<seq>`. */
  id: string
  /** When it was: milliseconds since 1970. */
  at: number
  collections: PointCollection[]
}
