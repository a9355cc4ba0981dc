/** What a phone may do with a resource (RFC 3744, 5.4). All that it sees is its own, so this depends on the resource alone. */
import type { Existing } from '../resource.ts'

const element = (names: string[]) => names.map((name) => `<d:privilege>${name}</d:privilege>`).join('')

const READ = element(['<d:read/>', '<d:read-current-user-privilege-set/>'])
const CHANGE = element([
  '<d:read/>',
  '<d:read-current-user-privilege-set/>',
  '<d:write/>',
  '<d:write-content/>',
  '<d:write-properties/>',
  '<d:bind/>',
  '<d:unbind/>',
  '<d:unlock/>',
])
const CALENDAR = CHANGE + element(['<cal:read-free-busy/>'])

export function privilegesOf(resource: Existing): string {
  if (resource.type === 'signpost') return READ
  return resource.type === 'collection' && resource.collection.kind === 'calendar' ? CALENDAR : CHANGE
}
