/**
 * The paths by which Nextcloud's clients know what others find below `/dav/`:
 *
 *     /remote.php/dav/principals/users/<user>/       the phone
 *     /remote.php/dav/addressbooks/users/<user>/…    cards
 *     /remote.php/dav/calendars/<user>/…             events and tasks
 *     /remote.php/dav/files/<user>/…                 files
 *     /remote.php/webdav/…                           the same files
 *
 * A path that comes in is read as the one below `/dav/`, and the hrefs of the answer are written as its client calls them.
 */

/** Our own path for one that a client sent, decoded; any other is given back as it is. */
export function inward(path: readonly string[], user: string): string[] {
  const [root, door, area, users, ...rest] = path
  if (root !== 'remote.php') return [...path]
  if (door === 'webdav') return ['dav', 'files', user, ...path.slice(2)]
  if (door !== 'dav') return [...path]
  if (area === 'principals' || area === 'addressbooks') {
    return users === undefined || users === 'users' ? ['dav', area, ...rest] : [...path]
  }
  return area === 'uploads' ? [...path] : ['dav', ...path.slice(2)]
}

/** Writes an href of ours, percent-encoded, as a client calls it. */
export type Outward = (href: string) => string

/** @param target as the client sent it, a path or a whole URL. */
export function outwardFor(target: string): Outward {
  const door = /^(?:https?:\/\/[^/?#]*)?\/+remote\.php\/+(dav|webdav)(?=[/?#]|$)/i.exec(target)?.[1]
  if (door === undefined) return (href) => href
  return door === 'dav' ? asDav : asWebdav
}

function asDav(href: string): string {
  return href
    .replace(/^\/dav\/(principals|addressbooks)\/(?=.)/, '/dav/$1/users/')
    .replace(/^\/dav\//, '/remote.php/dav/')
}

function asWebdav(href: string): string {
  return href.startsWith('/dav/files/')
    ? href.replace(/^\/dav\/files\/[^/]*/, '/remote.php/webdav')
    : asDav(href)
}
