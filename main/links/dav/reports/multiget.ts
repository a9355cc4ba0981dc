/** addressbook-multiget and calendar-multiget: named items at once (RFC 6352, 8.7; RFC 4791, 7.9). */

import { CARDDAV, DAV } from '../../../formats/dav-namespaces.ts'
import { childElements, escapeText, isNamed, textOf, type XmlElement } from '../../../formats/xml.ts'
import { findItem } from '../../../replica/items.ts'
import { answerMultistatus, responseElement, statusElement } from '../answer.ts'
import { type Exchange, readHref } from '../exchange.ts'
import { preferenceApplied, wantsMinimal } from '../prefer.ts'
import { propertyContext } from '../properties/context.ts'
import { Refusal } from '../refusal.ts'
import { type Existing, isSynced } from '../resource.ts'
import { itemElement } from './item-element.ts'
import { unsupportedReport } from './report.ts'
import { selectByReport } from './selection.ts'

export async function multiget(exchange: Exchange, resource: Existing, body: XmlElement): Promise<void> {
  const { request, replica, limits } = exchange
  const kind = body.namespace === CARDDAV ? 'contacts' : 'calendar'
  if (!isSynced(resource) || resource.collection.kind !== kind) throw unsupportedReport()
  const hrefs = childElements(body).filter((child) => isNamed(child, DAV, 'href'))
  if (hrefs.length > limits.hrefs) throw new Refusal(403, '<d:number-of-matches-within-limits/>')
  const minimal = wantsMinimal(request)
  const selection = selectByReport(replica, resource.collection, body, minimal)
  const context = await propertyContext(exchange, selection.properties)
  const responses = function* () {
    for (const href of hrefs) {
      const name = nameIn(exchange, textOf(href))
      const item = name === undefined ? undefined : findItem(replica, resource.collection.id, name)
      if (item) yield itemElement(resource, item, selection, context)
      else yield responseElement(escapeText(textOf(href).trim()), statusElement(404))
    }
  }
  await answerMultistatus(exchange, responses(), preferenceApplied(minimal))
}

/** The name in this collection that the href means; undefined when it means something else. */
function nameIn(exchange: Exchange, href: string): string | undefined {
  try {
    const { path } = exchange
    const segments = readHref(exchange, href)
    const inside = segments.length === path.length + 1 && path.every((name, at) => name === segments[at])
    return inside ? segments.at(-1) : undefined
  } catch (error) {
    // One href that cannot be read is answered as not found, and does not spoil the others.
    if (error instanceof Refusal) return undefined
    throw error
  }
}
