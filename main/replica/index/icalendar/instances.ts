/**
 * The instances of a series: what happens when, after all rules and exceptions. No series can keep this busy for longer than it
 * is allowed; whoever asks hears when it was given up.
 */
import type { Component } from './component.ts'
import { DAY } from './day.ts'
import { excepts } from './exceptions.ts'
import { lastStart, type Pattern, startsOf, type Work } from './rule-starts.ts'
import type { Repetition, Series } from './series.ts'
import { type CalendarTime, type Duration, momentAfter, momentOfTime } from './time.ts'
import type { Timing } from './timing.ts'
import { UTC, type Zone } from './zone.ts'

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
    yield instanceOf(timing, timing.start, replaces, floating)
  }
  for (const master of series.masters) {
    const { start, repetition } = master
    if (!start) continue
    if (!repetition) yield instanceOf(master, start, null, floating)
    else {
      const source = { series, master: { ...master, start, repetition }, floating, work }
      const reach = reachOf(series, master) + MARGIN
      for (const pattern of repetition.patterns) {
        yield* ruledInstances(source, pattern, range.start - reach, range.end + reach)
      }
      yield* datedInstances(source)
    }
  }
}

/** A component that repeats, and all that its instances depend on. */
interface Source {
  series: Series
  master: Timing & { start: CalendarTime; repetition: Repetition }
  floating: Zone
  work: Work
}

/** The instances one rule makes between two wall clock times. */
function* ruledInstances(source: Source, pattern: Pattern, from: number, to: number): Generator<Instance> {
  for (const wall of startsOf(pattern, from, source.work)) {
    if (wall > to) return
    const start = { ...source.master.start, wall }
    if (!isExcepted(source, start)) yield inheriting(source, source.master, start)
  }
}

function isExcepted({ series, master, work }: Source, start: CalendarTime): boolean {
  const { repetition } = master
  if (excepts(series.replaced, start) || excepts(repetition.excluded, start)) return true
  return repetition.exceptPatterns.some(
    (pattern) => startsOf(pattern, start.wall, work).next().value === start.wall,
  )
}

/** The instances of RDATE. The first start is one too; where there is a rule, that has it already. */
function* datedInstances(source: Source): Generator<Instance> {
  const { master, work } = source
  const { start, repetition } = master
  const first = repetition.patterns.length === 0 ? [{ start, length: null }] : []
  for (const date of [...first, ...repetition.dates]) {
    if (--work.left < 0) return
    if (isExcepted(source, date.start)) continue
    const timing = date.length ? { ...master, length: date.length } : master
    yield inheriting(source, timing, date.start)
  }
}

/** How far an instance may reach from the start that the rule gives it. */
function reachOf(series: Series, { length }: Timing): number {
  const moved = series.overrides.filter((override) => override.andFuture)
  return most([
    sizeOf(length),
    ...moved.map((override) => Math.abs(override.shift) + sizeOf(override.timing.length)),
  ])
}

function sizeOf({ days, time }: Duration): number {
  return days * DAY + time
}

/** The instance at a start made by the rule, changed as the last override says that is meant for all later ones too. */
function inheriting({ series, floating }: Source, master: Timing, start: CalendarTime): Instance {
  const startsAt = series.overrides.length > 0 ? momentOfTime(start, UTC) : 0
  const override = series.overrides.findLast((one) => one.andFuture && one.replacedAt <= startsAt)
  if (!override) return instanceOf(master, start, start, floating)
  const changed = override.timing.start
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
  const known = series.overrides.map(({ timing, replaces }) =>
    instanceOf(timing, timing.start, replaces, floating),
  )
  let isOpen = series.isVague
  for (const master of series.masters) {
    const { start, repetition } = master
    // A task without any date is there at all times (RFC 4791, 9.9).
    if (!start) isOpen ||= series.kind === 'VTODO'
    else if (!repetition) known.push(instanceOf(master, start, null, floating))
    else {
      const source = { series, master: { ...master, start, repetition }, floating, work }
      for (const instance of datedInstances(source)) known.push(instance)
      for (const pattern of repetition.patterns) {
        const first = firstInstance(source, pattern)
        const last = isEndless(pattern) ? undefined : lastInstance(source, pattern)
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

function firstInstance(source: Source, pattern: Pattern): Instance | undefined {
  const [first] = ruledInstances(source, pattern, pattern.first, Number.POSITIVE_INFINITY)
  return first
}

/** Undefined when there is none, or when work ran out. */
function lastInstance(source: Source, pattern: Pattern): Instance | undefined {
  for (let bound = Number.POSITIVE_INFINITY; ; ) {
    const wall = lastStart(pattern, bound, source.work)
    if (wall === undefined) return undefined
    const start = { ...source.master.start, wall }
    if (!isExcepted(source, start)) return inheriting(source, source.master, start)
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
