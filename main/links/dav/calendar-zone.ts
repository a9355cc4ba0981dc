/** The zone of a calendar, for events whose times name none: what its client set as one of its properties. */

import { CALDAV } from '../../formats/dav-namespaces.ts'
import { parseXml, textOf } from '../../formats/xml.ts'
import type { Collection } from '../../replica/collections.ts'
import { readCalendarObject } from '../../replica/index/icalendar/component.ts'
import { zoneOfObject } from '../../replica/index/icalendar/vtimezone.ts'
import { UTC, type Zone } from '../../replica/index/icalendar/zone.ts'
import { zoneNamed } from '../../replica/index/icalendar/zone-names.ts'
import { listProperties } from '../../replica/properties.ts'
import type { Reader } from '../../replica/replica.ts'

/** By `calendar-timezone-id` (RFC 7809) or `calendar-timezone` (RFC 4791, 5.2.2); UTC without either. */
export function zoneOfCalendar(reader: Reader, calendar: Collection): Zone {
  const properties = listProperties(reader, calendar.id, '')
  const textOfProperty = (local: string) => {
    const property = properties.find((one) => one.namespace === CALDAV && one.local === local)
    return property && textOf(parseXml(Buffer.from(property.xml)))
  }
  const name = textOfProperty('calendar-timezone-id')
  const named = name === undefined ? undefined : zoneNamed(name.trim())
  if (named) return named
  const object = textOfProperty('calendar-timezone')
  return (object && zoneOfObject(readCalendarObject(Buffer.from(object)))) || UTC
}
