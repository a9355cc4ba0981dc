/** Which methods make sense on a resource, for the Allow header. */
import type { Resource } from '../resource.ts'

const COMMON = ['OPTIONS', 'PROPFIND', 'REPORT']
const READ = ['GET', 'HEAD']
const CHANGE = ['PROPPATCH', 'DELETE', 'COPY', 'MOVE', 'LOCK', 'UNLOCK']

function methodsOf(resource: Resource): string[] {
  switch (resource.type) {
    case 'item':
      return [...COMMON, ...READ, 'PUT', ...CHANGE, ...(resource.item.kind === 'file' ? ['PATCH'] : [])]
    case 'folder':
      return [...COMMON, ...READ, ...CHANGE]
    case 'collection':
      return [...COMMON, ...READ, ...CHANGE]
    case 'signpost':
    case 'principal':
    case 'home':
      return [...COMMON, ...READ, 'PROPPATCH']
    case 'free-item':
      return ['OPTIONS', 'PUT', 'LOCK', ...(resource.collection.kind === 'files' ? ['MKCOL'] : [])]
    case 'free-collection':
      return ['OPTIONS', 'MKCOL', ...(resource.kind === 'calendar' ? ['MKCALENDAR'] : [])]
    case 'nowhere':
      return ['OPTIONS']
  }
}

/** Value of the Allow header. */
export function allowedMethods(resource: Resource): string {
  return methodsOf(resource).join(', ')
}
