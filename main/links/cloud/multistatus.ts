/** Reads what servers answer to PROPFIND and REPORT (RFC 4918, 13; RFC 6578, 6.1), strictly: half an answer is none. */
import { DAV } from '../../formats/dav-namespaces.ts'
import {
  childElements,
  findChild,
  isNamed,
  parseXml,
  textOf,
  type XmlElement,
  XmlError,
} from '../../formats/xml.ts'
import { Problem } from '../../problem.ts'
import type { Answer, Transport } from './transport.ts'

export interface Resource {
  /** Its path, always escaped in the same way. */
  path: string
  /** Of the resource as a whole, such as 404 for one that is gone; null when it has properties. */
  status: number | null
  properties: XmlElement[]
}

export interface Multistatus {
  resources: Resource[]
  /** Only in answers to sync-collection. */
  syncToken: string | null
}

/** The server is there, but does not do this, or not now. */
export class DavRefusal extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The server answered ${status}.`)
    this.name = 'DavRefusal'
    this.status = status
  }
}

/** @throws DavRefusal for any other answer than 207; Problem for a server that is down or answers what is no DAV. */
export async function askDav(
  transport: Transport,
  method: 'PROPFIND' | 'REPORT',
  url: URL,
  depth: 0 | 1,
  body: string,
): Promise<Multistatus> {
  const headers = { depth: String(depth), 'content-type': 'application/xml; charset=utf-8' }
  const answer = await transport.send(method, url, { headers, body })
  if (answer.status === 207) return readMultistatus(answer)
  throw new DavRefusal(answer.status)
}

export function readMultistatus({ url, body }: Answer): Multistatus {
  const root = readXml(body, url)
  if (!isNamed(root, DAV, 'multistatus')) throw unreadable(url)
  const token = findChild(root, DAV, 'sync-token')
  const responses = childElements(root).filter((element) => isNamed(element, DAV, 'response'))
  return {
    resources: responses.flatMap((response) => readResponse(response, url)),
    syncToken: token ? textOf(token).trim() : null,
  }
}

// A large address book answers two elements for each of its cards.
const LIMITS = { depth: 64, elements: 4_000_000 }

function readXml(body: Buffer, url: URL): XmlElement {
  try {
    return parseXml(keepReturns(body), LIMITS)
  } catch (error) {
    if (error instanceof XmlError) throw unreadable(url, error)
    throw error
  }
}

const RETURN = 13
const CDATA = '<![CDATA['

/**
 * A reader of XML makes line feeds of CR LF (XML 1.0, 2.11), but servers put cards and events in as they are. Written as references, the
 * returns come through; a CDATA section, which knows no references, is closed for each. Markup and blanks between elements stay as they
 * are.
 */
export function keepReturns(body: Buffer): Buffer {
  if (!body.includes(RETURN)) return body
  const text = body.toString('latin1')
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const open = before(text.indexOf('<', at), text)
    const content = text.slice(at, open)
    parts.push(content.trim() === '' ? content : content.replaceAll('\r', '&#13;'))
    at = endOfMarkup(text, open)
    const markup = text.slice(open, at)
    parts.push(markup.startsWith(CDATA) ? markup.replaceAll('\r', ']]>&#13;<![CDATA[') : markup)
  }
  return Buffer.from(parts.join(''), 'latin1')
}

/** Where the tag, comment or CDATA section ends that begins at `open`; one that is not closed goes to the end. */
function endOfMarkup(text: string, open: number): number {
  if (text.startsWith('<!--', open)) return before(text.indexOf('-->', open), text)
  if (text.startsWith(CDATA, open)) return before(text.indexOf(']]>', open), text)
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at]!
    if (character === '>') return at + 1
    if (character === '"' || character === "'") at = before(text.indexOf(character, at + 1), text)
  }
  return text.length
}

/** What `indexOf` found; the end where it found nothing. */
function before(found: number, { length }: string): number {
  return found < 0 ? length : found
}

function readResponse(response: XmlElement, url: URL): Resource[] {
  const status = findChild(response, DAV, 'status')
  const properties = childElements(response)
    .filter(
      (element) => isNamed(element, DAV, 'propstat') && statusOf(findChild(element, DAV, 'status')) === 200,
    )
    .flatMap((propstat) => childElements(findChild(propstat, DAV, 'prop') ?? propstat))
  return childElements(response)
    .filter((element) => isNamed(element, DAV, 'href'))
    .map((href) => ({
      path: pathOf(textOf(href).trim(), url),
      status: status ? statusOf(status) : null,
      properties,
    }))
}

function statusOf(element: XmlElement | undefined): number {
  return Number(/^HTTP\/\S+\s+(\d{3})/.exec(element ? textOf(element).trim() : '')?.[1] ?? 0)
}

/** The path that an href names, escaped always in the same way, since servers write one differently from answer to answer. */
export function pathOf(href: string, base: URL): string {
  const url = URL.parse(href, base.href)
  if (!url) throw unreadable(base)
  return url.pathname.split('/').map(escapeAgain).join('/')
}

function escapeAgain(segment: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(segment))
  } catch {
    // Not UTF-8: it stays as it is.
    return segment
  }
}

export function findProperty(
  { properties }: Resource,
  namespace: string,
  local: string,
): XmlElement | undefined {
  return properties.find((property) => isNamed(property, namespace, local))
}

/** Its text; null when it has none. */
export function readProperty(resource: Resource, namespace: string, local: string): string | null {
  const property = findProperty(resource, namespace, local)
  return property ? textOf(property).trim() || null : null
}

function unreadable(url: URL, cause?: unknown): Problem {
  return new Problem(
    'unreachable',
    `${url.host} answers something that is not what an address book or calendar server says.`,
    'Nothing of what is kept here was changed. It will be tried again; see whether the service is down or behind a sign-in page.',
    { cause },
  )
}
