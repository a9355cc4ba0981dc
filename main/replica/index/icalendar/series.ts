/**
 * Events and tasks that belong together: one component, or a recurring one with its exceptions (RFC 5545, 3.8.5). Where a rule
 * cannot be understood the series says so instead of guessing.
 */
import { type ContentLine, decodedValue } from '../content-line.ts'
import { type CalendarObject, type Component, componentsNamed, lineOf, linesOf } from './component.ts'
import { DAY } from './day.ts'
import { type Exceptions, exceptionsOf } from './exceptions.ts'
import { parseRule } from './rule.ts'
import type { Pattern } from './rule-starts.ts'
import {
  type CalendarTime,
  momentOfTime,
  type Period,
  periodsOf,
  timeOf,
  timesOf,
  type ZoneTable,
} from './time.ts'
import { readTiming, type Timing } from './timing.ts'
import { UTC } from './zone.ts'

/** A component that repeats. */
export interface Repetition {
  /** The patterns of its RRULEs. */
  patterns: Pattern[]
  dates: Period[]
  /** The patterns of its EXRULEs, which RFC 2445 had. */
  exceptPatterns: Pattern[]
  /** Its EXDATEs. */
  excluded: Exceptions
}

/** A component that stands in for an instance of another (RECURRENCE-ID). */
export interface Override {
  timing: Timing & { start: CalendarTime }
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
  const start = timing.start ?? replaces
  const replacedAt = momentOfTime(replaces, UTC)
  const shift = momentOfTime(start, UTC) - replacedAt
  const andFuture = /RANGE\s*=\s*"?THISANDFUTURE/i.test(line.parameters)
  return { timing: { ...timing, start }, replaces, replacedAt, shift, andFuture }
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
