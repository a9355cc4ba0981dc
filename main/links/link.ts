/**
 * What every link to data that lies elsewhere (a phone on a cable, a phone's backup, an account in a cloud) offers to the engine: find
 * its sources, capture what is there, and send things back. The engine knows links by this alone; links know the replica only by
 * the sink they are handed.
 */
import type { Readable } from 'node:stream'
import type { Watch } from '../progress.ts'
import type { Captured, CapturedItem } from '../replica/capture.ts'

export type LinkKind = 'android' | 'iphone' | 'cloud'
export type DataKind = 'contacts' | 'calendar' | 'photos'

/** How things stand with a source: `ready`, or what a person has to do first. */
export interface SourceState {
  /** Such as `ready`, `unauthorised`, `locked`, `password-needed`, `unreachable`. */
  code: string
  sentence: string
  /** What to do about it; empty when it is ready. */
  next: string
}

/** What a link can do with one kind of data of a source; a sentence says why not, or with what limit. */
export interface Ability {
  read: boolean
  write: boolean
  limit: string
}

/** A phone, a backup or an account that a link has found. */
export interface Source {
  link: LinkKind
  /** The same for the same device or account for ever, also after a reset. */
  id: string
  /** How its owner knows it, such as `Pixel 8`. */
  name: string
  state: SourceState
  abilities: Record<DataKind, Ability>
  /** For a source that gets new content as a whole, such as a backup: changes when it did, so that it is captured by itself. */
  edition?: string
  /** For a device that tells: changes when it was reset and set up anew, such as Android's `android_id`. */
  installation?: string
}

/** A list of contacts or a calendar as it is in the source; a long one may be handed over in parts, under one id. */
export interface CapturedCollection {
  kind: 'contacts' | 'calendar'
  /** The same from capture to capture, such as account and source id. */
  id: string
  displayName: string
  items: AsyncIterable<CapturedItem>
  /** All of it is in `items`: what was captured before and is not there now is gone. Never true when any of it could not be read. */
  complete: boolean
  /** For a source that tells what changed: identities that came before and are gone. Asked for once all items came. */
  gone?: () => readonly string[]
}

/** A photo or film in the source. */
export interface CapturedFile {
  /** Path below the phone's library, such as `DCIM/Camera/IMG_1.jpg`. */
  path: string
  /** Bytes. */
  size: number
  /** Milliseconds since 1970. */
  modifiedAt: number
  open(): Readable | Promise<Readable>
  /** The stream's pieces are nobody else's, so that whoever reads them may free their memory once they are used. */
  piecesToFree?: true
}

/** Where a link remembers what its owner told it, such as the accounts to read. No secrets go here. */
export interface LinkMemory {
  /** As it was last written; undefined at first. The link checks it. */
  read(): unknown
  /** Takes anything that JSON can hold; resolves once it is durable. */
  write(value: unknown): Promise<void>
}

/** Where captured things go. Each call resolves once what it took is durable. */
export interface CaptureSink {
  collection(collection: CapturedCollection): Promise<Captured>
  /** Tells whether a file of this path, size and time was captured before; then it need not be opened. */
  hasFile(file: Pick<CapturedFile, 'path' | 'size' | 'modifiedAt'>): boolean
  file(file: CapturedFile): Promise<'added' | 'changed' | 'unchanged'>
  /**
   * Tells all collections of a kind that the source has now, also those that are not handed over. What was captured before and is not
   * among them is gone as a whole. Not called when the source could not tell, so that what an outage hides is not gone.
   */
  listed(kind: CapturedCollection['kind'], ids: readonly string[]): void
  /** Remembers how far a long capture came: cut off later, the next one begins with this cursor. It must not hide what is gone. */
  reached(cursor: unknown): Promise<void>
  /** What could not be read, in a person's words; counted and named in the report, and the rest goes on. */
  missed(what: string, reason: string): void
}

export interface CaptureRequest {
  kinds: readonly DataKind[]
  /** What the last capture of this source left behind, checked by the link itself; undefined for the first. */
  cursor: unknown
  /** Answers for what the source asks, such as `{ password }`. */
  secrets: Readonly<Record<string, string>>
  /** Its owner is there and asked for this capture; else it came about by the clock, or because the source appeared. */
  asked?: boolean
  /** The owner's word that what a link held back (an emptied account, an older state) is to be taken as it is. */
  accept?: boolean
}

/** Something to bring back. */
export interface SentItem {
  kind: 'contacts' | 'calendar'
  name: string
  bytes: Uint8Array
  /** The list or calendar it lies in; `id` is what the link called it when it was captured from this source, else null. */
  collection: { id: string | null; displayName: string }
}

export interface SendReport {
  added: number
  changed: number
  unchanged: number
  failed: { name: string; reason: string }[]
  /** Of what was added or changed, that which the source has no place for. */
  partial?: { name: string; reason: string }[]
  /** What a person still has to do on the device, such as tapping Import; null when all is done. */
  next: string | null
}

export interface SendRequest {
  items: readonly SentItem[]
  files: readonly CapturedFile[]
  /** Only tell what would be done. */
  dryRun: boolean
  secrets: Readonly<Record<string, string>>
}

export interface Link {
  readonly kind: LinkKind
  /** The sources that can be seen at this moment, also those that are not ready. */
  find(watch: Watch): Promise<Source[]>
  /**
   * Makes a source known that is not found by itself, such as an account or a phone on Wi-Fi. Links that find all by themselves lack it.
   * @param options as the link's own words name them, such as `url` and `user`. @param secrets as in a capture; not kept by the link.
   * @throws Problem when it cannot be reached or does not let us in, `bad-input` for options that do not fit.
   */
  connect?(
    options: Readonly<Record<string, string>>,
    secrets: Readonly<Record<string, string>>,
    watch: Watch,
  ): Promise<Source>
  /** Lets go of what `connect` made known. */
  disconnect?(sourceId: string): Promise<void>
  /**
   * Reads what is new since the cursor, the smallest kinds first. Stopped or cut off, what came is kept, and the next capture goes on.
   * A source that is down, empty at once or in error changes nothing. @returns the next cursor, as JSON.
   * @throws Problem when the source cannot be read at all.
   */
  capture(source: Source, request: CaptureRequest, sink: CaptureSink, watch: Watch): Promise<unknown>
  /** Brings things back into the source; run twice, it adds nothing twice. @throws Problem when it cannot be written at all. */
  send(source: Source, request: SendRequest, watch: Watch): Promise<SendReport>
}
