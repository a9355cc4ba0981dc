/** What servers answer is read strictly, and what they carry comes through byte for byte. */
import { expect, test } from 'vitest'
import { keepReturns, readMultistatus, readProperty } from '../../../../main/links/cloud/multistatus.ts'

const url = new URL('https://cloud.example/dav/')
const read = (xml: string) =>
  readMultistatus({ url, status: 207, headers: new Headers(), body: Buffer.from(xml) })
const response = (inner: string) =>
  `<?xml version="1.0"?>\r\n<d:multistatus xmlns:d="DAV:">\r\n<d:response>${inner}</d:response></d:multistatus>`
const withProperty = (value: string) =>
  response(`<d:href>/dav/a.vcf</d:href>
    <d:propstat><d:prop><d:getetag>${value}</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
    <d:propstat><d:prop><d:displayname>no</d:displayname></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>`)

test('only properties that are there count', () => {
  const [resource] = read(withProperty('"1"')).resources
  expect(resource).toMatchObject({ path: '/dav/a.vcf', status: null })
  expect(readProperty(resource!, 'DAV:', 'getetag')).toBe('"1"')
  expect(readProperty(resource!, 'DAV:', 'displayname')).toBeNull()
})

test.each([
  ['as text', 'BEGIN:VCARD\r\nFN:Ä &amp; Ö\r\nEND:VCARD'],
  ['in a CDATA section', '<![CDATA[BEGIN:VCARD\r\nFN:Ä & Ö\r\nEND:VCARD]]>'],
])('returns of cards in it stay, %s', (_, value) => {
  const [resource] = read(withProperty(value)).resources
  expect(readProperty(resource!, 'DAV:', 'getetag')).toBe('BEGIN:VCARD\r\nFN:Ä & Ö\r\nEND:VCARD')
})

test('markup, comments and blanks between elements are left alone', () => {
  const xml = '<a\r\n b="1>\r\n">\r\n<!-- \r\n --></a>\r\n'
  expect(keepReturns(Buffer.from(xml)).toString()).toBe(xml)
})

test('what is gone is told by its status', () => {
  const { resources } = read(response('<d:href>/dav/a.vcf</d:href><d:status>HTTP/1.1 404 Gone</d:status>'))
  expect(resources).toEqual([{ path: '/dav/a.vcf', status: 404, properties: [] }])
})

test.each(['/dav/%61%40b.vcf', '/dav/a@b.vcf', 'https://cloud.example/dav/a%40b.vcf', 'a@b.vcf'])(
  'the path %s is always written the same',
  (href) => {
    const [resource] = read(
      response(`<d:href>${href}</d:href><d:status>HTTP/1.1 404 Gone</d:status>`),
    ).resources
    expect(resource!.path).toBe('/dav/a%40b.vcf')
  },
)

test.each([
  ['a sign-in page', '<html><body>Please sign in</body></html>'],
  ['half of an answer', response('<d:href>/a</d:href>').slice(0, -10)],
  ['nothing', ''],
  ['text', 'Service unavailable'],
  ['a DOCTYPE', '<!DOCTYPE x [<!ENTITY e "e">]><d:multistatus xmlns:d="DAV:">&e;</d:multistatus>'],
])('%s is no answer', (_, xml) => {
  expect(() => read(xml)).toThrow(expect.objectContaining({ code: 'unreachable' }))
})
