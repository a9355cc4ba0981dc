/** An item in the answer to a report. */
import type { Item } from '../../../replica/items.ts'
import { responseElement } from '../answer.ts'
import type { PropertyContext } from '../properties/live.ts'
import { propstatsOf } from '../properties/selection.ts'
import { type CollectionResource, itemResource } from '../resource.ts'
import type { ReportSelection } from './selection.ts'

/** The item with all that was asked for. Throws when history has let go of its content since it was listed. */
export function itemElement(
  { href, collection }: CollectionResource,
  item: Item,
  { properties, contentOf }: ReportSelection,
  context: PropertyContext,
): string {
  const content = contentOf(item)
  if (content === undefined) throw new Error(`version ${item.seq} has no body`)
  const resource = itemResource(href, collection, item)
  return responseElement(resource.href, propstatsOf(resource, properties, context, content))
}
