/** The XML namespaces that DAV clients use, and the prefixes we answer with. */

export const DAV = 'DAV:'
export const CARDDAV = 'urn:ietf:params:xml:ns:carddav'
export const CALDAV = 'urn:ietf:params:xml:ns:caldav'
export const CALENDARSERVER = 'http://calendarserver.org/ns/'
const APPLE_ICAL = 'http://apple.com/ns/ical/'
export const OWNCLOUD = 'http://owncloud.org/ns'
export const NEXTCLOUD = 'http://nextcloud.org/ns'
export const MICROSOFT = 'urn:schemas-microsoft-com:'

/** Prefix of each namespace, declared once on the root of every answer. */
export const PREFIXES: ReadonlyMap<string, string> = new Map([
  [DAV, 'd'],
  [CARDDAV, 'card'],
  [CALDAV, 'cal'],
  [CALENDARSERVER, 'cs'],
  [APPLE_ICAL, 'ical'],
  [MICROSOFT, 'z'],
  // Their own apps look for just these prefixes.
  [OWNCLOUD, 'oc'],
  [NEXTCLOUD, 'nc'],
])
