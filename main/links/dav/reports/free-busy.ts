/** free-busy-query: when the calendar keeps its owner busy (RFC 4791, 7.10). */

import { CALDAV } from '../../../formats/dav-namespaces.ts'
import { findChild, type XmlElement } from '../../../formats/xml.ts'
import { type EventTimes, listEventFacts } from '../../../replica/index/facts.ts'
import type { TimeRange } from '../../../replica/index/icalendar/instances.ts'
import { listItems } from '../../../replica/items.ts'
import { zoneOfCalendar } from '../calendar-zone.ts'
import type { Exchange } from '../exchange.ts'
import { busyTimesOf, parseFreeBusyRange, writeFreeBusy } from '../query/free-busy.ts'
import { type Existing, isSynced } from '../resource.ts'
import { bytesOf } from './item-element.ts'
import { unsupportedReport } from './report.ts'

export async function freeBusyQuery(exchange: Exchange, resource: Existing, body: XmlElement): Promise<void> {
  const { replica, response } = exchange
  if (!isSynced(resource) || resource.collection.kind !== 'calendar') throw unsupportedReport()
  const { collection } = resource
  const range = parseFreeBusyRange(findChild(body, CALDAV, 'time-range'))
  const zone = zoneOfCalendar(replica, collection)
  const facts = listEventFacts(replica, collection.id)
  const times = listItems(replica, collection.id)
    .filter(({ seq }) => mayTouch(facts.get(seq), range))
    .flatMap((item) => busyTimesOf(bytesOf(replica, item), range, zone))
  const answer = Buffer.from(writeFreeBusy(times, range, replica.world.now()))
  response.writeHead(200, {
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Length': String(answer.length),
  })
  response.end(answer)
}

// The index takes floating times for UTC, which is less than a day off.
const MARGIN = 86_400_000

function mayTouch(times: EventTimes | undefined, { start, end }: TimeRange): boolean {
  if (!times?.readable || times.startsAt === null || times.endsAt === null) return true
  return times.endsAt + MARGIN >= start && times.startsAt - MARGIN <= end
}
