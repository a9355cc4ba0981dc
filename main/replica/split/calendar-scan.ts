/** Finds the calendars of a large file and the components right below them, however badly begins and ends fit. */
import type { FileHandle } from 'node:fs/promises'
import { type Line, type Span, scanLines } from './line-scan.ts'
import { checkCount, type Mark, markOf } from './mark.ts'

export interface ComponentSpan extends Span {
  /** Upper case: `VEVENT`, `VTIMEZONE` and so on. */
  name: string
}

export interface CalendarSpan extends Span {
  /** The lines of begin and end; undefined where they are missing. */
  opening: Span | undefined
  closing: Span | undefined
  /** The properties on which the meaning of components depends, folded lines with them. */
  properties: Span[]
  components: ComponentSpan[]
}

// What else stands there describes the calendar and not what is in it, and changes with every export.
const MATTERING = /^(?:VERSION|PRODID|CALSCALE|X-WR-TIMEZONE|TZ|DAYLIGHT)\s*[:;]/i

// Of these, none lies in another: when one begins, what is still open was not closed by mistake.
const OUTER = new Set(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VTIMEZONE'])

/** All calendars in order; components outside of any make one of their own. */
export async function findCalendars(file: FileHandle): Promise<CalendarSpan[]> {
  const finder = createFinder()
  for await (const lines of scanLines(file)) {
    for (const line of lines) finder.add(line)
    checkCount(finder.count())
  }
  return finder.end((await file.stat()).size)
}

function createFinder() {
  const calendars: CalendarSpan[] = []
  let calendar: CalendarSpan | undefined
  let component: ComponentSpan | undefined
  // Names of what is open in the component, its own first.
  let nested: string[] = []
  let isMattering = false
  let count = 0

  function closeComponent(end: number): void {
    if (component && calendar) {
      component.end = end
      calendar.end = end
    }
    component = undefined
  }

  function openCalendar(start: number, opening?: Span): CalendarSpan {
    const opened = {
      start,
      end: opening?.end ?? start,
      opening,
      closing: undefined,
      properties: [],
      components: [],
    }
    calendars.push(opened)
    count++
    return opened
  }

  function begin(name: string, line: Line): void {
    if (name === 'VCALENDAR') {
      closeComponent(line.start)
      calendar = openCalendar(line.start, line)
    } else if (component && !(OUTER.has(name) && OUTER.has(component.name))) {
      nested.push(name)
    } else if (calendar || OUTER.has(name)) {
      closeComponent(line.start)
      calendar ??= openCalendar(line.start)
      component = { name, start: line.start, end: line.end }
      calendar.components.push(component)
      nested = [name]
      count++
    }
  }

  function end(name: string, line: Line): void {
    if (name === 'VCALENDAR') {
      closeComponent(line.start)
      if (calendar) Object.assign(calendar, { end: line.end, closing: line })
      calendar = undefined
    } else if (component) {
      const at = nested.lastIndexOf(name)
      if (at >= 0) nested.length = at
      if (at === 0) closeComponent(line.end)
    }
  }

  function property(line: Line): void {
    if (!calendar?.opening) return
    const isFolded = /^[ \t]/.test(line.head)
    isMattering = isFolded ? isMattering : MATTERING.test(line.head)
    if (isMattering) calendar.properties.push({ start: line.start, end: line.end })
    calendar.end = line.end
  }

  function addMark({ begins, name }: Mark, line: Line): void {
    isMattering = false
    if (begins) begin(name, line)
    else end(name, line)
  }

  return {
    count: () => count,
    add(line: Line): void {
      const mark = markOf(line)
      if (mark) addMark(mark, line)
      else if (!component) property(line)
    },
    end(size: number): CalendarSpan[] {
      closeComponent(size)
      return calendars
    },
  }
}
