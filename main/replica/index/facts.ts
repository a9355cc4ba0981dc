/** The index beside the bytes: what lists and searches need, read from the bytes and never more than a view of them. */
import type { Reader, Transaction } from '../replica.ts'

/** Its tables; a version has a row in at most one. */
export const INDEX_TABLES = ['contact_index', 'event_index', 'photo_index'] as const

/**
 * Those that know of an item only its newest version, and of one that is gone its last. What is known of a photo stays with all its
 * past versions, to choose from them in a restore.
 */
export const NEWEST_TABLES = ['contact_index', 'event_index'] as const

export interface ContactFacts {
  kind: 'contact'
  uid: string | null
  /** The name to show; '' when none could be read, and the list then shows the item's own name. */
  name: string
  /** Lower case, family name first, for ordering. */
  sortName: string
  organisation: string | null
  phones: string[]
  mails: string[]
  /** A group card (RFC 6350, 6.1.4, or Apple's X-ADDRESSBOOKSERVER-KIND). */
  isGroup: boolean
  /** False when the reader had to give up; the item is kept all the same. */
  readable: boolean
}

export interface EventFacts {
  kind: 'event' | 'task' | 'other'
  uid: string | null
  /** `VEVENT`, `VTODO`, `VJOURNAL`, or '' when none was found. */
  component: string
  title: string
  place: string | null
  /** Start of the first instance, milliseconds since 1970; floating and all-day times are taken as UTC. Null when unknown. */
  startsAt: number | null
  /** End of the last instance; null when it never ends or is not known. */
  endsAt: number | null
  allDay: boolean
  recurring: boolean
  readable: boolean
}

export interface PhotoFacts {
  kind: 'file'
  uid: null
  /** Media type by content, or by name where the content does not tell. */
  mediaType: string
  /** When it was taken, milliseconds since 1970, as local time taken for UTC where its source names no offset. */
  takenAt: number
  /** How far ahead of UTC the camera's clock was, in milliseconds, 0 where unknown; to name the file by, and not kept. */
  clockOffset: number
  /** Where that date is from; `sent` is the time that came with the file, and the last resort. */
  takenFrom: 'exif' | 'film' | 'name' | 'sent'
  camera: string | null
  width: number | null
  height: number | null
  latitude: number | null
  longitude: number | null
  /** What a Live Photo and its film have in common. */
  contentId: string | null
  /** What the photos of a burst have in common. */
  burstId: string | null
  /** A motion photo: a photo whose file holds a film too. */
  hasFilm: boolean
  /** The camera's own notes are there, which few programs keep. */
  hasMakerNote: boolean
  /** The fields of a place are there, and blanked. */
  placeEmptied: boolean
  /** It has fewer pixels than its camera noted. */
  isShrunk: boolean
  readable: boolean
}

export type Facts = ContactFacts | EventFacts | PhotoFacts

// Enough for any list or search; a broken file of megabytes must not become an index of megabytes.
const LONGEST_TEXT = 500
const LONGEST_UID = 2000
const LONGEST_LIST = 100

/** A text as the index keeps it. */
export function clip(text: string): string {
  return text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text
}

export function clipAll(texts: string[]): string[] {
  return texts.slice(0, LONGEST_LIST).map(clip)
}

/** A UID names its item, so it is kept whole or not at all. */
export function clipUid(uid: string): string | null {
  return uid === '' || uid.length > LONGEST_UID ? null : uid
}

export function storeFacts(tx: Transaction, seq: number, facts: Facts): void {
  const flag = (value: boolean) => (value ? 1 : 0)
  if (facts.kind === 'contact') {
    const { name, sortName, organisation, phones, mails, isGroup, readable } = facts
    tx.statement(
      `INSERT OR REPLACE INTO contact_index (seq, name, sort_name, organisation, phones, mails, is_group, readable)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      seq,
      name,
      sortName,
      organisation,
      JSON.stringify(phones),
      JSON.stringify(mails),
      flag(isGroup),
      flag(readable),
    )
  } else if (facts.kind === 'file') {
    storePhotoFacts(tx, seq, facts)
  } else {
    const { component, title, place, startsAt, endsAt, allDay, recurring, readable } = facts
    tx.statement(
      `INSERT OR REPLACE INTO event_index
         (seq, component, title, place, starts_at, ends_at, all_day, recurring, readable)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(seq, component, title, place, startsAt, endsAt, flag(allDay), flag(recurring), flag(readable))
  }
}

function storePhotoFacts(tx: Transaction, seq: number, facts: PhotoFacts): void {
  const values = PHOTO_COLUMNS.map(([, field]) => {
    const value = facts[field]
    return typeof value === 'boolean' ? Number(value) : value
  })
  tx.statement(
    `INSERT OR REPLACE INTO photo_index (seq, ${PHOTO_COLUMNS.map(([column]) => column).join(', ')})
     VALUES (?, ${PHOTO_COLUMNS.map(() => '?').join(', ')})`,
  ).run(seq, ...values)
}

/** Keeps a photo's date right whose only source was the time that came with the file, when that is changed. */
export function followSentTime(tx: Transaction, item: { seq: number; modifiedAt: number }): void {
  tx.statement(`UPDATE photo_index SET taken_at = ? WHERE seq = ? AND taken_from = 'sent'`).run(
    item.modifiedAt,
    item.seq,
  )
}

/** Columns of `photo_index` after `seq`, and the fields that they hold. */
export const PHOTO_COLUMNS = [
  ['media_type', 'mediaType'],
  ['taken_at', 'takenAt'],
  ['taken_from', 'takenFrom'],
  ['camera', 'camera'],
  ['width', 'width'],
  ['height', 'height'],
  ['latitude', 'latitude'],
  ['longitude', 'longitude'],
  ['content_id', 'contentId'],
  ['burst_id', 'burstId'],
  ['has_film', 'hasFilm'],
  ['has_maker_note', 'hasMakerNote'],
  ['place_emptied', 'placeEmptied'],
  ['is_shrunk', 'isShrunk'],
  ['readable', 'readable'],
] as const satisfies [column: string, field: keyof PhotoFacts][]

export type EventTimes = Pick<
  EventFacts,
  'component' | 'startsAt' | 'endsAt' | 'allDay' | 'recurring' | 'readable'
>

const EVENT_TIMES = 'e.seq, e.component, e.starts_at, e.ends_at, e.all_day, e.recurring, e.readable'

function eventTimes(row: Record<string, unknown>): EventTimes {
  return {
    component: String(row.component),
    startsAt: row.starts_at === null ? null : Number(row.starts_at),
    endsAt: row.ends_at === null ? null : Number(row.ends_at),
    allDay: row.all_day === 1,
    recurring: row.recurring === 1,
    readable: row.readable === 1,
  }
}

/** What a calendar item's index says of its time; undefined when it has no entry. */
export function readEventFacts(reader: Reader, seq: number): EventTimes | undefined {
  const row = reader.statement(`SELECT ${EVENT_TIMES} FROM event_index e WHERE e.seq = ?`).get(seq)
  return row && eventTimes(row)
}

/** A file's media type by its index; undefined when it has no entry. */
export function readMediaType(reader: Reader, seq: number): string | undefined {
  const row = reader.statement('SELECT media_type FROM photo_index WHERE seq = ?').get(seq)
  return row && String(row.media_type)
}

/** The same for all that is in a calendar now, by `Item.seq`. */
export function listEventFacts(reader: Reader, collectionId: number): Map<number, EventTimes> {
  const rows = reader
    .statement(
      `SELECT ${EVENT_TIMES} FROM versions v JOIN event_index e ON e.seq = v.seq
       WHERE v.collection_id = ? AND v.until IS NULL`,
    )
    .all(collectionId)
  return new Map(rows.map((row) => [Number(row.seq), eventTimes(row)]))
}
