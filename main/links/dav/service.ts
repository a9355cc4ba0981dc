/** What a request comes for, by its path. */
import type { Service } from '../../replica/phone-services.ts'

/** @param path decoded segments. Null where the path does not tell, as while an app looks for its account. */
export function serviceOf(path: readonly string[]): Service | null {
  const [root, area, below = ''] = path
  if (root === 'ocs') return 'nextcloud'
  if (root === 'remote.php') {
    const isFiles = area === 'webdav' || ['files', 'uploads'].includes(below)
    // DAVx5 comes by these paths as well, when it was set up by Nextcloud's login flow.
    return isFiles ? 'nextcloud' : serviceOf(path.slice(1))
  }
  if (root !== 'dav') return null
  if (area === 'addressbooks') return 'contacts'
  if (area === 'calendars') return 'calendar'
  return area === 'files' ? 'photos' : null
}
