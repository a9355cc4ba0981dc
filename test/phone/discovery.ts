/** Finds a user's address books and calendars from a base URL, step by step as DAVx5 does. */

import { type DavSession, HttpError } from './dav-session.ts'
import {
  CALDAV,
  CARDDAV,
  childOf,
  childrenOf,
  DAV,
  type DavResponse,
  propertyOf,
  readMultistatus,
} from './dav-xml.ts'
import type { CollectionKind } from './phone-store.ts'

export interface Homes {
  addressBooks: URL[]
  calendars: URL[]
}

export interface RemoteCollection {
  url: string
  kind: CollectionKind
  displayName: string
}

interface Service {
  wellKnown: string
  /** What the `DAV` header of the principal's OPTIONS must name. */
  feature: string
  homeSet: string
  properties: string
}

const NAMESPACES = `xmlns="${DAV}" xmlns:CARD="${CARDDAV}" xmlns:CAL="${CALDAV}" xmlns:ICAL="http://apple.com/ns/ical/"`

const CARDDAV_SERVICE: Service = {
  wellKnown: '/.well-known/carddav',
  feature: 'addressbook',
  homeSet: `{${CARDDAV}}addressbook-home-set`,
  properties:
    '<resourcetype/><displayname/><current-user-principal/><CARD:addressbook-home-set/><CARD:addressbook-description/>',
}

const CALDAV_SERVICE: Service = {
  wellKnown: '/.well-known/caldav',
  feature: 'calendar-access',
  homeSet: `{${CALDAV}}calendar-home-set`,
  properties:
    '<resourcetype/><displayname/><current-user-principal/><current-user-privilege-set/><CAL:calendar-home-set/>' +
    '<CAL:supported-calendar-component-set/><ICAL:calendar-color/><CAL:calendar-description/><CAL:calendar-timezone/>',
}

/** @throws Error when neither contacts nor calendars are found. */
export async function findHomes(session: DavSession, base: URL): Promise<Homes> {
  const addressBooks = await findHomesOf(session, base, CARDDAV_SERVICE)
  const calendars = await findHomesOf(session, base, CALDAV_SERVICE)
  if (addressBooks.length + calendars.length === 0)
    throw new Error(`No CardDAV or CalDAV was found at ${base}.`)
  return { addressBooks, calendars }
}

async function findHomesOf(session: DavSession, base: URL, service: Service): Promise<URL[]> {
  const principal =
    (await findPrincipal(session, base, service.properties)) ??
    (await findPrincipal(session, new URL(service.wellKnown, base), '<current-user-principal/>'))
  if (!principal || !(await offers(session, principal, service.feature))) return []
  const local = /\}(.*)$/.exec(service.homeSet)![1]
  const prefix = service === CARDDAV_SERVICE ? 'CARD' : 'CAL'
  const wanted = `<displayname/><group-membership/><resourcetype/><${prefix}:${local}/>`
  const { responses, url } = await propfind(session, principal, 0, wanted)
  return responses
    .flatMap((response) => response.properties)
    .filter((property) => property.name === service.homeSet)
    .flatMap((property) => childrenOf(property, DAV, 'href'))
    .map((href) => new URL(href.text.trim(), url))
}

async function findPrincipal(session: DavSession, at: URL, properties: string): Promise<URL | null> {
  try {
    const { responses, url } = await propfind(session, at, 0, properties)
    for (const response of responses) {
      const principal = propertyOf(response, DAV, 'current-user-principal')
      const href = principal && childOf(principal, DAV, 'href')
      if (href) return new URL(href.text.trim(), url)
    }
  } catch (error) {
    // A server need not answer at every place it may be looked for; a wrong password or an outage is told, though.
    if (!(error instanceof HttpError) || error.status === 401 || error.status >= 500) throw error
  }
  return null
}

async function offers(session: DavSession, principal: URL, feature: string): Promise<boolean> {
  const { headers } = await session.request('OPTIONS', principal, { followRedirects: false })
  const features = [headers.dav ?? ''].flat().join(',').split(',')
  return features.some((offered) => offered.trim() === feature)
}

/**
 * The collections in the home sets. A home set that is gone (403, 404, 410) counts as empty, as for DAVx5.
 * @throws HttpError for any other failure, so that an outage removes nothing.
 */
export async function listRemoteCollections(session: DavSession, homes: Homes): Promise<RemoteCollection[]> {
  const books = await listHomes(session, homes.addressBooks, '<CARD:addressbook-description/>')
  const calendars = await listHomes(
    session,
    homes.calendars,
    '<ICAL:calendar-color/><CAL:calendar-description/><CAL:calendar-timezone/><CAL:supported-calendar-component-set/>',
  )
  const byUrl = new Map([...books, ...calendars].map((collection) => [collection.url, collection]))
  return [...byUrl.values()]
}

async function listHomes(session: DavSession, homes: URL[], properties: string): Promise<RemoteCollection[]> {
  const wanted = `<current-user-privilege-set/><displayname/><owner/><resourcetype/>${properties}`
  const found: RemoteCollection[] = []
  for (const home of homes) {
    try {
      const { responses, url } = await propfind(session, home, 1, wanted)
      for (const response of responses) {
        const kind = kindOf(response)
        if (!kind) continue
        const displayName = propertyOf(response, DAV, 'displayname')?.text.trim() ?? ''
        found.push({ url: new URL(response.href, url).href, kind, displayName })
      }
    } catch (error) {
      if (!(error instanceof HttpError) || ![403, 404, 410].includes(error.status)) throw error
    }
  }
  return found
}

function kindOf(response: DavResponse): CollectionKind | null {
  const type = propertyOf(response, DAV, 'resourcetype')
  if (!type) return null
  if (childOf(type, CARDDAV, 'addressbook')) return 'contacts'
  if (!childOf(type, CALDAV, 'calendar')) return null
  const set = propertyOf(response, CALDAV, 'supported-calendar-component-set')
  const components = set?.children.map((component) => component.attributes.name?.toUpperCase())
  return !components || components.includes('VEVENT') ? 'events' : 'tasks'
}

async function propfind(
  session: DavSession,
  at: URL,
  depth: 0 | 1,
  properties: string,
): Promise<{ responses: DavResponse[]; url: URL }> {
  const { body, url } = await session.request('PROPFIND', at, {
    headers: { Depth: String(depth), 'Content-Type': 'application/xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?><propfind ${NAMESPACES}><prop>${properties}</prop></propfind>`,
  })
  return { responses: readMultistatus(body).responses, url }
}
