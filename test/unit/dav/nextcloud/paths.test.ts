import { expect, it } from 'vitest'
import { inward, outwardFor } from '../../../../main/links/dav/nextcloud/paths.ts'

it.each([
  ['/remote.php/dav/', '/dav/'],
  ['/remote.php/dav/principals/users/ada/', '/dav/principals/ada/'],
  ['/remote.php/dav/addressbooks/users/ada/contacts/a.vcf', '/dav/addressbooks/ada/contacts/a.vcf'],
  ['/remote.php/dav/calendars/ada/calendar/', '/dav/calendars/ada/calendar/'],
  ['/remote.php/dav/files/ada/dav/files/a.jpg', '/dav/files/ada/dav/files/a.jpg'],
  ['/remote.php/webdav/2026/a.jpg', '/dav/files/ada/2026/a.jpg'],
  ['/remote.php/webdav/', '/dav/files/ada/'],
])('%s is %s, and is called so in the answer', (theirs, ours) => {
  const segments = (path: string) => path.split('/').filter(Boolean)
  expect(inward(segments(theirs), 'ada')).toEqual(segments(ours))
  expect(outwardFor(theirs)(ours)).toBe(theirs)
  expect(outwardFor(`https://pc.local:8553${theirs}`)(ours)).toBe(theirs)
})

it.each([
  '/dav/files/ada/remote.php/dav/x',
  '/remote.phpx/dav/',
  '/remote.php/davx/',
  '/remote.php/dav/addressbooks/ada/contacts/',
  '/remote.php/dav/uploads/ada/1/2',
])('%s means nothing else', (path) => {
  const segments = path.split('/').filter(Boolean)
  expect(inward(segments, 'ada')).toEqual(segments)
})

it('hrefs stay as they are for who came by our own paths', () => {
  expect(outwardFor('/dav/')('/dav/principals/ada/')).toBe('/dav/principals/ada/')
})

it('a path as a client of webdav sees it leads to the phone by the other door', () => {
  expect(outwardFor('/remote.php/webdav/')('/dav/principals/ada/')).toBe(
    '/remote.php/dav/principals/users/ada/',
  )
})
