/** One sync run of one collection, in the order of DAVx5: ask the state, delete, upload, and then fetch if anything changed. */

import type { DavSession } from './dav-session.ts'
import { CALENDARSERVER, childOf, childrenOf, DAV, propertyOf, readMultistatus } from './dav-xml.ts'
import { fetchByListing, fetchChanges } from './download.ts'
import type { PhoneCollection, SyncState } from './phone-store.ts'
import type { Tally } from './tally.ts'
import { sendChanges, sendDeletions } from './upload.ts'

export interface SyncOptions {
  /** Older events are left on the server; null takes all of them, by sync-collection. DAVx5's default is 90. */
  pastEventDays: number | null
  /** Most changes in one answer to sync-collection; null sets no limit, as DAVx5. */
  changesPerAnswer: number | null
  now: () => Date
}

interface RemoteState {
  syncToken: string | null
  ctag: string | null
  offersSyncCollection: boolean
}

/** @throws ConnectionLost or HttpError; what was done before stays done, and the next run goes on. */
export async function syncCollection(
  session: DavSession,
  collection: PhoneCollection,
  tally: Tally,
  options: SyncOptions,
): Promise<void> {
  const before = await askState(session, collection)
  const deletionsSent = await sendDeletions(session, collection, tally)
  const changesSent = await sendChanges(session, collection, tally)
  const nothingSent = !deletionsSent && !changesSent
  if (nothingSent && isUnchanged(collection.state, before)) return
  const target = { session, collection, tally, changesPerAnswer: options.changesPerAnswer }
  const limited =
    collection.kind === 'tasks' || (collection.kind === 'events' && options.pastEventDays !== null)
  if (before.offersSyncCollection && !limited) {
    await fetchChanges(target)
    return
  }
  // The state is asked before the listing, so that what changes during it is seen the next time.
  const listed = nothingSent ? before : await askState(session, collection)
  const days = options.pastEventDays
  await fetchByListing(target, days === null ? null : new Date(options.now().getTime() - days * 86_400_000))
  const value = listed.syncToken ?? listed.ctag
  collection.state = value === null ? null : { type: 'listed', value }
}

function isUnchanged(state: SyncState | null, remote: RemoteState): boolean {
  if (!state || (state.type === 'sync-token' && state.initial)) return false
  const known = state.type === 'sync-token' ? remote.syncToken : (remote.syncToken ?? remote.ctag)
  return state.value === known
}

async function askState(session: DavSession, collection: PhoneCollection): Promise<RemoteState> {
  const { body } = await session.request('PROPFIND', new URL(collection.url), {
    headers: { Depth: '0', 'Content-Type': 'application/xml; charset=utf-8' },
    body:
      `<?xml version="1.0" encoding="UTF-8"?><propfind xmlns="${DAV}" xmlns:CS="${CALENDARSERVER}" ` +
      'xmlns:CARD="urn:ietf:params:xml:ns:carddav" xmlns:CAL="urn:ietf:params:xml:ns:caldav"><prop>' +
      '<supported-report-set/><sync-token/><CS:getctag/><CARD:max-resource-size/><CAL:max-resource-size/>' +
      '<CARD:supported-address-data/></prop></propfind>',
  })
  const response = readMultistatus(body).responses[0]
  if (!response) throw new Error(`The server says nothing of ${collection.url}.`)
  const reports = propertyOf(response, DAV, 'supported-report-set')
  const offered = (reports ? childrenOf(reports, DAV, 'supported-report') : []).flatMap(
    (supported) => childOf(supported, DAV, 'report')?.children ?? [],
  )
  return {
    syncToken: propertyOf(response, DAV, 'sync-token')?.text.trim() || null,
    ctag: propertyOf(response, CALENDARSERVER, 'getctag')?.text.trim() || null,
    offersSyncCollection: offered.some((report) => report.name === `{${DAV}}sync-collection`),
  }
}
