/** Which link answers a phone's request: browsers meet the portal, every app meets DAV. */
import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { phoneSide } from '../../main/phone-side.ts'

const PORTAL = [
  ['GET', '/'],
  ['HEAD', '/?from=home'],
  ['GET', '/favicon.ico'],
  ['GET', '/portal'],
  ['PATCH', '/portal/uploads/1'],
  ['POST', '/index.php/login/v2'],
  ['POST', '/login/v2/poll?token=1'],
] as const

const DAV = [
  ['PROPFIND', '/'],
  ['OPTIONS', '/'],
  ['OPTIONS', '*'],
  ['GET', '/dav/files/ada/portal/'],
  ['PROPFIND', '/.well-known/carddav'],
  ['GET', '/status.php'],
  ['GET', '/index.php/login'],
  ['GET', '/portals'],
  ['GET', '/%70ortal/'],
  ['GET', 'http://pc.local/portal/'],
] as const

function linkFor(method: string, url: string): string {
  const asked: string[] = []
  const side = phoneSide(
    () => asked.push('portal'),
    () => asked.push('dav'),
  )
  side({ method, url } as IncomingMessage, {} as never)
  return asked.join()
}

it.each(PORTAL)('%s %s goes to the portal', (method, url) => {
  expect(linkFor(method, url)).toBe('portal')
})

it.each(DAV)('%s %s goes to DAV', (method, url) => {
  expect(linkFor(method, url)).toBe('dav')
})
