/** Reads the XML answers of a DAV server: a plain tree of elements, and the multistatus of RFC 4918 in it. */
import { SaxesParser } from 'saxes'

export interface XmlElement {
  /** `{namespace}local`, so that a server may choose its own prefixes. */
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  /** All text directly inside. */
  text: string
}

export const DAV = 'DAV:'
export const CARDDAV = 'urn:ietf:params:xml:ns:carddav'
export const CALDAV = 'urn:ietf:params:xml:ns:caldav'
export const CALENDARSERVER = 'http://calendarserver.org/ns/'

export interface DavResponse {
  href: string
  /** Of the whole response, as for a removed member; null when it has propstats. */
  status: number | null
  /** The properties that came with a 2xx status. */
  properties: XmlElement[]
}

export interface Multistatus {
  responses: DavResponse[]
  syncToken: string | null
}

/** @throws Error when the text is not well-formed XML. */
export function readXml(text: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', (tag) => {
    const attributes: Record<string, string> = {}
    for (const attribute of Object.values(tag.attributes)) attributes[attribute.local] = attribute.value
    const element = { name: `{${tag.uri}}${tag.local}`, attributes, children: [], text: '' }
    open.at(-1)!.children.push(element)
    open.push(element)
  })
  const addText = (chunk: string): void => {
    open.at(-1)!.text += chunk
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(text).close()
  return root.children[0]!
}

/** @throws Error when the body is not a `DAV:multistatus`. */
export function readMultistatus(body: Buffer): Multistatus {
  const root = readXml(body.toString('utf8'))
  if (root.name !== `{${DAV}}multistatus`) throw new Error(`The server sent ${root.name}, not a multistatus.`)
  return {
    responses: childrenOf(root, DAV, 'response').map(readResponse),
    syncToken: childOf(root, DAV, 'sync-token')?.text.trim() ?? null,
  }
}

function readResponse(element: XmlElement): DavResponse {
  const status = childOf(element, DAV, 'status')
  const properties = childrenOf(element, DAV, 'propstat')
    .filter((propstat) => Math.floor(statusCode(childOf(propstat, DAV, 'status')) / 100) === 2)
    .flatMap((propstat) => childOf(propstat, DAV, 'prop')?.children ?? [])
  return {
    href: childOf(element, DAV, 'href')?.text.trim() ?? '',
    status: status ? statusCode(status) : null,
    properties,
  }
}

function statusCode(status: XmlElement | undefined): number {
  const code = status && /^HTTP\/\d\S*\s+(\d{3})/.exec(status.text.trim())?.[1]
  if (!code) throw new Error(`The server sent no readable status: “${status?.text ?? ''}”.`)
  return Number(code)
}

export function childrenOf(element: XmlElement, namespace: string, local: string): XmlElement[] {
  return element.children.filter((child) => child.name === `{${namespace}}${local}`)
}

export function childOf(element: XmlElement, namespace: string, local: string): XmlElement | undefined {
  return childrenOf(element, namespace, local)[0]
}

export function propertyOf(response: DavResponse, namespace: string, local: string): XmlElement | undefined {
  return response.properties.find((property) => property.name === `{${namespace}}${local}`)
}

/** Tells whether the error body names the precondition, such as `DAV:valid-sync-token` (RFC 4918, section 16). */
export function namesPrecondition(body: Buffer, namespace: string, local: string): boolean {
  if (body.length === 0) return false
  try {
    const root = readXml(body.toString('utf8'))
    return root.name === `{${DAV}}error` && childOf(root, namespace, local) !== undefined
  } catch {
    // An error page of another kind (HTML, text) names nothing.
    return false
  }
}

/** Text made safe for XML content. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'))
}
