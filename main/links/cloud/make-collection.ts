/** Makes an address book or calendar in an account that lost it or never had it (RFC 5689; RFC 4791, 5.3.1). */
import { hash } from 'node:crypto'
import { CALDAV, CARDDAV, DAV } from '../../formats/dav-namespaces.ts'
import { escapeText } from '../../formats/xml.ts'
import { readCalendar } from '../../replica/index/calendar.ts'
import type { SentItem } from '../link.ts'
import type { RemoteCollection } from './collections.ts'
import { troubled } from './discovery.ts'
import type { Transport } from './transport.ts'

/**
 * The collection as it will be: where it was, or in an empty account at a place made of its name.
 * @returns undefined for one that was elsewhere, while there are others here that can take its items.
 */
export function planCollection(
  home: URL,
  { kind, collection: { id, displayName } }: SentItem,
  isEmpty: boolean,
): RemoteCollection | undefined {
  const was = id === null ? null : URL.parse(id)
  const isHere = was !== null && was.origin === home.origin && was.pathname.startsWith(home.pathname)
  if (!isHere && !isEmpty) return undefined
  const url = isHere ? was : new URL(`${hash('sha256', displayName).slice(0, 16)}/`, home)
  return { kind, url, displayName, ctag: null, syncToken: null, writable: true }
}

/** @returns false when the service lets nobody make one. @throws Problem when it is down. */
export async function makeCollection(
  transport: Transport,
  { kind, url, displayName }: RemoteCollection,
  items: readonly SentItem[],
): Promise<boolean> {
  const name = `<d:displayname>${escapeText(displayName)}</d:displayname>`
  const [method, body] =
    kind === 'contacts'
      ? [
          'MKCOL',
          `<d:mkcol xmlns:d="${DAV}" xmlns:c="${CARDDAV}"><d:set><d:prop>${name}
<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>`,
        ]
      : [
          'MKCALENDAR',
          `<c:mkcalendar xmlns:d="${DAV}" xmlns:c="${CALDAV}"><d:set><d:prop>${name}
<c:supported-calendar-component-set>${componentsOf(items)}</c:supported-calendar-component-set>
</d:prop></d:set></c:mkcalendar>`,
        ]
  const { status } = await transport.send(method, url, {
    body: `<?xml version="1.0" encoding="utf-8"?>\n${body}`,
    headers: { 'content-type': 'application/xml; charset=utf-8' },
  })
  if (status >= 500 && status !== 501 && status !== 507) throw troubled(url, status)
  return status >= 200 && status < 300
}

/** Some services take events and tasks only in calendars of their own. */
function componentsOf(items: readonly SentItem[]): string {
  const components = new Set(items.map(({ bytes }) => readCalendar(bytes).component))
  return [...components]
    .filter(Boolean)
    .map((name) => `<c:comp name="${escapeText(name)}"/>`)
    .join('')
}
