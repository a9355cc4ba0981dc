/** filter-files: the files and folders below one that are marked as favourites; Nextcloud's apps have a page for them. */

import { DAV, OWNCLOUD } from '../../../formats/dav-namespaces.ts'
import { childElements, findChild, isNamed, textOf, type XmlElement } from '../../../formats/xml.ts'
import { findItem } from '../../../replica/items.ts'
import { listPropertiesBelow, type Property } from '../../../replica/properties.ts'
import { answerMultistatus, responseElement } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { propertyContext } from '../properties/context.ts'
import { deadPropertiesBelow } from '../properties/dead.ts'
import { propstatsOf, selectNamed } from '../properties/selection.ts'
import { type Existing, itemResource } from '../resource.ts'
import { collectionHref } from '../urls.ts'
import { unsupportedReport } from './report.ts'

export async function filterFiles(exchange: Exchange, resource: Existing, body: XmlElement): Promise<void> {
  const { replica, phone } = exchange
  const isLibrary = resource.type === 'collection' && resource.collection.kind === 'files'
  if ((!isLibrary && resource.type !== 'folder') || !asksForFavourites(body)) throw unsupportedReport()
  const { collection } = resource
  const prop = findChild(body, DAV, 'prop')
  const selection = selectNamed(prop ? childElements(prop) : [], false)
  const context = await propertyContext(exchange, selection, deadPropertiesBelow(replica, phone, resource))
  const below = listPropertiesBelow(
    replica,
    collection.id,
    resource.type === 'folder' ? resource.item.name : '',
  )
  const responses = function* () {
    for (const [name, properties] of below) {
      const item = properties.some(isFavourite) ? findItem(replica, collection.id, name) : undefined
      if (!item) continue
      const found = itemResource(collectionHref(phone, collection), collection, item)
      yield responseElement(found.href, propstatsOf(found, selection, context))
    }
  }
  await answerMultistatus(exchange, responses())
}

// We have no tags to filter by.
function asksForFavourites(body: XmlElement): boolean {
  const rules = findChild(body, OWNCLOUD, 'filter-rules')
  const [rule, ...more] = rules ? childElements(rules) : []
  return (
    rule !== undefined &&
    more.length === 0 &&
    isNamed(rule, OWNCLOUD, 'favorite') &&
    textOf(rule).trim() === '1'
  )
}

function isFavourite({ namespace, local, xml }: Property): boolean {
  return namespace === OWNCLOUD && local === 'favorite' && />\s*1\s*</.test(xml)
}
