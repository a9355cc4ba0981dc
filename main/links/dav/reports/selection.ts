/** What reports ask of each item: properties, and the content itself as `address-data` or `calendar-data`. */
import { isUtf8 } from 'node:buffer'
import { CALDAV, CARDDAV, DAV } from '../../../formats/dav-namespaces.ts'
import {
  attributeOf,
  childElements,
  escapeText,
  findChild,
  isNamed,
  tagOf,
  type XmlElement,
} from '../../../formats/xml.ts'
import type { Collection } from '../../../replica/collections.ts'
import type { Item } from '../../../replica/items.ts'
import type { Reader } from '../../../replica/replica.ts'
import { zoneOfCalendar } from '../calendar-zone.ts'
import { asVersion3 } from '../card-version.ts'
import { type Selection, selectNamed } from '../properties/selection.ts'
import { expandCalendar, limitRecurrenceSet } from '../query/expand.ts'
import { parseTimeRange } from '../query/parse-filter.ts'
import { Refusal } from '../refusal.ts'
import { bytesOf } from './item-element.ts'

export interface ReportSelection {
  properties: Selection
  /** The item's content as an XML element; '' when the client did not ask for content. */
  contentOf: (item: Item) => string
}

/**
 * Reads the `prop` element of a report.
 * @throws Refusal 403 for content in a form that we do not have.
 */
export function selectByReport(
  reader: Reader,
  collection: Collection,
  report: XmlElement,
  minimal: boolean,
): ReportSelection {
  const prop = findChild(report, DAV, 'prop')
  const names = prop ? childElements(prop) : []
  const content = names.find(isContent)
  const others = names.filter((name) => name !== content)
  const properties = selectNamed(others, minimal)
  if (!content) return { properties, contentOf: () => '' }
  const convert =
    content.namespace === CARDDAV ? cardForm(content) : calendarForm(content, reader, collection)
  const { open, close } = tagOf(content.namespace, content.local)
  return {
    properties,
    contentOf(item) {
      return open + escapeText(textOfBytes(convert(bytesOf(reader, item)))) + close
    },
  }
}

function isContent(name: XmlElement): boolean {
  return isNamed(name, CARDDAV, 'address-data') || isNamed(name, CALDAV, 'calendar-data')
}

// What is not UTF-8 mostly comes from old Windows.
function textOfBytes(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('windows-1252').decode(bytes)
}

type Convert = (bytes: Buffer) => Buffer

// Who does not ask for another version wants 3.0 (RFC 6352, 10.4.2); Apple's clients stop at a card of 4.0.
function cardForm(content: XmlElement): Convert {
  if ((attributeOf(content, 'content-type') ?? 'text/vcard').toLowerCase() !== 'text/vcard') {
    throw new Refusal(403, '<card:supported-address-data/>')
  }
  return attributeOf(content, 'version') === '4.0' ? (bytes) => bytes : asVersion3
}

// A part of an object is not cut out for clients that name the properties they want (RFC 4791, 9.6): they get all of it.
function calendarForm(content: XmlElement, reader: Reader, calendar: Collection): Convert {
  if ((attributeOf(content, 'content-type') ?? 'text/calendar').toLowerCase() !== 'text/calendar') {
    throw new Refusal(403, '<cal:supported-calendar-data/>')
  }
  const expand = rangeOf(content, 'expand')
  const limit = rangeOf(content, 'limit-recurrence-set')
  if (!expand && !limit) return (bytes) => bytes
  const zone = zoneOfCalendar(reader, calendar)
  return expand
    ? (bytes) => expandCalendar(bytes, expand, zone)
    : (bytes) => limitRecurrenceSet(bytes, limit!, zone)
}

function rangeOf(content: XmlElement, local: string) {
  const element = findChild(content, CALDAV, local)
  if (!element) return undefined
  const range = parseTimeRange(element)
  if (!range || !Number.isFinite(range.start) || !Number.isFinite(range.end)) throw new Refusal(400)
  return range
}
