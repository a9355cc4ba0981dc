/** Reads multistatus answers for tests. */
import { CALDAV, CARDDAV, DAV } from '../../main/formats/dav-namespaces.ts'
import {
  childElements,
  findChild,
  isNamed,
  parseXml,
  textOf,
  type XmlElement,
} from '../../main/formats/xml.ts'

export interface Response {
  href: string
  /** Of the response itself; undefined when its properties have statuses of their own. */
  status: number | undefined
  /** Properties by status and local name. */
  found: Record<string, XmlElement>
  missing: string[]
}

export interface Multistatus {
  responses: Response[]
  syncToken: string | undefined
  /** The response of an href; fails when there is none. */
  of(href: string): Response
}

const statusOf = (element: XmlElement) => {
  const status = findChild(element, DAV, 'status')
  return status ? Number(/ (\d{3}) /.exec(textOf(status))?.[1]) : undefined
}

export function readMultistatus(body: string): Multistatus {
  const root = parseXml(Buffer.from(body))
  if (!isNamed(root, DAV, 'multistatus')) throw new Error(`not a multistatus: ${body.slice(0, 200)}`)
  const responses = childElements(root)
    .filter((child) => isNamed(child, DAV, 'response'))
    .map((response): Response => {
      const first = childElements(response)[0]!
      if (!isNamed(first, DAV, 'href')) throw new Error('a response begins with its href')
      const propstats = childElements(response).filter((child) => isNamed(child, DAV, 'propstat'))
      const names = (status: number) =>
        propstats
          .filter((propstat) => statusOf(propstat) === status)
          .flatMap((propstat) => childElements(findChild(propstat, DAV, 'prop')!))
      return {
        href: textOf(first),
        status: statusOf(response),
        found: Object.fromEntries(names(200).map((element) => [element.local, element])),
        missing: names(404).map(({ local }) => local),
      }
    })
  const token = findChild(root, DAV, 'sync-token')
  return {
    responses,
    syncToken: token && textOf(token),
    of(href) {
      const response = responses.find((one) => one.href === href)
      if (!response) throw new Error(`no response for ${href}`)
      return response
    },
  }
}

/** The text of a property that was found. */
export function textIn(response: Response, local: string): string {
  const element = response.found[local]
  if (!element) throw new Error(`${response.href} has no ${local}`)
  return textOf(element)
}

/** The local names of the elements in a property. */
export function namesIn(response: Response, local: string): string[] {
  const all = (element: XmlElement): string[] => [element.local, ...childElements(element).flatMap(all)]
  return childElements(
    response.found[local] ?? { namespace: '', local: '', attributes: [], children: [] },
  ).flatMap(all)
}

const PROPERTY_NAMESPACES = {
  d: DAV,
  card: CARDDAV,
  cal: CALDAV,
  cs: 'http://calendarserver.org/ns/',
  ical: 'http://apple.com/ns/ical/',
}
const DECLARATIONS = Object.entries(PROPERTY_NAMESPACES)
  .map(([prefix, namespace]) => `xmlns:${prefix}="${namespace}"`)
  .join(' ')

/** A PROPFIND body. @param names with one of the prefixes d, card, cal, cs and ical. */
export function propfindBody(...names: string[]): string {
  return `<d:propfind ${DECLARATIONS}><d:prop>${names.map((name) => `<${name}/>`).join('')}</d:prop></d:propfind>`
}

/** Any other body; `content` may use the same prefixes. */
export function xmlBody(root: string, content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><${root} ${DECLARATIONS}>${content}</${root}>`
}
