/** Dead properties: what clients keep with a resource without the server knowing what it means (RFC 4918, 4.3). */
import type { Phone } from '../../../replica/phones.ts'
import {
  listPhoneProperties,
  listProperties,
  listPropertiesBelow,
  type Property,
} from '../../../replica/properties.ts'
import type { Reader } from '../../../replica/replica.ts'
import type { Existing } from '../resource.ts'

/** Gives the dead properties of a resource. */
export type DeadProperties = (resource: Existing) => readonly Property[]

const NONE: readonly Property[] = []

/** Under which name the properties of what is no collection are kept; undefined for collections and items. */
export function phonePlaceOf(resource: Existing): string | undefined {
  if (resource.type === 'principal') return 'principal'
  return resource.type === 'home' ? `home of ${resource.kind}` : undefined
}

/** Looks each resource up by itself. */
export function deadProperties(reader: Reader, phone: Phone): DeadProperties {
  return (resource) => {
    const place = phonePlaceOf(resource)
    if (place !== undefined) return listPhoneProperties(reader, phone.id, place)
    if (resource.type === 'collection') return listProperties(reader, resource.collection.id, '')
    if (resource.type === 'folder' || resource.type === 'item') {
      return listProperties(reader, resource.collection.id, resource.item.name)
    }
    return NONE
  }
}

/** Looks up all below the given resource at once, when the first is asked for. */
export function deadPropertiesBelow(reader: Reader, phone: Phone, top: Existing): DeadProperties {
  const each = deadProperties(reader, phone)
  if (top.type !== 'collection' && top.type !== 'folder') return each
  let below: Map<string, Property[]> | undefined
  return (resource) => {
    if (resource.href === top.href) return each(resource)
    if (resource.type !== 'item' && resource.type !== 'folder') return NONE
    below ??= listPropertiesBelow(reader, top.collection.id, top.type === 'folder' ? top.item.name : '')
    return below.get(resource.item.name) ?? NONE
  }
}
