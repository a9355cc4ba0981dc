/** expand-property: properties, and for those that name resources, properties of these in turn (RFC 3253, 3.8). */

import { DAV } from '../../../formats/dav-namespaces.ts'
import { attributeOf, childElements, isNamed, tagOf, type XmlElement } from '../../../formats/xml.ts'
import { answerMultistatus, propstat, responseElement, statusElement } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { parsePath } from '../path.ts'
import { propertyContext } from '../properties/context.ts'
import type { PropertyContext } from '../properties/live.ts'
import { propertyElement, selectNamed } from '../properties/selection.ts'
import { Refusal } from '../refusal.ts'
import { type Existing, exists, resolve } from '../resource.ts'

const MOST_LEVELS = 4

export async function expandProperty(
  exchange: Exchange,
  resource: Existing,
  body: XmlElement,
): Promise<void> {
  const named = propertiesIn(body).flatMap(withInner).map(nameOf)
  const context = await propertyContext(exchange, selectNamed(named, false))
  await answerMultistatus(exchange, [expanded(exchange, resource, body, context, 0)])
}

function propertiesIn(element: XmlElement): XmlElement[] {
  return childElements(element).filter((child) => isNamed(child, DAV, 'property'))
}

function withInner(property: XmlElement): XmlElement[] {
  return [property, ...propertiesIn(property).flatMap(withInner)]
}

/** The property that a `property` element names, as an element. */
function nameOf(property: XmlElement): XmlElement {
  const local = attributeOf(property, 'name')
  if (local === undefined || !/^[\p{L}_][\p{L}\p{N}._-]*$/u.test(local)) throw new Refusal(400)
  const namespace = attributeOf(property, 'namespace') ?? DAV
  return { namespace, local, attributes: [], children: [] }
}

function expanded(
  exchange: Exchange,
  resource: Existing,
  asked: XmlElement,
  context: PropertyContext,
  level: number,
): string {
  let found = ''
  let missing = ''
  for (const property of propertiesIn(asked)) {
    const name = nameOf(property)
    const element = propertyElement(resource, name, context)
    if (element === undefined) missing += tagOf(name.namespace, name.local).empty
    else if (propertiesIn(property).length === 0 || level >= MOST_LEVELS) found += element
    else found += element.replace(HREF, expandHref(exchange, property, context, level))
  }
  return responseElement(resource.href, propstat(200, found) + (missing === '' ? '' : propstat(404, missing)))
}

// Only values of our own making are expanded, where hrefs are written in this way.
const HREF = /<d:href>([^<]*)<\/d:href>/g

function expandHref(exchange: Exchange, property: XmlElement, context: PropertyContext, level: number) {
  return (_element: string, href: string): string => {
    const target = resolve(exchange.replica, exchange.phone, parsePath(href))
    if (!exists(target)) return responseElement(href, statusElement(404))
    return expanded(exchange, target, property, context, level + 1)
  }
}
