/** Sends what changed on the phone: deletions first, then new and changed items, with DAVx5's conditions. */

import { type DavAnswer, type DavSession, HttpError } from './dav-session.ts'
import { DAV } from './dav-xml.ts'
import type { PhoneCollection, PhoneItem } from './phone-store.ts'
import type { Tally } from './tally.ts'

const CONTENT_TYPES = {
  contacts: 'text/vcard;charset=utf-8',
  events: 'text/calendar;charset=utf-8',
  tasks: 'text/calendar;charset=utf-8',
} as const

export function itemUrl(collection: PhoneCollection, name: string): URL {
  return new URL(encodeURIComponent(name), collection.url)
}

/** Tells the server of deletions. Any HTTP error is passed over, and the item may come back at the next listing. */
export async function sendDeletions(
  session: DavSession,
  collection: PhoneCollection,
  tally: Tally,
): Promise<boolean> {
  let sent = false
  for (const item of [...collection.items.values()].filter(({ deleted }) => deleted)) {
    try {
      const headers = item.etag ? { 'If-Match': item.etag } : {}
      await session.request('DELETE', itemUrl(collection, item.name), { headers })
      tally.deletedThere++
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      tally.refused++
    }
    collection.items.delete(item.name)
    sent = true
  }
  return sent
}

/** Sends new and changed items, one after the other. Where the server has another version, that one wins. */
export async function sendChanges(
  session: DavSession,
  collection: PhoneCollection,
  tally: Tally,
): Promise<boolean> {
  let sent = false
  for (const item of [...collection.items.values()].filter(({ dirty, deleted }) => dirty && !deleted)) {
    await sendItem(session, collection, item, tally)
    sent = true
  }
  return sent
}

async function sendItem(
  session: DavSession,
  collection: PhoneCollection,
  item: PhoneItem,
  tally: Tally,
): Promise<void> {
  const sentData = item.data
  try {
    const answer = await putItem(session, collection, item)
    tally.uploaded++
    markSent(item, sentData, answer.headers.etag ?? null)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    if (error.status === 412 || error.status === 409) {
      tally.conflicts++
      markSent(item, sentData, null)
    } else if ((error.status === 404 || error.status === 410) && !item.isNew) {
      // Gone there, changed here: it is sent once more as a new one.
      item.isNew = true
      item.etag = null
      await sendItem(session, collection, item, tally)
    } else if (error.status === 403 && error.names(DAV, 'need-privileges')) {
      tally.refused++
    } else {
      throw error
    }
  }
}

function putItem(session: DavSession, collection: PhoneCollection, item: PhoneItem): Promise<DavAnswer> {
  const condition: Record<string, string> = item.isNew
    ? { 'If-None-Match': '*' }
    : item.etag
      ? { 'If-Match': item.etag }
      : {}
  return session.request('PUT', itemUrl(collection, item.name), {
    headers: { 'Content-Type': CONTENT_TYPES[collection.kind], ...condition },
    body: item.data,
  })
}

// Its owner may have edited it while it was on its way: then it stays marked for the next sync.
function markSent(item: PhoneItem, sentData: Buffer, etag: string | null): void {
  item.isNew = false
  item.etag = etag
  if (item.data === sentData) item.dirty = false
}
