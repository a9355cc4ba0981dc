/** Where a phone's data is found on this server. */
import type { Collection, CollectionKind } from '../../replica/collections.ts'
import { hrefOf, hrefOfFolder } from './path.ts'

interface Owner {
  /** The phone's user name. */
  user: string
}

export function principalHref(phone: Owner): string {
  return hrefOfFolder(['dav', 'principals', phone.user])
}

/** Where the phone's collections of one kind lie; for files, the library itself. */
export function homeHref(phone: Owner, kind: CollectionKind): string {
  const area = kind === 'contacts' ? 'addressbooks' : kind === 'calendar' ? 'calendars' : 'files'
  return hrefOfFolder(['dav', area, phone.user])
}

export function collectionHref(phone: Owner, collection: Pick<Collection, 'kind' | 'name'>): string {
  const home = homeHref(phone, collection.kind)
  return collection.kind === 'files' ? home : `${home}${hrefOf([collection.name]).slice(1)}/`
}

/** Where a phone's apps begin. */
export interface DavUrls {
  /** For apps that look for the rest by themselves. */
  root: string
  principal: string
  /** The default address book. */
  carddav: string
  /** The default calendar. */
  caldav: string
  /** The file library. */
  files: string
}

/** @param base scheme, host and port, such as `https://pc.local:8553`. */
export function davUrls(base: string, user: string): DavUrls {
  const url = (path: string) => new URL(path, base).href
  return {
    root: url('/dav/'),
    principal: url(principalHref({ user })),
    carddav: url(collectionHref({ user }, { kind: 'contacts', name: 'contacts' })),
    caldav: url(collectionHref({ user }, { kind: 'calendar', name: 'calendar' })),
    files: url(homeHref({ user }, 'files')),
  }
}
