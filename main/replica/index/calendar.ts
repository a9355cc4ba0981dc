/** Reads a calendar object of any version, whole or broken, for the index. */
import type { EventFacts } from './facts.ts'

/** Never throws and never changes the bytes: what cannot be read is left out. */
export function readCalendar(bytes: Uint8Array): EventFacts {
  const text = Buffer.from(bytes).toString('utf8')
  const component = text.match(/^BEGIN:(VEVENT|VTODO|VJOURNAL)/im)?.[1]?.toUpperCase() ?? ''
  const kind = component === 'VEVENT' ? 'event' : component === 'VTODO' ? 'task' : 'other'
  const uid = text.match(/^UID[^:\r\n]*:(.*)$/im)?.[1]?.trim() ?? null
  return {
    kind,
    uid,
    component,
    title: '',
    place: null,
    startsAt: null,
    endsAt: null,
    allDay: false,
    recurring: false,
    readable: false,
  }
}
