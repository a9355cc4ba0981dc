/** A point in time that a restore can bring back: a snapshot in a vault, or a state in the replica's own history. */
import type { Readable } from 'node:stream'
import type { SavedCollection } from '../backup/layout.ts'
import type { Phone } from '../replica/phones.ts'

/** Bytes from `start` to `end`, both inclusive. */
export interface ByteSpan {
  start: number
  end: number
}

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
  stream(span?: ByteSpan): Readable
  /** Looks whether the bytes are where they should be, without reading them. @throws Problem when they are not. */
  check(): Promise<void>
}

export interface PointCollection {
  saved: Omit<SavedCollection, 'folder' | 'items'>
  /** Folders of a file library that hold nothing, and all others, before what lies in them. */
  readonly folders: string[]
  readonly items: PointItem[]
}

export interface Point {
  /** Names the point in records: `snapshot:<id>` or `change:<seq>`. */
  id: string
  /** The change after which the replica was so; null where its history does not know. */
  seq: number | null
  /** When it was: milliseconds since 1970. */
  at: number
  collections: PointCollection[]
}

/** A backup that holds something of a phone. */
export interface PointSummary {
  /** The snapshot's id. */
  id: string
  at: number
  contacts: number
  events: number
  photos: number
  /** False when something had to be left out of it, or when that is not known. */
  isWhole: boolean
}

/** What a phone may look at and bring back, for links, which know no vault. */
export interface Points {
  /** The backups that hold this phone, newest first. @throws Problem when the vault cannot be opened. */
  list(phone: Phone): Promise<PointSummary[]>
  /**
   * @param id as `list` gives it; undefined for what the computer holds now.
   * @throws Problem `not-found` for anything else.
   */
  open(phone: Phone, id: string | undefined): Promise<Point>
}
