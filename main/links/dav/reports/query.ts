/** addressbook-query and calendar-query: the items that match a filter (RFC 6352, 8.6; RFC 4791, 7.8). */

import { CARDDAV } from '../../../formats/dav-namespaces.ts'
import type { XmlElement } from '../../../formats/xml.ts'
import { listEventFacts } from '../../../replica/index/facts.ts'
import { type Item, listItems } from '../../../replica/items.ts'
import { answerMultistatus, responseElement, statusElement } from '../answer.ts'
import { zoneOfCalendar } from '../calendar-zone.ts'
import type { Exchange } from '../exchange.ts'
import { preferenceApplied, wantsMinimal } from '../prefer.ts'
import { propertyContext } from '../properties/context.ts'
import { matchesAddressbookFilter } from '../query/addressbook-filter.ts'
import { judgeByIndex, matchesCalendarFilter } from '../query/calendar-filter.ts'
import { parseAddressbookFilter, parseCalendarFilter } from '../query/parse-filter.ts'
import { type CollectionResource, type Existing, isSynced } from '../resource.ts'
import { bytesOf, itemElement } from './item-element.ts'
import { LIMIT_ERROR, readLimit, unsupportedReport } from './report.ts'
import { selectByReport } from './selection.ts'

export async function addressbookQuery(
  exchange: Exchange,
  resource: Existing,
  body: XmlElement,
): Promise<void> {
  if (!isSynced(resource) || resource.collection.kind !== 'contacts') throw unsupportedReport()
  const filter = parseAddressbookFilter(body)
  const matches = (item: Item) =>
    filter.props.length === 0 || matchesAddressbookFilter(filter, bytesOf(exchange.replica, item))
  await answerMatches(exchange, resource, body, matches, readLimit(body, CARDDAV))
}

export async function calendarQuery(exchange: Exchange, resource: Existing, body: XmlElement): Promise<void> {
  const { replica } = exchange
  if (!isSynced(resource) || resource.collection.kind !== 'calendar') throw unsupportedReport()
  const filter = parseCalendarFilter(body, zoneOfCalendar(replica, resource.collection))
  const facts = listEventFacts(replica, resource.collection.id)
  const matches = (item: Item) => {
    const known = facts.get(item.seq)
    const judged = known && judgeByIndex(filter, known)
    return judged ?? matchesCalendarFilter(filter, bytesOf(replica, item))
  }
  await answerMatches(exchange, resource, body, matches, Number.POSITIVE_INFINITY)
}

async function answerMatches(
  exchange: Exchange,
  resource: CollectionResource,
  body: XmlElement,
  matches: (item: Item) => boolean,
  limit: number,
): Promise<void> {
  const { request, replica } = exchange
  const minimal = wantsMinimal(request)
  const selection = selectByReport(replica, resource.collection, body, minimal)
  const context = await propertyContext(exchange, selection.properties)
  const items = listItems(replica, resource.collection.id)
  const responses = function* () {
    let found = 0
    for (const item of items) {
      if (!matches(item)) continue
      if (found++ === limit) {
        yield responseElement(resource.href, statusElement(507) + LIMIT_ERROR)
        return
      }
      yield itemElement(resource, item, selection, context)
    }
  }
  await answerMultistatus(exchange, responses(), preferenceApplied(minimal))
}
