/** Events on their way to those who listen: only the newest state of each, a few times a second at most. */
import type { EventName, EventPayload } from '../preload/events.ts'

export type Listener = <E extends EventName>(event: E, payload: EventPayload<E>) => void

export interface Announcements {
  /** Something that this event tells of is another now. It costs next to nothing when nobody listens. */
  moved(event: EventName): void
  /** Tells `listener` all states, at once and whenever one has moved, until the function returned is called. */
  listen(listener: Listener): () => void
  close(): void
}

const TELL_EVERY = 100

/** @param states reads what each event tells, at the moment it is told. */
export function createAnnouncements(
  states: {
    [E in EventName]: () => EventPayload<E>
  },
): Announcements {
  const names = Object.keys(states) as EventName[]
  const listeners = new Set<Listener>()
  const toTell = new Set<EventName>()
  let timer: NodeJS.Timeout | undefined

  function tell(): void {
    timer = undefined
    const told = [...toTell]
    toTell.clear()
    for (const name of told) for (const listener of listeners) tellOne(listener, name)
  }

  function tellOne<E extends EventName>(listener: Listener, name: E): void {
    listener(name, states[name]())
  }

  return {
    moved(event) {
      if (listeners.size === 0) return
      toTell.add(event)
      timer ??= setTimeout(tell, TELL_EVERY)
    },
    listen(listener) {
      listeners.add(listener)
      for (const name of names) tellOne(listener, name)
      return () => listeners.delete(listener)
    },
    close() {
      clearTimeout(timer)
      listeners.clear()
    },
  }
}
