/** What lies in a resource. */
import { type Collection, listCollections } from '../../replica/collections.ts'
import { type Item, listBelow, listFolder, listItems } from '../../replica/items.ts'
import type { Phone } from '../../replica/phones.ts'
import type { Reader } from '../../replica/replica.ts'
import { type Existing, exists, itemResource, resolve } from './resource.ts'
import { collectionHref } from './urls.ts'

/** The address books or calendars a phone may use; mirrors are not served. */
function listServed(reader: Reader, phone: Phone, kind: 'contacts' | 'calendar'): Collection[] {
  return listCollections(reader, phone.id, kind).filter(({ origin }) => origin === 'ours')
}

/**
 * What lies directly in the resource at this moment.
 * @param below in a collection or folder of files, everything below it.
 */
export function membersOf(reader: Reader, phone: Phone, resource: Existing, below = false): Existing[] {
  switch (resource.type) {
    case 'signpost':
      return resource.children.map((path) => resolve(reader, phone, path)).filter(exists)
    case 'home':
      return listServed(reader, phone, resource.kind).map((collection) => {
        return { type: 'collection', href: collectionHref(phone, collection), collection }
      })
    case 'collection':
    case 'folder': {
      const href = collectionHref(phone, resource.collection)
      const folder = resource.type === 'folder' ? resource.item.name : ''
      return itemsIn(reader, resource.collection, folder, below).map((item) =>
        itemResource(href, resource.collection, item),
      )
    }
    case 'principal':
    case 'item':
      return []
  }
}

function itemsIn(reader: Reader, { id, kind }: Collection, folder: string, below: boolean): Item[] {
  if (kind !== 'files') return listItems(reader, id)
  return below ? listBelow(reader, id, folder) : listFolder(reader, id, folder)
}
