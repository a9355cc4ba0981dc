/**
 * Which calendar objects a calendar-query wants (RFC 4791, 9.7). A phone removes what such a query leaves out, so where the times
 * of an object cannot be known, or not with bearable work, it is taken to match.
 */
import { type ContentLine, decodedValue, unescapeText } from '../../../replica/index/content-line.ts'
import type { EventFacts } from '../../../replica/index/facts.ts'
import {
  type CalendarObject,
  type Component,
  lineOf,
  readCalendarObject,
} from '../../../replica/index/icalendar/component.ts'
import { DAY } from '../../../replica/index/icalendar/day.ts'
import { type Instance, instancesNear, type TimeRange } from '../../../replica/index/icalendar/instances.ts'
import type { Work } from '../../../replica/index/icalendar/rule-starts.ts'
import { readSeries, type Series } from '../../../replica/index/icalendar/series.ts'
import { zonesOf } from '../../../replica/index/icalendar/vtimezone.ts'
import type { Zone } from '../../../replica/index/icalendar/zone.ts'
import { matchesParam, type ParamFilter } from './param-filter.ts'
import { matchesText, type TextMatch } from './text-match.ts'
import {
  type Clock,
  goesOffIn,
  overlapsEvent,
  overlapsFreeBusy,
  overlapsProperty,
  overlapsTask,
  overlapsUndatedTask,
  readTrigger,
} from './time-range.ts'

export interface CompFilter {
  /** Upper case. */
  name: string
  /** True when there must be no such component; then there is nothing else to match. */
  isNotDefined: boolean
  timeRange: TimeRange | null
  props: CalendarPropFilter[]
  comps: CompFilter[]
}

export interface CalendarPropFilter {
  /** Upper case. */
  name: string
  /** True when the component must not have the property; then there is nothing else to match. */
  isNotDefined: boolean
  timeRange: TimeRange | null
  textMatch: TextMatch | null
  params: ParamFilter[]
}

export interface CalendarFilter {
  /** For VCALENDAR, as everything is in it. */
  calendar: CompFilter
  /** The zone of times that have none: the query's, or the calendar's. */
  floating: Zone
}

type KnownTimes = Pick<EventFacts, 'component' | 'startsAt' | 'endsAt' | 'readable'>

// The index takes floating times for UTC; no zone is further away from that than this.
const INDEX_MARGIN = DAY

/**
 * What the index alone tells about an object, so that most of a large calendar needs no reading.
 * @returns undefined when `matchesCalendarFilter` has to look at the object itself.
 */
export function judgeByIndex({ calendar }: CalendarFilter, facts: KnownTimes): boolean | undefined {
  const [wanted] = calendar.comps
  const isPlain = (filter: CompFilter) => !filter.isNotDefined && filter.props.length === 0
  if (!isPlain(calendar) || calendar.timeRange || calendar.comps.length !== 1) return undefined
  if (!wanted || !isPlain(wanted) || wanted.comps.length > 0) return undefined
  // An object of another kind may hold the wanted one as well, though it should not.
  if (!facts.readable || facts.component !== wanted.name) return undefined
  if (!wanted.timeRange) return true
  const { startsAt, endsAt } = facts
  if (startsAt === null || endsAt === null) return undefined
  const { start, end } = wanted.timeRange
  if (endsAt + INDEX_MARGIN < start || startsAt - INDEX_MARGIN > end) return false
  const [startsInside, endsInside] = [startsAt - INDEX_MARGIN > start, endsAt + INDEX_MARGIN < end]
  // One instance starts at `startsAt` and one ends at `endsAt`; where the others are the index does not know.
  const lastIsInside = endsAt - INDEX_MARGIN > start && end === Number.POSITIVE_INFINITY
  const firstIsInside = startsAt + INDEX_MARGIN < end && start === Number.NEGATIVE_INFINITY
  return (startsInside && endsInside) || lastIsInside || firstIsInside || undefined
}

/** Whether the object matches, by its bytes. Never throws. */
export function matchesCalendarFilter({ calendar, floating }: CalendarFilter, bytes: Uint8Array): boolean {
  const object = readCalendarObject(bytes)
  const clock = { zones: zonesOf(object), floating }
  let known: Map<Component, Series> | undefined
  const context: Context = {
    clock,
    work: { left: WORK_PER_OBJECT },
    seriesOf(component) {
      known ??= seriesByComponent(readSeries(object, clock.zones))
      return known.get(component)
    },
  }
  return !object.whole || matchesComponents(calendar, calendarsOf(object), undefined, context)
}

// A fragment without its wrapping is read as if it had it.
function calendarsOf({ components }: CalendarObject): Component[] {
  const calendars = components.filter((component) => component.name === 'VCALENDAR')
  return calendars.length > 0 ? calendars : [{ name: 'VCALENDAR', lines: [], components }]
}

interface Context {
  clock: Clock
  /** For all conditions of the filter together. */
  work: Work
  /** The series that a component belongs to. */
  seriesOf: (component: Component) => Series | undefined
}

function seriesByComponent(all: Series[]): Map<Component, Series> {
  const known = new Map<Component, Series>()
  for (const series of all) {
    for (const { component } of series.masters) known.set(component, series)
    for (const { timing } of series.overrides) known.set(timing.component, series)
  }
  return known
}

// Far more than any calendar needs, and still only milliseconds.
const WORK_PER_OBJECT = 50_000

/** Whether one of the components matches; `parent` is what they lie in. */
function matchesComponents(
  filter: CompFilter,
  components: Component[],
  parent: Component | undefined,
  context: Context,
): boolean {
  const named = components.filter((component) => component.name === filter.name)
  if (filter.isNotDefined) return named.length === 0
  const fitting = named.filter(
    (component) =>
      filter.props.every((prop) => matchesProp(prop, component, context.clock)) &&
      filter.comps.every((comp) => matchesComponents(comp, component.components, component, context)),
  )
  if (fitting.length === 0 || !filter.timeRange) return fitting.length > 0
  return isInRange(filter.name, fitting, parent, filter.timeRange, context)
}

function matchesProp(filter: CalendarPropFilter, component: Component, clock: Clock): boolean {
  const { timeRange, textMatch, params } = filter
  const named = component.lines.filter((line) => line.name === filter.name)
  if (filter.isNotDefined) return named.length === 0
  return named.some(
    (line) =>
      (!timeRange || overlapsProperty(line, timeRange, clock)) &&
      (!textMatch || matchesText(textMatch, textOf(line))) &&
      params.every((param) => matchesParam(param, line)),
  )
}

function textOf(line: ContentLine): string {
  return unescapeText(decodedValue(line))
}

function isInRange(
  name: string,
  components: Component[],
  parent: Component | undefined,
  range: TimeRange,
  context: Context,
): boolean {
  const { clock } = context
  switch (name) {
    case 'VEVENT':
    case 'VJOURNAL':
      return anyInstance(components, range, context, (instance) => overlapsEvent(instance, range))
    case 'VTODO':
      return (
        anyInstance(components, range, context, (one) => overlapsTask(one.component, one, range)) ||
        components.some((task) => isUndated(task) && overlapsUndatedTask(task, range, clock))
      )
    case 'VFREEBUSY':
      return components.some((component) => overlapsFreeBusy(component, range, clock))
    case 'VALARM':
      return components.some((alarm) => alarmIsInRange(alarm, parent, range, context))
    default:
      // RFC 4791 knows no time of other components.
      return false
  }
}

/** Whether an instance described by one of the components passes, or may pass and nobody can tell. */
function anyInstance(
  components: Component[],
  range: TimeRange,
  { clock, work, seriesOf }: Context,
  passes: (instance: Instance) => boolean,
): boolean {
  const wanted = new Set(components)
  for (const series of new Set(components.map(seriesOf))) {
    if (!series) continue
    work.left -= series.masters.length + series.overrides.length
    for (const instance of instancesNear(describedBy(series, wanted), range, clock.floating, work)) {
      if (wanted.has(instance.component) && passes(instance)) return true
    }
    if (series.isVague || work.left < 0) return true
  }
  return false
}

/** The series without the masters that none of the components comes from. */
function describedBy(series: Series, wanted: Set<Component>): Series {
  const changesLater = series.overrides.some(
    ({ timing, andFuture }) => andFuture && wanted.has(timing.component),
  )
  return {
    ...series,
    masters: series.masters.filter((master) => changesLater || wanted.has(master.component)),
  }
}

function isUndated(task: Component): boolean {
  return !['DTSTART', 'DUE', 'RECURRENCE-ID'].some((name) => lineOf(task, name))
}

function alarmIsInRange(
  alarm: Component,
  parent: Component | undefined,
  range: TimeRange,
  context: Context,
): boolean {
  const trigger = readTrigger(alarm, context.clock)
  if (!trigger || !parent) return false
  if (trigger.fixedAt !== null) return goesOffIn(trigger, trigger.fixedAt, range)
  const around = { start: range.start - trigger.reach, end: range.end + trigger.reach }
  return anyInstance([parent], around, context, (one) => goesOffIn(trigger, trigger.firstFor(one), range))
}
