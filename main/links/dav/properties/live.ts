/** Live properties: what the server itself knows of a resource (RFC 4918, 15). */

import { CALDAV, CALENDARSERVER, CARDDAV, DAV, NEXTCLOUD, OWNCLOUD } from '../../../formats/dav-namespaces.ts'
import type { Phone } from '../../../replica/phones.ts'
import type { Replica } from '../../../replica/replica.ts'
import type { Limits } from '../exchange.ts'
import type { Locks } from '../locks.ts'
import type { Existing } from '../resource.ts'
import { ADDRESS_BOOK_PROPERTIES } from './addressbook.ts'
import { CALENDAR_PROPERTIES } from './calendar.ts'
import type { DeadProperties } from './dead.ts'
import { NEXTCLOUD_PROPERTIES, OWNCLOUD_PROPERTIES } from './owncloud.ts'
import { CALENDARSERVER_PROPERTIES, WEBDAV_PROPERTIES } from './webdav.ts'

export interface PropertyContext {
  replica: Replica
  phone: Phone
  limits: Limits
  locks: Locks
  /** Looked up only for requests that ask for it. */
  quota: { used: number; available: number } | undefined
  dead: DeadProperties
}

/** The property's content as XML, '' for an empty one; undefined when the resource has no such property. */
export type LiveProperty = (resource: Existing, context: PropertyContext) => string | undefined

const LIVE = new Map<string, Readonly<Record<string, LiveProperty>>>([
  [DAV, WEBDAV_PROPERTIES],
  [CARDDAV, ADDRESS_BOOK_PROPERTIES],
  [CALDAV, CALENDAR_PROPERTIES],
  [CALENDARSERVER, CALENDARSERVER_PROPERTIES],
  [OWNCLOUD, OWNCLOUD_PROPERTIES],
  [NEXTCLOUD, NEXTCLOUD_PROPERTIES],
])

export function liveProperty(namespace: string, local: string): LiveProperty | undefined {
  const table = LIVE.get(namespace)
  return table && Object.hasOwn(table, local) ? table[local] : undefined
}

/** What `allprop` and `propname` name: the properties of RFC 4918 itself (section 14.2 leaves the others to the client). */
export const ALLPROP: readonly string[] = [
  'displayname',
  'getcontentlength',
  'getcontenttype',
  'getetag',
  'getlastmodified',
  'lockdiscovery',
  'resourcetype',
  'supportedlock',
]

/** Live properties that a client may set; what it set is kept as a dead property, or changes the collection itself. */
const SETTABLE = new Set([
  `{${DAV}}displayname`,
  `{${CALDAV}}schedule-calendar-transp`,
  `{${OWNCLOUD}}favorite`,
  `{${NEXTCLOUD}}creation_time`,
])

export function isProtected(namespace: string, local: string): boolean {
  return liveProperty(namespace, local) !== undefined && !SETTABLE.has(`{${namespace}}${local}`)
}
