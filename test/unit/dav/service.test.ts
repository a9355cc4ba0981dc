import { expect, it } from 'vitest'
import { serviceOf } from '../../../main/links/dav/service.ts'

it.each([
  ['/dav/addressbooks/ada/contacts/a.vcf', 'contacts'],
  ['/dav/calendars/ada/', 'calendar'],
  ['/dav/files/ada/a.jpg', 'photos'],
  ['/dav/principals/ada/', null],
  ['/ocs/v2.php/cloud/user', 'nextcloud'],
  ['/remote.php/dav/files/ada/a.jpg', 'nextcloud'],
  ['/remote.php/dav/uploads/ada/1/1', 'nextcloud'],
  ['/remote.php/webdav/a.jpg', 'nextcloud'],
  ['/remote.php/dav/addressbooks/users/ada/', 'contacts'],
  ['/remote.php/dav/calendars/ada/', 'calendar'],
  ['/remote.php/dav/', null],
])('%s is asked for %s', (path, service) => {
  expect(serviceOf(path.split('/').filter(Boolean))).toBe(service)
})
