/** Dead properties: what clients keep with a resource without the server knowing what it means (RFC 4918, 4.3). */
import { listProperties, listPropertiesBelow, type Property } from '../../../replica/properties.ts'
import type { Reader } from '../../../replica/replica.ts'
import type { Existing } from '../resource.ts'

/** Gives the dead properties of a resource. */
export type DeadProperties = (resource: Existing) => readonly Property[]

const NONE: readonly Property[] = []

/** Looks each resource up by itself. */
export function deadProperties(reader: Reader): DeadProperties {
  return (resource) => {
    if (resource.type === 'collection') return listProperties(reader, resource.collection.id, '')
    if (resource.type === 'folder' || resource.type === 'item') {
      return listProperties(reader, resource.collection.id, resource.item.name)
    }
    return NONE
  }
}

/** Looks up all below the given resource at once, when the first is asked for. */
export function deadPropertiesBelow(reader: Reader, top: Existing): DeadProperties {
  const each = deadProperties(reader)
  if (top.type !== 'collection' && top.type !== 'folder') return each
  let below: Map<string, Property[]> | undefined
  return (resource) => {
    if (resource.href === top.href) return each(resource)
    if (resource.type !== 'item' && resource.type !== 'folder') return NONE
    below ??= listPropertiesBelow(reader, top.collection.id, top.type === 'folder' ? top.item.name : '')
    return below.get(resource.item.name) ?? NONE
  }
}
