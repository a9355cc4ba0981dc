/** What a window keeps of the replica, so that it lists and searches by itself: rows without the bytes, and the pages they come in. */
import { z } from 'zod'

const count = z.number().int().nonnegative()
/** Milliseconds since 1970. */
const time = z.number().int()

const row = z.object({
  collection: count,
  /** Name in its collection, for photos the path in the library. With the collection it names the row. */
  name: z.string(),
  /** The version, which is also the change that made it. */
  seq: count,
  /** The item; it stays the same through new versions, renames and moves. */
  item: count,
  size: count,
  /** When this version came. */
  at: time,
  /** When it went; null for what is there. */
  deletedAt: time.nullable(),
  /** False where no reader understands it; it is kept all the same, and shown by its file's name. */
  readable: z.boolean(),
})

export const contactRowSchema = row.extend({
  title: z.string(),
  /** Lower case, family name first: lists go by it. */
  sortName: z.string(),
  organisation: z.string().nullable(),
  phones: z.array(z.string()),
  mails: z.array(z.string()),
  isGroup: z.boolean(),
})
export type ContactRow = z.infer<typeof contactRowSchema>

export const eventRowSchema = row.extend({
  /** `VEVENT`, `VTODO`, `VJOURNAL`, or '' where none was found. */
  component: z.string(),
  title: z.string(),
  place: z.string().nullable(),
  /** Of the first instance; floating and all-day times as if they were UTC. */
  startsAt: time.nullable(),
  /** Of the last instance; null where it never ends. */
  endsAt: time.nullable(),
  allDay: z.boolean(),
  recurring: z.boolean(),
})
export type EventRow = z.infer<typeof eventRowSchema>

export const photoRowSchema = row.extend({
  mediaType: z.string(),
  takenAt: time,
  width: count.nullable(),
  height: count.nullable(),
  /** What a Live Photo and its film have in common. */
  contentId: z.string().nullable(),
  burstId: z.string().nullable(),
})
export type PhotoRow = z.infer<typeof photoRowSchema>

/** An address book, a calendar or a photo library. */
export const collectionRowSchema = z.object({
  id: count,
  phone: z.string(),
  kind: z.enum(['contacts', 'calendar', 'files']),
  displayName: z.string(),
  /** A `mirror` was read from elsewhere and is not served to the phone. */
  origin: z.enum(['ours', 'mirror']),
})
export type CollectionRow = z.infer<typeof collectionRowSchema>

export const viewTableSchema = z.enum(['contacts', 'events', 'photos'])
export type ViewTable = z.infer<typeof viewTableSchema>

/** The names of a row. */
export type RowKey = [collection: number, name: string]

const rowsSchema = z.object({
  contacts: z.array(contactRowSchema),
  events: z.array(eventRowSchema),
  photos: z.array(photoRowSchema),
})
export type ViewRows = z.infer<typeof rowsSchema>

/** Where a page ended: what its last row goes by, and its version. */
const placeSchema = z.tuple([z.union([z.string(), z.number()]), count])
export type PagePlace = z.infer<typeof placeSchema>

const LARGEST_PAGE = 5000
const most = count.min(1).max(LARGEST_PAGE)

/**
 * How a window fills its view: notes the newest change (`view.start`), reads each table page by page in the order of its list, then
 * all that changed since. @see viewContract
 */
export const viewContract = {
  'view.start': {
    input: z.object({}),
    output: z.object({
      epoch: z.string(),
      seq: count,
      collections: z.array(collectionRowSchema),
      counts: z.object({ contacts: count, events: count, photos: count }),
    }),
  },
  /** Contacts by name, events and photos newest first. */
  'view.page': {
    input: z.object({ table: viewTableSchema, after: placeSchema.nullable(), most }),
    output: z.object({ rows: rowsSchema, next: placeSchema.nullable() }),
  },
  /** What was deleted, newest first, as far as it is remembered. */
  'view.deleted': {
    input: z.object({ table: viewTableSchema, after: placeSchema.nullable(), most }),
    output: z.object({ rows: rowsSchema, next: placeSchema.nullable() }),
  },
  /** What came, changed or went after a change, oldest first. Rows that went have `deletedAt`. */
  'view.changes': {
    input: z.object({ since: count, most }),
    output: z.object({
      epoch: z.string(),
      /** Go on from here; it is the newest change once `more` is false. */
      seq: count,
      more: z.boolean(),
      collections: z.array(collectionRowSchema),
      rows: rowsSchema,
      /** Rows to drop: what was there is now elsewhere, or nothing is known of it any more. */
      left: z.array(z.tuple([count, z.string()])),
    }),
  },
} as const
