/** An item in the answer to a report, and its bytes. */
import { type Item, readBody } from '../../../replica/items.ts'
import type { Reader } from '../../../replica/replica.ts'
import { responseElement } from '../answer.ts'
import type { PropertyContext } from '../properties/live.ts'
import { propstatsOf } from '../properties/selection.ts'
import { type CollectionResource, itemResource } from '../resource.ts'
import type { ReportSelection } from './selection.ts'

/** The item with all that was asked for. */
export function itemElement(
  { href, collection }: CollectionResource,
  item: Item,
  { properties, contentOf }: ReportSelection,
  context: PropertyContext,
): string {
  const resource = itemResource(href, collection, item)
  return responseElement(resource.href, propstatsOf(resource, properties, context, contentOf(item)))
}

/** Throws when history has let go of them since the item was listed; then the answer is cut off. */
export function bytesOf(reader: Reader, item: Item): Buffer {
  const bytes = readBody(reader, item.seq)
  if (!bytes) throw new Error(`version ${item.seq} has no body`)
  return bytes
}
