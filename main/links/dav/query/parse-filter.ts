/** Filters as queries write them (RFC 6352, 10.5; RFC 4791, 9.7-9.9), checked and made ready to be used. */

import { CALDAV, CARDDAV } from '../../../formats/dav-namespaces.ts'
import {
  attributeOf,
  childElements,
  findChild,
  isNamed,
  textOf,
  type XmlElement,
} from '../../../formats/xml.ts'
import { readCalendarObject } from '../../../replica/index/icalendar/component.ts'
import type { TimeRange } from '../../../replica/index/icalendar/instances.ts'
import { parseTime } from '../../../replica/index/icalendar/time.ts'
import { zoneOfObject } from '../../../replica/index/icalendar/vtimezone.ts'
import type { Zone } from '../../../replica/index/icalendar/zone.ts'
import { Refusal } from '../refusal.ts'
import type { AddressbookFilter, CardPropFilter, Test } from './addressbook-filter.ts'
import type { CalendarFilter, CalendarPropFilter, CompFilter } from './calendar-filter.ts'
import type { ParamFilter } from './param-filter.ts'
import { COLLATIONS, MATCH_TYPES, type TextMatch } from './text-match.ts'

/**
 * @param query the `addressbook-query`; one without a filter wants every card.
 * @throws Refusal 400 for a filter that makes no sense, 403 for one that is not supported.
 */
export function parseAddressbookFilter(query: XmlElement): AddressbookFilter {
  const filter = findChild(query, CARDDAV, 'filter')
  if (!filter) return { test: 'anyof', props: [] }
  return { test: testOf(filter), props: only(filter, CARDDAV, ['prop-filter']).map(parseCardProp) }
}

/**
 * @param query the `calendar-query`.
 * @param calendarZone the zone of the calendar, for times that have none, unless the query names one.
 * @throws Refusal 403 for a filter that makes no sense or is not supported (RFC 4791, 7.8).
 */
export function parseCalendarFilter(query: XmlElement, calendarZone: Zone): CalendarFilter {
  const filter = findChild(query, CALDAV, 'filter')
  const comps = filter ? only(filter, CALDAV, ['comp-filter']).map(parseComp) : []
  const [calendar] = comps
  if (comps.length !== 1 || calendar?.name !== 'VCALENDAR') throw invalid(CALDAV)
  return { calendar, floating: parseZone(query) ?? calendarZone }
}

/** The zone named by a query: a whole iCalendar object in `timezone` (RFC 4791, 9.8). */
function parseZone(query: XmlElement): Zone | undefined {
  const element = findChild(query, CALDAV, 'timezone')
  if (!element) return undefined
  const zone = zoneOfObject(readCalendarObject(Buffer.from(textOf(element))))
  if (!zone) throw new Refusal(403, '<cal:valid-calendar-data/>')
  return zone
}

function invalid(namespace: string): Refusal {
  return namespace === CALDAV ? new Refusal(403, '<cal:valid-filter/>') : new Refusal(400)
}

function unsupported(namespace: string, what: 'filter' | 'collation'): Refusal {
  return new Refusal(403, `<${namespace === CALDAV ? 'cal' : 'card'}:supported-${what}/>`)
}

/** The conditions in an element. One that we do not know would change what the query wants, so it is not passed over. */
function only(element: XmlElement, namespace: string, names: string[]): XmlElement[] {
  const conditions = childElements(element).filter((child) => child.namespace === namespace)
  if (conditions.some((condition) => !names.includes(condition.local))) throw unsupported(namespace, 'filter')
  return conditions
}

function named(elements: XmlElement[], local: string): XmlElement[] {
  return elements.filter((element) => element.local === local)
}

/** At most one of them. */
function single(elements: XmlElement[], local: string, namespace: string): XmlElement | undefined {
  const found = named(elements, local)
  if (found.length > 1) throw invalid(namespace)
  return found[0]
}

/** `is-not-defined` excludes every other condition. */
function parseIsNotDefined(conditions: XmlElement[], namespace: string): boolean {
  const isNotDefined = conditions.some((condition) => isNamed(condition, namespace, 'is-not-defined'))
  if (isNotDefined && conditions.length > 1) throw invalid(namespace)
  return isNotDefined
}

function nameOf(element: XmlElement): string {
  const name = attributeOf(element, 'name')?.trim()
  if (!name) throw invalid(element.namespace)
  return name.toUpperCase()
}

function testOf(element: XmlElement): Test {
  const test = attributeOf(element, 'test') ?? 'anyof'
  if (test !== 'anyof' && test !== 'allof') throw invalid(element.namespace)
  return test
}

function parseCardProp(element: XmlElement): CardPropFilter {
  const conditions = only(element, CARDDAV, ['is-not-defined', 'text-match', 'param-filter'])
  const name = nameOf(element)
  const dot = name.lastIndexOf('.')
  return {
    name: name.slice(dot + 1),
    group: dot < 0 ? null : name.slice(0, dot),
    isNotDefined: parseIsNotDefined(conditions, CARDDAV),
    test: testOf(element),
    textMatches: named(conditions, 'text-match').map(parseTextMatch),
    params: named(conditions, 'param-filter').map(parseParam),
  }
}

// Components whose times RFC 4791, 9.9 defines.
const TIMED = new Set(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VALARM'])

function parseComp(element: XmlElement): CompFilter {
  const conditions = only(element, CALDAV, ['is-not-defined', 'time-range', 'prop-filter', 'comp-filter'])
  const name = nameOf(element)
  const timeRange = parseTimeRange(single(conditions, 'time-range', CALDAV))
  if (timeRange && !TIMED.has(name)) throw unsupported(CALDAV, 'filter')
  return {
    name,
    isNotDefined: parseIsNotDefined(conditions, CALDAV),
    timeRange,
    props: named(conditions, 'prop-filter').map(parseCalendarProp),
    comps: named(conditions, 'comp-filter').map(parseComp),
  }
}

function parseCalendarProp(element: XmlElement): CalendarPropFilter {
  const conditions = only(element, CALDAV, ['is-not-defined', 'time-range', 'text-match', 'param-filter'])
  const textMatch = single(conditions, 'text-match', CALDAV)
  return {
    name: nameOf(element),
    isNotDefined: parseIsNotDefined(conditions, CALDAV),
    timeRange: parseTimeRange(single(conditions, 'time-range', CALDAV)),
    textMatch: textMatch ? parseTextMatch(textMatch) : null,
    params: named(conditions, 'param-filter').map(parseParam),
  }
}

function parseParam(element: XmlElement): ParamFilter {
  const conditions = only(element, element.namespace, ['is-not-defined', 'text-match'])
  const textMatch = single(conditions, 'text-match', element.namespace)
  return {
    name: nameOf(element),
    isNotDefined: parseIsNotDefined(conditions, element.namespace),
    textMatch: textMatch ? parseTextMatch(textMatch) : null,
  }
}

/** A calendar's default is ASCII, and it only knows `contains`; see RFC 4791, 9.7.5 and RFC 6352, 10.5.4. */
function parseTextMatch(element: XmlElement): TextMatch {
  const { namespace } = element
  const wanted = attributeOf(element, 'collation') ?? 'default'
  const standard = namespace === CALDAV ? 'i;ascii-casemap' : 'i;unicode-casemap'
  const collation = wanted === 'default' ? standard : COLLATIONS.find((known) => known === wanted)
  if (!collation) throw unsupported(namespace, 'collation')
  const matchType = MATCH_TYPES.find((known) => known === (attributeOf(element, 'match-type') ?? 'contains'))
  const negate = attributeOf(element, 'negate-condition') ?? 'no'
  if (!matchType || (negate !== 'yes' && negate !== 'no')) throw invalid(namespace)
  return { text: textOf(element), collation, matchType, negate: negate === 'yes' }
}

/** Also for `expand` and its kin, which want both ends. Times must be in UTC (RFC 4791, 9.9). */
export function parseTimeRange(element: XmlElement | undefined): TimeRange | null {
  if (!element) return null
  const [start, end] = ['start', 'end'].map((name) => {
    const text = attributeOf(element, name)
    if (text === undefined) return undefined
    const time = parseTime(text)
    if (!time?.isUtc) throw invalid(CALDAV)
    return time.wall
  })
  if (start === undefined && end === undefined) throw invalid(CALDAV)
  const range = { start: start ?? Number.NEGATIVE_INFINITY, end: end ?? Number.POSITIVE_INFINITY }
  if (range.start >= range.end) throw invalid(CALDAV)
  return range
}
