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

/**
 * URLs of a phone's default address book, default calendar and file library.
 * @param base scheme, host and port, such as `https://pc.local:8443`.
 */
export function davUrls(base: string, user: string): { carddav: string; caldav: string; files: string } {
  const url = (path: string) => new URL(path, base).href
  return {
    carddav: url(collectionHref({ user }, { kind: 'contacts', name: 'contacts' })),
    caldav: url(collectionHref({ user }, { kind: 'calendar', name: 'calendar' })),
    files: url(homeHref({ user }, 'files')),
  }
}
