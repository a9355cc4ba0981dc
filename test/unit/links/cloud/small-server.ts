/** A small CardDAV server whose shortcomings a test chooses: what real servers do, or fail to do, now and then. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { escapeText } from '../../../../main/formats/xml.ts'

export interface SmallServer {
  url: string
  /** Cards by their path. */
  cards: Map<string, string>
  /** Pictures and whatever else is no card, by path. */
  others: Map<string, Buffer>
  /** The address books' paths. */
  books: string[]
  /** Those that can be read and not written. */
  readOnly: Set<string>
  /** The path of who one is to it. */
  principal: string
  /** Status with which a path is answered, whatever is asked. */
  broken: Map<string, number>
  has: { multiget: boolean; ctag: boolean }
  /** Called for each request; the answer waits for it. */
  before: (request: string) => void | Promise<void>
  /** Method and path of each request, in order. */
  asked: string[]
}

export async function startSmallServer(): Promise<SmallServer> {
  const server = createServer((request, response) => void answer(small, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const small: SmallServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    cards: new Map(),
    others: new Map(),
    books: ['/own/', '/shared/'],
    readOnly: new Set(['/shared/']),
    principal: '/me/',
    broken: new Map(),
    has: { multiget: true, ctag: true },
    before: () => undefined,
    asked: [],
  }
  return small
}

async function answer(small: SmallServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url: path = '' } = request
  small.asked.push(`${method} ${path}`)
  await small.before(`${method} ${path}`)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const broken = small.broken.get(path)
  const end = (status: number, text = '', headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'text/xml', ...headers }).end(text)
  if (broken) return void end(broken)
  if (method === 'GET') {
    const other = small.others.get(path)
    if (other) return void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(other)
    const card = small.cards.get(path)
    return void (card === undefined ? end(404) : end(200, card, { etag: etagOf(card) }))
  }
  if (method === 'PUT') {
    const present = small.cards.get(path)
    const { 'if-match': match, 'if-none-match': none } = request.headers
    if (none === '*' ? present !== undefined : present === undefined || match !== etagOf(present)) {
      return void end(412)
    }
    small.cards.set(path, body)
    return void end(204)
  }
  if (path.startsWith('/.well-known')) return void end(301, '', { location: '/' })
  if (method === 'PROPFIND') return void end(207, multistatus(propfind(small, path, body)))
  if (method === 'REPORT' && small.has.multiget && body.includes('addressbook-multiget')) {
    const hrefs = [...body.matchAll(/<d:href>(.*?)<\/d:href>/g)].map(([, href = '']) => href)
    return void end(207, multistatus(hrefs.map((href) => cardOf(small, href, true))))
  }
  end(403)
}

function propfind(small: SmallServer, path: string, body: string): string[] {
  if (body.includes('current-user-principal')) {
    const href = `<d:href>${small.principal}</d:href>`
    return [found(path, `<d:current-user-principal>${href}</d:current-user-principal>`)]
  }
  if (body.includes('addressbook-home-set')) {
    return [found(path, '<c:addressbook-home-set><d:href>/</d:href></c:addressbook-home-set>')]
  }
  if (path === '/') return small.books.map((book) => bookOf(small, book))
  const inside = [...small.cards.keys()].filter((card) => card.startsWith(path))
  return [bookOf(small, path), ...inside.map((card) => cardOf(small, card, false))]
}

function bookOf(small: SmallServer, path: string): string {
  const state = [...small.cards].filter(([card]) => card.startsWith(path)).join('\n')
  const right = small.readOnly.has(path) ? '<d:read/>' : '<d:read/></d:privilege><d:privilege><d:write/>'
  return found(
    path,
    `<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype><d:displayname>${path}</d:displayname>
    <d:current-user-privilege-set><d:privilege>${right}</d:privilege></d:current-user-privilege-set>
    ${small.has.ctag ? `<s:getctag>${etagOf(state)}</s:getctag>` : ''}`,
  )
}

function cardOf({ cards, broken }: SmallServer, path: string, withData: boolean): string {
  const card = cards.get(path)
  if (card === undefined || broken.has(path)) {
    if (withData)
      return `<d:response><d:href>${path}</d:href><d:status>HTTP/1.1 404 No</d:status></d:response>`
  }
  const data = withData ? `<c:address-data>${escapeText(card ?? '')}</c:address-data>` : ''
  return found(path, `<d:getetag>${escapeText(etagOf(card ?? ''))}</d:getetag><d:resourcetype/>${data}`)
}

function found(path: string, properties: string): string {
  return `<d:response><d:href>${path}</d:href><d:propstat><d:prop>${properties}</d:prop>
    <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
}

function multistatus(responses: string[]): string {
  return `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"
    xmlns:s="http://calendarserver.org/ns/">${responses.join('')}</d:multistatus>`
}

function etagOf(text: string): string {
  let sum = 7
  for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) % 4_294_967_291
  return `"${sum}"`
}
