/**
 * Events and tasks as they happen: one component, or a recurring one with its exceptions, and the instances of both
 * (RFC 5545, 3.8.5). Where a rule cannot be understood, or would cost too much, the series says so instead of guessing.
 */
import { type ContentLine, decodedValue } from '../content-line.ts'
import { type CalendarObject, type Component, componentsNamed, lineOf, linesOf } from './component.ts'
import { DAY } from './day.ts'
import { type Exceptions, exceptionsOf, excepts } from './exceptions.ts'
import { parseRule } from './rule.ts'
import { lastStart, type Pattern, startsOf, type Work } from './rule-starts.ts'
import {
  type CalendarTime,
  type Duration,
  momentAfter,
  momentOfTime,
  type Period,
  periodsOf,
  timeOf,
  timesOf,
  type ZoneTable,
} from './time.ts'
import { readTiming, type Timing } from './timing.ts'
import { UTC, type Zone } from './zone.ts'

/** A component that repeats. */
interface Repetition {
  /** The patterns of its RRULEs. */
  patterns: Pattern[]
  dates: Period[]
  /** The patterns of its EXRULEs, which RFC 2445 had. */
  exceptPatterns: Pattern[]
  /** Its EXDATEs. */
  excluded: Exceptions
}

/** A component that stands in for an instance of another (RECURRENCE-ID). */
interface Override {
  timing: Timing
  replaces: CalendarTime
  /** The moment of that, floating times taken for UTC. */
  replacedAt: number
  /** How much later than planned it starts, in milliseconds. */
  shift: number
  /** With RANGE=THISANDFUTURE later instances move and last as it does. */
  andFuture: boolean
}

/** All components of one kind with one UID. */
export interface Series {
  /** `VEVENT`, `VTODO` or `VJOURNAL`. */
  kind: string
  /** Components that are not overrides: one, unless the object is broken. */
  masters: (Timing & { repetition: Repetition | null })[]
  overrides: Override[]
  /** The starts that the overrides replace. */
  replaced: Exceptions
  /** True when a start or a rule could not be understood: then there may be instances that nobody finds. */
  isVague: boolean
}

export interface Instance {
  /** The component that describes it. */
  component: Component
  start: CalendarTime
  /** Milliseconds since 1970. */
  startsAt: number
  endsAt: number
  /** The start it would have without an exception; null when it does not belong to a recurring component. */
  recurrenceId: CalendarTime | null
}

const KINDS = ['VEVENT', 'VTODO', 'VJOURNAL']

/** The series of an object, in the order in which they begin in it. */
export function readSeries(object: CalendarObject, zones: ZoneTable): Series[] {
  const groups = new Map<string, Component[]>()
  for (const component of componentsNamed(object, new Set(KINDS))) {
    const line = lineOf(component, 'UID')
    const key = `${component.name} ${line ? decodedValue(line).trim() : ''}`
    const group = groups.get(key)
    if (group) group.push(component)
    else groups.set(key, [component])
  }
  return [...groups.values()].map((components) => seriesOf(components, zones))
}

function seriesOf(components: Component[], zones: ZoneTable): Series {
  const overrides = components.flatMap((component) => readOverride(component, zones) ?? [])
  const series: Series = {
    kind: components[0]!.name,
    masters: [],
    overrides: overrides.sort((a, b) => a.replacedAt - b.replacedAt),
    replaced: exceptionsOf(overrides.map((override) => override.replaces)),
    isVague: false,
  }
  const replacing = new Set(overrides.map((override) => override.timing.component))
  for (const component of components) {
    if (replacing.has(component)) continue
    const timing = readTiming(component, zones)
    const repetition = readRepetition(component, timing.start, series, zones)
    series.masters.push({ ...timing, repetition })
    if (!timing.start && lineOf(component, 'DTSTART')) series.isVague = true
  }
  return series
}

function readOverride(component: Component, zones: ZoneTable): Override | undefined {
  const line = lineOf(component, 'RECURRENCE-ID')
  const replaces = timeOf(line, zones)
  if (!line || !replaces) return undefined
  const timing = readTiming(component, zones)
  const replacedAt = momentOfTime(replaces, UTC)
  const shift = timing.start ? momentOfTime(timing.start, UTC) - replacedAt : 0
  const andFuture = /RANGE\s*=\s*"?THISANDFUTURE/i.test(line.parameters)
  return { timing, replaces, replacedAt, shift, andFuture }
}

/** Null for a component that does not repeat. Marks the series as vague when a rule cannot be understood. */
function readRepetition(
  component: Component,
  start: CalendarTime | null,
  series: Series,
  zones: ZoneTable,
): Repetition | null {
  const rules = linesOf(component, 'RRULE')
  const dates = linesOf(component, 'RDATE')
  if (rules.length === 0 && dates.length === 0 && series.overrides.length === 0) return null
  const patternsOf = (lines: ContentLine[]) =>
    lines.flatMap((line) => {
      const pattern = start && patternOf(decodedValue(line), start)
      if (!pattern) series.isVague = true
      return pattern ?? []
    })
  return {
    patterns: patternsOf(rules),
    dates: dates.flatMap((line) => periodsOf(line, zones)),
    exceptPatterns: patternsOf(linesOf(component, 'EXRULE')),
    excluded: exceptionsOf(linesOf(component, 'EXDATE').flatMap((line) => timesOf(line, zones))),
  }
}

function patternOf(text: string, start: CalendarTime): Pattern | undefined {
  const rule = parseRule(text)
  const repeatsFast = rule && ['SECONDLY', 'MINUTELY', 'HOURLY'].includes(rule.frequency)
  if (!rule || (start.isDate && repeatsFast)) return undefined
  return { rule, first: start.wall, isDate: start.isDate, until: untilOf(rule.until, start) }
}

function untilOf(
  until: { wall: number; isDate: boolean; isUtc: boolean } | null,
  start: CalendarTime,
): number {
  if (!until) return Number.POSITIVE_INFINITY
  if (until.isDate) return until.wall + DAY - 1
  if (until.isUtc && start.isDate) return nearestMidnight(until.wall)
  return until.wall + (until.isUtc && start.zone ? start.zone.offsetAt(until.wall) : 0)
}

// Exchange ends series of whole days with midnight of the owner's zone in UTC: `20260817T220000Z` is 18 August in Berlin.
function nearestMidnight(wall: number): number {
  const isEndOfDay = wall % DAY > DAY - 60_000
  return isEndOfDay ? wall : Math.floor(wall / DAY + 0.5) * DAY
}

function isExcepted(series: Series, repetition: Repetition, start: CalendarTime, work: Work): boolean {
  if (excepts(series.replaced, start) || excepts(repetition.excluded, start)) return true
  return repetition.exceptPatterns.some(
    (pattern) => startsOf(pattern, start.wall, work).next().value === start.wall,
  )
}

/** Moments; `start` may be -Infinity and `end` Infinity. */
export interface TimeRange {
  start: number
  end: number
}

// What separates moments from the wall clock of any zone, with a day of summer time and rounding to spare.
const MARGIN = 2 * DAY

/**
 * All instances that touch the range, and some near it, in no particular order; overrides come first.
 * When `work` runs out they end early, and `work.left` is below 0.
 * @param floating the zone of times that have none.
 */
export function* instancesNear(
  series: Series,
  range: TimeRange,
  floating: Zone,
  work: Work,
): Generator<Instance> {
  for (const { timing, replaces } of series.overrides) {
    if (timing.start) yield instanceOf(timing, timing.start, replaces, floating)
  }
  for (const master of series.masters) {
    const { start, repetition } = master
    if (!start) continue
    if (!repetition) yield instanceOf(master, start, null, floating)
    else {
      const repeating = { ...master, start, repetition }
      const reach = reachOf(series, master) + MARGIN
      for (const pattern of repetition.patterns) {
        yield* ruledInstances(
          series,
          repeating,
          pattern,
          range.start - reach,
          range.end + reach,
          floating,
          work,
        )
      }
      yield* datedInstances(series, repeating, floating, work)
    }
  }
}

type Repeating = Timing & { start: CalendarTime; repetition: Repetition }

/** The instances one rule makes between two wall clock times. */
function* ruledInstances(
  series: Series,
  master: Repeating,
  pattern: Pattern,
  from: number,
  to: number,
  floating: Zone,
  work: Work,
): Generator<Instance> {
  for (const wall of startsOf(pattern, from, work)) {
    if (wall > to) return
    const start = { ...master.start, wall }
    if (!isExcepted(series, master.repetition, start, work)) yield inheriting(series, master, start, floating)
  }
}

/** The instances of RDATE. The first start is one too; where there is a rule, that has it already. */
function* datedInstances(series: Series, master: Repeating, floating: Zone, work: Work): Generator<Instance> {
  const { start, repetition } = master
  const first = repetition.patterns.length === 0 ? [{ start, length: null }] : []
  for (const date of [...first, ...repetition.dates]) {
    if (--work.left < 0) return
    if (isExcepted(series, repetition, date.start, work)) continue
    const timing = date.length ? { ...master, length: date.length } : master
    yield inheriting(series, timing, date.start, floating)
  }
}

/** How far an instance may reach from the start that the rule gives it. */
function reachOf(series: Series, { length }: Timing): number {
  const moved = series.overrides.filter((override) => override.andFuture)
  return Math.max(
    sizeOf(length),
    ...moved.map((override) => Math.abs(override.shift) + sizeOf(override.timing.length)),
  )
}

function sizeOf({ days, time }: Duration): number {
  return days * DAY + time
}

/** The instance at a start made by the rule, changed as the last override says that is meant for all later ones too. */
function inheriting(series: Series, master: Timing, start: CalendarTime, floating: Zone): Instance {
  const startsAt = series.overrides.length > 0 ? momentOfTime(start, UTC) : 0
  const override = series.overrides.findLast((one) => one.andFuture && one.replacedAt <= startsAt)
  const changed = override?.timing.start
  if (!override || !changed) return instanceOf(master, start, start, floating)
  const wall = start.wall + override.shift
  const moved = changed.isDate
    ? { ...changed, wall: Math.floor(wall / DAY) * DAY }
    : { ...changed, wall, zone: start.zone ?? changed.zone }
  return instanceOf(override.timing, moved, start, floating)
}

function instanceOf(
  { component, length }: Timing,
  start: CalendarTime,
  recurrenceId: CalendarTime | null,
  floating: Zone,
): Instance {
  const startsAt = momentOfTime(start, floating)
  return { component, start, startsAt, endsAt: momentAfter(start, length, floating), recurrenceId }
}

/** From the start of the first instance to the end of the last one. */
export interface Extent {
  /** Null when nothing has a time. */
  startsAt: number | null
  /** Null when it never ends, or when nobody knows. */
  endsAt: number | null
}

/** The extent of a series, as far as it can be known with so much work. */
export function extentOf(series: Series, floating: Zone, work: Work): Extent {
  const known = series.overrides.flatMap(({ timing, replaces }) =>
    timing.start ? instanceOf(timing, timing.start, replaces, floating) : [],
  )
  let isOpen = series.isVague
  for (const master of series.masters) {
    const { start, repetition } = master
    // A task without any date is there at all times (RFC 4791, 9.9).
    if (!start) isOpen ||= series.kind === 'VTODO'
    else if (!repetition) known.push(instanceOf(master, start, null, floating))
    else {
      const repeating = { ...master, start, repetition }
      known.push(...datedInstances(series, repeating, floating, work))
      for (const pattern of repetition.patterns) {
        const first = firstInstance(series, repeating, pattern, floating, work)
        const last = isEndless(pattern) ? undefined : lastInstance(series, repeating, pattern, floating, work)
        if (first) known.push(first)
        if (last) known.push(last)
        else isOpen ||= first !== undefined
      }
    }
  }
  if (known.length === 0) return { startsAt: earliestStart(series, floating), endsAt: null }
  return {
    startsAt: least(known.map((instance) => instance.startsAt)),
    endsAt: isOpen || work.left < 0 ? null : most(known.map((instance) => instance.endsAt)),
  }
}

function isEndless({ rule, until }: Pattern): boolean {
  return rule.count === null && until === Number.POSITIVE_INFINITY
}

function firstInstance(series: Series, master: Repeating, pattern: Pattern, floating: Zone, work: Work) {
  const all = ruledInstances(series, master, pattern, pattern.first, Number.POSITIVE_INFINITY, floating, work)
  return all.next().value as Instance | undefined
}

/** Undefined when there is none, or when work ran out. */
function lastInstance(series: Series, master: Repeating, pattern: Pattern, floating: Zone, work: Work) {
  let bound = Number.POSITIVE_INFINITY
  for (;;) {
    const wall = lastStart(pattern, bound, work)
    if (wall === undefined) return undefined
    const start = { ...master.start, wall }
    if (!isExcepted(series, master.repetition, start, work))
      return inheriting(series, master, start, floating)
    bound = wall - 1
  }
}

// All instances are excluded; it still began some day.
function earliestStart(series: Series, floating: Zone): number | null {
  const starts = series.masters.flatMap(({ start }) => (start ? momentOfTime(start, floating) : []))
  return starts.length > 0 ? least(starts) : null
}

// Spreading into Math.min has a limit to its arguments.
function least(numbers: number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b))
}

function most(numbers: number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b))
}
