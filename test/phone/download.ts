/** Fetches what changed on the server: which members, by listing or sync-collection, then their bytes by multiget. */

import { type DavSession, HttpError } from './dav-session.ts'
import {
  CALDAV,
  CARDDAV,
  childOf,
  DAV,
  type DavResponse,
  escapeXml,
  propertyOf,
  readMultistatus,
} from './dav-xml.ts'
import { type PhoneCollection, readUid } from './phone-store.ts'
import type { Tally } from './tally.ts'
import { itemUrl } from './upload.ts'

const MULTIGET_BATCH = 10
const PARALLEL_MULTIGETS = 4
const NAMESPACES = `xmlns="${DAV}" xmlns:CARD="${CARDDAV}" xmlns:CAL="${CALDAV}"`

/** What a download works on. */
export interface Target {
  session: DavSession
  collection: PhoneCollection
  tally: Tally
  /** Most changes in one answer to sync-collection; null sets no limit. */
  changesPerAnswer: number | null
}

/**
 * Takes over the server's changes since the last sync token, in as many answers as the server needs (507).
 * An invalid token begins anew: all is listed, and local items not listed are removed.
 */
export async function fetchChanges(target: Target): Promise<void> {
  const { collection } = target
  let token = collection.state?.type === 'sync-token' ? collection.state.value : null
  // A first listing that broke off goes on from its last token and stays a first one.
  let initial = token === null || (collection.state?.type === 'sync-token' && collection.state.initial)
  if (token === null) unmarkAll(collection)
  for (let more = true; more; ) {
    let page: ChangePage
    try {
      page = await requestChanges(target, token)
    } catch (error) {
      const invalid = error instanceof HttpError && error.names(DAV, 'valid-sync-token')
      if (!invalid || token === null) throw error
      token = null
      initial = true
      collection.state = null
      unmarkAll(collection)
      continue
    }
    await takeOver(target, page.members)
    for (const name of page.removed) removeHere(target, name)
    token = page.token
    more = page.more
    collection.state = { type: 'sync-token', value: token, initial }
  }
  if (initial) {
    removeUnlisted(target)
    collection.state = { type: 'sync-token', value: token!, initial: false }
  }
}

interface Member {
  name: string
  etag: string
}

interface ChangePage {
  members: Member[]
  /** Names of members that are gone. */
  removed: string[]
  token: string
  more: boolean
}

async function requestChanges(target: Target, token: string | null): Promise<ChangePage> {
  const { session, collection, changesPerAnswer } = target
  const limit = changesPerAnswer === null ? '' : `<limit><nresults>${changesPerAnswer}</nresults></limit>`
  const { body } = await session.request('REPORT', new URL(collection.url), {
    headers: { Depth: '0', 'Content-Type': XML_TYPE },
    body:
      `${XML_HEAD}<sync-collection ${NAMESPACES}><sync-token>${escapeXml(token ?? '')}</sync-token>` +
      `<sync-level>1</sync-level>${limit}<prop><getetag/><resourcetype/></prop></sync-collection>`,
  })
  const { responses, syncToken } = readMultistatus(body)
  if (!syncToken) throw new Error('The answer to sync-collection has no sync-token.')
  const own = new URL(collection.url).pathname
  const page: ChangePage = { members: [], removed: [], token: syncToken, more: false }
  for (const response of responses) {
    if (pathOf(collection, response) === own) page.more ||= response.status === 507
    else if (response.status === 404) page.removed.push(nameOf(response))
    else if (!isCollection(response)) page.members.push(readMember(response))
  }
  return page
}

/** Lists all members, events by a query from `eventsSince` on; local items not listed are removed. */
export async function fetchByListing(target: Target, eventsSince: Date | null): Promise<void> {
  const { session, collection } = target
  unmarkAll(collection)
  const { body } =
    collection.kind === 'contacts'
      ? await session.request('PROPFIND', new URL(collection.url), {
          headers: { Depth: '1', 'Content-Type': XML_TYPE },
          body: `${XML_HEAD}<propfind ${NAMESPACES}><prop><resourcetype/><getetag/></prop></propfind>`,
        })
      : await session.request('REPORT', new URL(collection.url), {
          headers: { Depth: '1', 'Content-Type': XML_TYPE },
          body: calendarQuery(collection.kind === 'events' ? 'VEVENT' : 'VTODO', eventsSince),
        })
  const members = readMultistatus(body).responses.filter((response) => !isCollection(response))
  await takeOver(target, members.map(readMember))
  removeUnlisted(target)
}

function calendarQuery(component: 'VEVENT' | 'VTODO', since: Date | null): string {
  const start = since?.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const range = start ? `<CAL:time-range start="${start}"/>` : ''
  return (
    `${XML_HEAD}<CAL:calendar-query ${NAMESPACES}><prop><getetag/></prop><CAL:filter>` +
    `<CAL:comp-filter name="VCALENDAR"><CAL:comp-filter name="${component}">${range}</CAL:comp-filter></CAL:comp-filter>` +
    '</CAL:filter></CAL:calendar-query>'
  )
}

/** Marks the listed members as present and fetches those whose ETag is not the one known here. */
async function takeOver(target: Target, members: Member[]): Promise<void> {
  const { collection } = target
  const wanted: string[] = []
  for (const { name, etag } of members) {
    const local = collection.items.get(name)
    if (local) local.present = true
    if (local?.etag !== etag) wanted.push(name)
  }
  const batches: string[][] = []
  for (let i = 0; i < wanted.length; i += MULTIGET_BATCH) batches.push(wanted.slice(i, i + MULTIGET_BATCH))
  const worker = async (): Promise<void> => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) await multiget(target, batch)
  }
  // All are waited for, so that none goes on in the background after another failed.
  const workers = await Promise.allSettled(Array.from({ length: PARALLEL_MULTIGETS }, worker))
  for (const { status, reason } of workers as PromiseRejectedResult[]) if (status === 'rejected') throw reason
}

async function multiget({ session, collection, tally }: Target, names: string[]): Promise<void> {
  const hrefs = names.map((name) => `<href>${escapeXml(itemUrl(collection, name).pathname)}</href>`).join('')
  const contacts = collection.kind === 'contacts'
  const { body } = await session.request('REPORT', new URL(collection.url), {
    headers: contacts ? { Depth: '0', 'Content-Type': XML_TYPE } : { 'Content-Type': XML_TYPE },
    body: contacts
      ? `${XML_HEAD}<CARD:addressbook-multiget ${NAMESPACES}><prop><getcontenttype/><getetag/>` +
        `<CARD:address-data content-type="text/vcard"/></prop>${hrefs}</CARD:addressbook-multiget>`
      : `${XML_HEAD}<CAL:calendar-multiget ${NAMESPACES}><prop><getcontenttype/><getetag/><schedule-tag/>` +
        `<CAL:calendar-data/></prop>${hrefs}</CAL:calendar-multiget>`,
  })
  for (const response of readMultistatus(body).responses) {
    const data = contacts
      ? propertyOf(response, CARDDAV, 'address-data')
      : propertyOf(response, CALDAV, 'calendar-data')
    // Removed in the meantime; the next sync hears of it.
    if (!data) continue
    store(
      collection,
      nameOf(response),
      Buffer.from(data.text),
      propertyOf(response, DAV, 'getetag')?.text.trim(),
      tally,
    )
  }
}

function store(
  collection: PhoneCollection,
  name: string,
  data: Buffer,
  etag: string | undefined,
  tally: Tally,
): void {
  if (!etag) throw new Error(`The server gave ${name} without an ETag.`)
  const local = collection.items.get(name)
  // Edited here while the server's change was on its way: as in DAVx5, the server wins.
  if (local && (local.dirty || local.deleted)) tally.conflicts++
  tally.downloaded++
  collection.items.set(name, {
    name,
    uid: readUid(data),
    data,
    etag,
    isNew: false,
    dirty: false,
    deleted: false,
    present: true,
  })
}

function unmarkAll(collection: PhoneCollection): void {
  for (const item of collection.items.values()) item.present = false
}

/** What the server's full listing did not name is gone there; what was changed here meanwhile stays. */
function removeUnlisted(target: Target): void {
  for (const item of target.collection.items.values()) {
    if (!item.present && !item.dirty && !item.deleted) removeHere(target, item.name)
  }
}

function removeHere({ collection, tally }: Target, name: string): void {
  const local = collection.items.get(name)
  if (!local) return
  if (local.dirty) tally.conflicts++
  tally.deletedHere++
  collection.items.delete(name)
}

function readMember(response: DavResponse): Member {
  const etag = propertyOf(response, DAV, 'getetag')?.text.trim()
  if (!etag) throw new Error(`The server listed ${response.href} without an ETag.`)
  return { name: nameOf(response), etag }
}

function isCollection(response: DavResponse): boolean {
  const type = propertyOf(response, DAV, 'resourcetype')
  return type !== undefined && childOf(type, DAV, 'collection') !== undefined
}

function pathOf(collection: PhoneCollection, response: DavResponse): string {
  return new URL(response.href, collection.url).pathname
}

function nameOf(response: DavResponse): string {
  return decodeURIComponent(response.href.split('/').at(-1)!)
}

const XML_TYPE = 'application/xml; charset=utf-8'
const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
