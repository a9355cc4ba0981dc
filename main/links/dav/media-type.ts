/** The media type an item is served with. */
import { readEventFacts, readMediaType } from '../../replica/index/facts.ts'
import type { Item } from '../../replica/items.ts'
import type { Reader } from '../../replica/replica.ts'

export function mediaTypeOf(reader: Reader, item: Item): string {
  if (item.kind === 'contact') return 'text/vcard; charset=utf-8'
  if (item.kind === 'event') return 'text/calendar; charset=utf-8; component=VEVENT'
  if (item.kind === 'task') return 'text/calendar; charset=utf-8; component=VTODO'
  if (item.kind === 'file') return readMediaType(reader, item.seq) ?? 'application/octet-stream'
  const component = readEventFacts(reader, item.seq)?.component
  return `text/calendar; charset=utf-8${component ? `; component=${component}` : ''}`
}
