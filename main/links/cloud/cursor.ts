/** What a capture leaves behind for the next: of each collection its token, and of each item where it lies, as what, and in which state. */
import { z } from 'zod'

/** Of one item: its ETag, its identity, and its ETags before, the latest first. */
const Known = z.tuple([z.string(), z.string(), z.array(z.string())])

const Collection = z.object({
  kind: z.enum(['contacts', 'calendar']),
  displayName: z.string(),
  syncToken: z.string().nullable(),
  ctag: z.string().nullable(),
  /** By path. */
  items: z.record(z.string(), Known),
  /** Since when its changes have been held back, in milliseconds since 1970. */
  heldSince: z.number().nullable(),
})

const Cursor = z.object({
  /** Who we were to the servers. */
  principals: z.object({ contacts: z.string().nullable(), calendar: z.string().nullable() }),
  /** By address. */
  collections: z.record(z.string(), Collection),
})

export type Known = z.infer<typeof Known>
export type CollectionCursor = z.infer<typeof Collection>
export type Cursor = z.infer<typeof Cursor>

const FIRST: Cursor = { principals: { contacts: null, calendar: null }, collections: {} }

/** @throws ZodError for one that this link did not write. */
export function readCursor(written: unknown): Cursor {
  return written === undefined || written === null ? FIRST : Cursor.parse(written)
}

const MOST_EARLIER = 3

/** What is to be known of an item that has this ETag now. */
export function know(etag: string, identity: string, before: Known | undefined): Known {
  if (!before) return [etag, identity, []]
  const [last, , earlier] = before
  if (last === etag) return [etag, identity, earlier]
  return [
    etag,
    identity,
    [last, ...earlier.filter((one) => one !== etag && one !== last)].slice(0, MOST_EARLIER),
  ]
}
