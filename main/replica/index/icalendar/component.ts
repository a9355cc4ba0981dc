/** Calendar objects as the tree of components they are (RFC 5545, 3.4 and 3.6), also where begins and ends do not fit. */
import { type ContentLine, readContentLines } from '../content-line.ts'

export interface Component {
  /** Upper case: `VCALENDAR`, `VEVENT` and so on. */
  name: string
  lines: ContentLine[]
  components: Component[]
}

export interface CalendarObject {
  components: Component[]
  /** False when the object has more lines or deeper nesting than is read; then what is missing here may still be in it. */
  whole: boolean
}

// Ten times what the largest real calendars have; and no component of any standard lies deeper than three.
const MOST_LINES = 200_000
const DEEPEST = 16

/** The outermost components in order; what stands outside of all of them is left out. Never throws. */
export function readCalendarObject(bytes: Uint8Array): CalendarObject {
  const root: Component = { name: '', lines: [], components: [] }
  const open = [root]
  let tooDeep = 0
  let count = 0
  let whole = true
  for (const line of readContentLines(bytes)) {
    if (++count > MOST_LINES) return { components: root.components, whole: false }
    if (line.name === 'BEGIN') {
      const name = line.value.trim().toUpperCase()
      if (tooDeep > 0 || open.length > DEEPEST) {
        tooDeep++
        whole = false
      } else {
        closeForgotten(open, name)
        const component: Component = { name, lines: [], components: [] }
        open.at(-1)!.components.push(component)
        open.push(component)
      }
    } else if (line.name === 'END') {
      if (tooDeep > 0) tooDeep--
      else closeNamed(open, line.value.trim().toUpperCase())
    } else if (tooDeep === 0) {
      open.at(-1)!.lines.push(line)
    }
  }
  return { components: root.components, whole }
}

const OUTER = new Set(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VTIMEZONE'])

/** An event does not lie in an event: when one begins, what is still open was not closed by mistake. */
function closeForgotten(open: Component[], beginning: string): void {
  if (beginning === 'VCALENDAR') open.length = 1
  else if (OUTER.has(beginning)) {
    const at = open.findIndex((component) => OUTER.has(component.name))
    if (at > 0) open.length = at
  }
}

// An end without its begin is passed over.
function closeNamed(open: Component[], name: string): void {
  const at = open.findLastIndex((component) => component.name === name)
  if (at > 0) open.length = at
}

/** All components of some names inside any calendar of the object, or outside of calendars where the wrapping is lost. */
export function componentsNamed(object: CalendarObject, names: ReadonlySet<string>): Component[] {
  return object.components.flatMap((outer) =>
    names.has(outer.name) ? [outer] : outer.components.filter((inner) => names.has(inner.name)),
  )
}

export function lineOf(component: Component, name: string): ContentLine | undefined {
  return component.lines.find((line) => line.name === name)
}

export function linesOf(component: Component, name: string): ContentLine[] {
  return component.lines.filter((line) => line.name === name)
}
