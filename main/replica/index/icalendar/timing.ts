/** When a single component happens, and for how long (RFC 5545, 3.6.1-3.6.3). */
import { decodedValue } from '../content-line.ts'
import { type Component, lineOf } from './component.ts'
import {
  type CalendarTime,
  type Duration,
  lengthBetween,
  parseDuration,
  timeOf,
  type ZoneTable,
} from './time.ts'

/** What a component says of its own time. */
export interface Timing {
  component: Component
  /** DTSTART; for a task without one, DUE. Null when there is neither. */
  start: CalendarTime | null
  /** From start to end; a whole day or nothing where no end is given. */
  length: Duration
}

/** @param component VEVENT, VTODO or VJOURNAL. */
export function readTiming(component: Component, zones: ZoneTable): Timing {
  const start = timeOf(lineOf(component, 'DTSTART'), zones)
  const end = timeOf(lineOf(component, component.name === 'VTODO' ? 'DUE' : 'DTEND'), zones)
  if (!start)
    return { component, start: (component.name === 'VTODO' && end) || null, length: { days: 0, time: 0 } }
  return { component, start, length: lengthOf(component, start, end) }
}

function lengthOf(component: Component, start: CalendarTime, end: CalendarTime | undefined): Duration {
  const line = lineOf(component, 'DURATION')
  const duration = line && parseDuration(decodedValue(line))
  const isPositive = duration && duration.days >= 0 && duration.time >= 0
  const length = end ? lengthBetween(start, end) : isPositive ? duration : { days: 0, time: 0 }
  // A date alone means that day (RFC 5545, 3.6.1), and so does, for most programs, one that ends on the day it starts.
  const isNothing = length.days === 0 && length.time === 0
  return start.isDate && isNothing && component.name !== 'VTODO' ? { days: 1, time: 0 } : length
}
