/**
 * How things that we wrote to a phone are known again when they are captured: a mark says which item of which collection it is, in a
 * column that apps leave alone. So an item that came back after a reset is the same one, and a second way back adds nothing.
 */
import { hash } from 'node:crypto'

/** What a contact on the phone was written from. */
export interface Origin {
  uid: string
  /** The collection's id as captured; null for what came from elsewhere. */
  book: string | null
}

const PREFIX = 'sidekeep:'

/** The mark of a contact, for its column `sourceid`. */
export function contactMark({ uid, book }: Origin): string {
  return PREFIX + JSON.stringify([uid, book])
}

/** What a contact's `sourceid` says of where it is from; null for one that an account gave. */
export function readContactMark(sourceId: string | null): Origin | null {
  if (!sourceId?.startsWith(PREFIX)) return null
  try {
    const parts: unknown = JSON.parse(sourceId.slice(PREFIX.length))
    if (!Array.isArray(parts) || typeof parts[0] !== 'string') return null
    return { uid: parts[0], book: typeof parts[1] === 'string' ? parts[1] : null }
  } catch {
    return null
  }
}

/** A row of data with a contact's mark, for contacts that an app imports: it passes rows of unknown kinds on as they are. */
export const ORIGIN_MIMETYPE = 'vnd.android.cursor.item/vnd.sidekeep.origin'

/** The account of our own calendars; of type LOCAL, as the phone removes calendars of other accounts that it does not know. */
export const OUR_ACCOUNT = { account_name: 'Sidekeep', account_type: 'LOCAL' } as const

/** The mark of a calendar, for its `_sync_id`. @param from id of the calendar as it was captured; null for one from elsewhere. */
export function calendarMark(from: string | null, displayName: string): string {
  return from === null ? `${PREFIX}named/${displayName}` : `${PREFIX}from/${from}`
}

/** The id under which a calendar with this mark is captured: that of the calendar that it was written from. */
export function calendarFrom(syncId: string | null): string | null {
  const head = `${PREFIX}from/`
  return syncId?.startsWith(head) ? syncId.slice(head.length) : null
}

/** The mark of an event, for its `_sync_id`. Safe to stand in SQL. */
export function eventMark(uid: string): string {
  return `${PREFIX}${hash('sha256', uid).slice(0, 32)}`
}

/** SQL for contacts that bear our mark. */
export const HAS_CONTACT_MARK = `sourceid LIKE '${PREFIX}%'`

/** SQL for rows of events that bear our mark. */
export const HAS_EVENT_MARK = `_sync_id LIKE '${PREFIX}%'`
