/** The address books and calendars of an account, its own and those shared with it. */
import { CALDAV, CALENDARSERVER, CARDDAV, DAV } from '../../formats/dav-namespaces.ts'
import { childElements, findChild, isNamed } from '../../formats/xml.ts'
import { askDav, findProperty, pathOf, type Resource, readProperty } from './multistatus.ts'
import type { Transport } from './transport.ts'

export interface RemoteCollection {
  kind: 'contacts' | 'calendar'
  url: URL
  displayName: string
  /** Changes whenever anything in it does; null where the server has none. */
  ctag: string | null
  /** As sync-collection takes it; null where the server has none. */
  syncToken: string | null
  /** Things may be put into it. */
  writable: boolean
}

const PROPERTIES = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="${DAV}" xmlns:cs="${CALENDARSERVER}"><d:prop>
<d:resourcetype/><d:displayname/><d:current-user-privilege-set/><d:sync-token/><cs:getctag/>
</d:prop></d:propfind>`

/** @throws Problem when the server is down. */
export async function listRemote(
  transport: Transport,
  kind: 'contacts' | 'calendar',
  home: URL,
): Promise<RemoteCollection[]> {
  const { resources } = await askDav(transport, 'PROPFIND', home, 1, PROPERTIES)
  return resources
    .filter((resource) => isOfKind(resource, kind))
    .map((resource) => read(resource, kind, home))
}

function isOfKind(resource: Resource, kind: 'contacts' | 'calendar'): boolean {
  const type = findProperty(resource, DAV, 'resourcetype')
  if (!type) return false
  return kind === 'contacts'
    ? findChild(type, CARDDAV, 'addressbook') !== undefined
    : findChild(type, CALDAV, 'calendar') !== undefined
}

function read(resource: Resource, kind: 'contacts' | 'calendar', home: URL): RemoteCollection {
  const url = new URL(resource.path, home)
  const last = url.pathname.split('/').filter(Boolean).at(-1) ?? ''
  return {
    kind,
    url,
    displayName: readProperty(resource, DAV, 'displayname') ?? pathOf(last, home).slice(1),
    ctag: readProperty(resource, CALENDARSERVER, 'getctag'),
    syncToken: readProperty(resource, DAV, 'sync-token'),
    writable: isWritable(resource),
  }
}

const WRITING = ['all', 'write', 'write-content', 'bind']

/** A server that says nothing of rights is tried (RFC 3744, 5.4). */
function isWritable(resource: Resource): boolean {
  const set = findProperty(resource, DAV, 'current-user-privilege-set')
  if (!set) return true
  const privileges = childElements(set).flatMap(childElements)
  return privileges.some((privilege) => WRITING.some((name) => isNamed(privilege, DAV, name)))
}
