/** Which reports a resource answers (RFC 3253, 3.1.5). */
import type { Existing } from '../resource.ts'

const element = (names: string[]) =>
  names.map((name) => `<d:supported-report><d:report><${name}/></d:report></d:supported-report>`).join('')

const ANYWHERE = element(['d:expand-property'])
const PRINCIPAL = ANYWHERE + element(['d:principal-search-property-set', 'd:principal-match'])
const ADDRESS_BOOK = element(['d:sync-collection', 'card:addressbook-multiget', 'card:addressbook-query'])
const CALENDAR = element([
  'd:sync-collection',
  'cal:calendar-multiget',
  'cal:calendar-query',
  'cal:free-busy-query',
])

export function reportsOf(resource: Existing): string {
  if (resource.type === 'principal' || resource.type === 'signpost') return PRINCIPAL
  if (resource.type !== 'collection' || resource.collection.kind === 'files') return ANYWHERE
  return ANYWHERE + (resource.collection.kind === 'contacts' ? ADDRESS_BOOK : CALENDAR)
}
