/** sync-collection: what changed in an address book or calendar since a token (RFC 6578). */

import { DAV } from '../../../formats/dav-namespaces.ts'
import { escapeText, findChild, textOf, type XmlElement } from '../../../formats/xml.ts'
import { changesSince, type Item } from '../../../replica/items.ts'
import { answerMultistatus, responseElement, statusElement } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { preferenceApplied, wantsMinimal } from '../prefer.ts'
import { propertyContext } from '../properties/context.ts'
import type { PropertyContext } from '../properties/live.ts'
import { Refusal } from '../refusal.ts'
import { type CollectionResource, type Existing, isSynced, itemResource } from '../resource.ts'
import { currentToken, readToken, tokenAt } from '../sync-token.ts'
import { itemElement } from './item-element.ts'
import { LIMIT_ERROR, readLimit, unsupportedReport } from './report.ts'
import { type ReportSelection, selectByReport } from './selection.ts'

export async function syncCollection(
  exchange: Exchange,
  resource: Existing,
  body: XmlElement,
): Promise<void> {
  const { request, replica } = exchange
  if (!isSynced(resource)) throw unsupportedReport()
  checkLevel(body)
  const { collection } = resource
  const minimal = wantsMinimal(request)
  const selection = selectByReport(replica, collection, body, minimal)
  const context = await propertyContext(exchange, selection.properties)

  // From here to the last change read nothing waits, so that token and changes are of one moment.
  const since = sinceWhen(exchange, resource, body)
  const limit = readLimit(body, DAV)
  const changes = changesSince(
    replica,
    collection.id,
    since,
    limit === Number.POSITIVE_INFINITY ? -1 : limit + 1,
  )
  const cut = changes.length > limit
  if (cut) changes.length = limit
  const token = cut
    ? tokenAt(replica, collection, changes.at(-1)?.seq ?? since)
    : currentToken(replica, collection)

  const first = since === 0
  const responses = function* () {
    for (const item of changes) {
      if (!first || item.kind !== 'gone') yield changeElement(resource, item, selection, context)
    }
    if (cut) yield responseElement(resource.href, statusElement(507) + LIMIT_ERROR)
    yield `<d:sync-token>${escapeText(token)}</d:sync-token>`
  }
  await answerMultistatus(exchange, responses(), preferenceApplied(minimal))
}

// No collection of ours has collections in it, so that level 1 and infinite are the same. The Depth header, by which old clients
// tell the level and some new ones still do, is left aside.
function checkLevel(body: XmlElement): void {
  const level = findChild(body, DAV, 'sync-level')
  if (level && !['1', 'infinite', 'infinity'].includes(textOf(level).trim())) throw new Refusal(400)
}

/** @returns the change to start after, 0 for the first sync. @throws Refusal 403 for a token that is not ours or no longer so. */
function sinceWhen({ replica }: Exchange, { collection }: CollectionResource, body: XmlElement): number {
  const element = findChild(body, DAV, 'sync-token')
  const token = element ? textOf(element).trim() : ''
  if (token === '') return 0
  const since = readToken(replica, collection, token)
  if (since === null) throw new Refusal(403, '<d:valid-sync-token/>')
  return since
}

function changeElement(
  collection: CollectionResource,
  item: Item,
  selection: ReportSelection,
  context: PropertyContext,
): string {
  if (item.kind !== 'gone') return itemElement(collection, item, selection, context)
  const { href } = itemResource(collection.href, collection.collection, item)
  return responseElement(href, statusElement(404))
}
