/** Reads a calendar object of any version, whole or broken, for the index. */
import { decodedValue, unescapeText } from './content-line.ts'
import { clip, clipUid, type EventFacts } from './facts.ts'
import { type Component, componentsNamed, lineOf, readCalendarObject } from './icalendar/component.ts'
import { extentOf } from './icalendar/instances.ts'
import { readSeries, type Series } from './icalendar/series.ts'
import { readTiming } from './icalendar/timing.ts'
import { zonesOf } from './icalendar/vtimezone.ts'
import { UTC } from './icalendar/zone.ts'

const KINDS = new Set(['VEVENT', 'VTODO', 'VJOURNAL'])

// Enough for 50 years of days; what costs more is left to queries, which know where to look.
const WORK_PER_OBJECT = 20_000

/**
 * What the index keeps of a calendar object (iCalendar and vCalendar 1.0). Its first component that is not an exception gives
 * the name; the times are from the first instance to the last of all that the object holds of its kind. Never throws and never changes the
 * bytes: what cannot be read is left out.
 */
export function readCalendar(bytes: Uint8Array): EventFacts {
  const object = readCalendarObject(bytes)
  const components = componentsNamed(object, KINDS)
  const main = components.find((component) => !lineOf(component, 'RECURRENCE-ID')) ?? components[0]
  if (!main) return NOTHING
  const zones = zonesOf(object)
  const series = readSeries(object, zones).filter((one) => one.kind === main.name)
  const { startsAt, endsAt } = extentOfAll(series)
  const place = textOf(main, 'LOCATION')
  return {
    kind: main.name === 'VEVENT' ? 'event' : main.name === 'VTODO' ? 'task' : 'other',
    uid: clipUid(textOf(main, 'UID')),
    component: main.name,
    title: clip(textOf(main, 'SUMMARY')),
    place: place === '' ? null : clip(place),
    startsAt,
    endsAt: object.whole ? endsAt : null,
    allDay: readTiming(main, zones).start?.isDate ?? false,
    recurring: components.some((component) => lineOf(component, 'RRULE') || lineOf(component, 'RDATE')),
    readable: object.whole && (startsAt !== null || main.name !== 'VEVENT'),
  }
}

const NOTHING: EventFacts = {
  kind: 'other',
  uid: null,
  component: '',
  title: '',
  place: null,
  startsAt: null,
  endsAt: null,
  allDay: false,
  recurring: false,
  readable: false,
}

function extentOfAll(series: Series[]): { startsAt: number | null; endsAt: number | null } {
  const work = { left: WORK_PER_OBJECT }
  let startsAt: number | null = null
  let endsAt: number | null = Number.NEGATIVE_INFINITY
  for (const one of series) {
    const extent = extentOf(one, UTC, work)
    if (extent.startsAt !== null) startsAt = Math.min(startsAt ?? Number.POSITIVE_INFINITY, extent.startsAt)
    endsAt = endsAt === null || extent.endsAt === null ? null : Math.max(endsAt, extent.endsAt)
  }
  return { startsAt, endsAt }
}

function textOf(component: Component, name: string): string {
  const line = lineOf(component, name)
  return line ? unescapeText(decodedValue(line)).trim() : ''
}
