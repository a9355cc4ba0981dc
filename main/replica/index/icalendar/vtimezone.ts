/** Zones as calendars bring them along: VTIMEZONE (RFC 5545, 3.6.5). */
import { decodedValue, unescapeText } from '../content-line.ts'
import { type CalendarObject, type Component, componentsNamed, lineOf, linesOf } from './component.ts'
import { parseRule } from './rule.ts'
import { lastStart, type Pattern, startsOf, type Work } from './rule-starts.ts'
import { parseTime, parseUtcOffset, timesOf, type ZoneTable } from './time.ts'
import { startOfYear, yearlyZone, type Zone } from './zone.ts'
import { ianaZone, zoneNamed } from './zone-names.ts'

/**
 * The zones of a calendar object. A name of the IANA database stands for itself, as on every phone: the definitions that come
 * with such names often hold a year or two only. Then comes what the object defines, and then the best meaning of the name.
 */
export function zonesOf(object: CalendarObject): ZoneTable {
  const defined = new Map<string, Component>()
  for (const component of componentsNamed(object, new Set(['VTIMEZONE']))) {
    const line = lineOf(component, 'TZID')
    if (line) defined.set(unescapeText(decodedValue(line)).trim(), component)
  }
  const zones = new Map<string, Zone | undefined>()
  return {
    zoneOf(tzid) {
      const name = tzid.trim()
      if (!zones.has(name)) {
        const component = defined.get(name)
        zones.set(name, ianaZone(name) ?? (component && zoneOfComponent(component)) ?? zoneNamed(name))
      }
      return zones.get(name)
    },
  }
}

/** The zone that an object defines, for properties and requests that name a zone by a whole object; undefined without one. */
export function zoneOfObject(object: CalendarObject): Zone | undefined {
  const [component] = componentsNamed(object, new Set(['VTIMEZONE']))
  const line = component && lineOf(component, 'TZID')
  return line && zonesOf(object).zoneOf(unescapeText(decodedValue(line)))
}

/** A part of a zone: from each of its onsets on, the clock has its offset. */
interface Observance {
  offsetFrom: number
  offsetTo: number
  first: number
  patterns: Pattern[]
  dates: number[]
}

// A zone changes a few times a year; a rule that changes it each second gets no more attention than this.
const WORK_PER_YEAR = 5000

/** Undefined when the component says nothing that can be used. */
function zoneOfComponent(component: Component): Zone | undefined {
  const observances = component.components.flatMap((part) => readObservance(part) ?? [])
  const earliest = observances.toSorted((a, b) => a.first - b.first)[0]
  if (!earliest) return undefined
  return yearlyZone((year) => {
    const work = { left: WORK_PER_YEAR }
    const [start, end] = [startOfYear(year), startOfYear(year + 1)]
    const changes = observances.flatMap((observance) =>
      onsets(observance, start, end, work).map((at) => ({ at, offset: observance.offsetTo })),
    )
    let last = Number.NEGATIVE_INFINITY
    let initial = earliest.offsetFrom
    for (const observance of observances) {
      const at = lastOnset(observance, start - 1, work)
      if (at === undefined || at < last) continue
      last = at
      initial = observance.offsetTo
    }
    return { initial, changes: changes.sort((a, b) => a.at - b.at) }
  })
}

function readObservance(component: Component): Observance | undefined {
  if (component.name !== 'STANDARD' && component.name !== 'DAYLIGHT') return undefined
  const text = (name: string) => {
    const line = lineOf(component, name)
    return line ? decodedValue(line) : ''
  }
  const offsetTo = parseUtcOffset(text('TZOFFSETTO'))
  const offsetFrom = parseUtcOffset(text('TZOFFSETFROM')) ?? offsetTo
  const start = parseTime(text('DTSTART'))
  if (offsetFrom === undefined || offsetTo === undefined || !start) return undefined
  const patterns = linesOf(component, 'RRULE').flatMap((line): Pattern[] => {
    const rule = parseRule(decodedValue(line))
    if (!rule) return []
    const until = rule.until
      ? rule.until.wall + (rule.until.isUtc ? offsetFrom : 0)
      : Number.POSITIVE_INFINITY
    return [{ rule, first: start.wall, isDate: false, until }]
  })
  const noZones = { zoneOf: () => undefined }
  const dates = linesOf(component, 'RDATE').flatMap((line) => timesOf(line, noZones).map((time) => time.wall))
  return { offsetFrom, offsetTo, first: start.wall, patterns, dates: [start.wall, ...dates] }
}

/** When the observance begins, from one moment up to but without another. */
function onsets({ offsetFrom, patterns, dates }: Observance, from: number, to: number, work: Work): number[] {
  const inTime = (wall: number) => wall - offsetFrom >= from && wall - offsetFrom < to
  const walls = dates.filter(inTime)
  for (const pattern of patterns) {
    for (const wall of startsOf(pattern, from + offsetFrom, work)) {
      if (!inTime(wall)) break
      walls.push(wall)
    }
  }
  return walls.map((wall) => wall - offsetFrom)
}

function lastOnset(
  { offsetFrom, patterns, dates }: Observance,
  bound: number,
  work: Work,
): number | undefined {
  const wall = bound + offsetFrom
  const byRule = patterns.map((pattern) => lastStart(pattern, wall, work))
  const candidates = [
    ...dates.filter((date) => date <= wall),
    ...byRule.filter((start) => start !== undefined),
  ]
  return candidates.length > 0 ? Math.max(...candidates) - offsetFrom : undefined
}
