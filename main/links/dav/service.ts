/** What a request comes for, by its path. */
import type { Service } from '../../../preload/portal.ts'

/** @param path decoded segments. Null where the path does not tell, as while an app looks for its account. */
export function serviceOf([root, area]: readonly string[]): Service | null {
  if (root === 'remote.php' || root === 'ocs') return 'nextcloud'
  if (root !== 'dav') return null
  if (area === 'addressbooks') return 'contacts'
  if (area === 'calendars') return 'calendar'
  return area === 'files' ? 'photos' : null
}
