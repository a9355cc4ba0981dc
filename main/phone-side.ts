/** What phones reach: their browsers' pages and calls go to the portal, all else to DAV. */
import type { RequestListener } from 'node:http'

/** @returns the handler for a server's `request` event and for `checkContinue`. */
export function phoneSide(portal: RequestListener, dav: RequestListener): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/'
    const link = isPortals(path, request.method ?? '') ? portal : dav
    return link(request, response)
  }
}

// DAV clients look for their account at `/` as well, but none of them by GET; a person's browser does nothing else.
// Nextcloud's apps ask for their login (flow v2) with and without `index.php`.
function isPortals(path: string, method: string): boolean {
  if (path === '/') return method === 'GET' || method === 'HEAD'
  return /^\/(portal(\/|$)|favicon\.ico$|(index\.php\/)?login\/v2(\/|$))/.test(path)
}
