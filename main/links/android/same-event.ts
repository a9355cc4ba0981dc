/** Tells whether an event's rows on the phone hold what they should. */
import type { EventRow } from './calendar-rows.ts'
import type { Row } from './content-output.ts'
import { type Values, writable } from './content-writer.ts'
import type { PlannedEvent } from './event-rows.ts'

/** By these the phone knows an event; those of an account's own calendar are others. */
const NAMES = new Set(['_sync_id', 'original_sync_id', 'uid2445'])

/** The phone may hold more of the event than was planned, and empty texts are nothing to it. */
export function holdsEvent(present: EventRow, planned: PlannedEvent): boolean {
  const { values, reminders, attendees } = planned
  const content = Object.fromEntries(Object.entries(values).filter(([column]) => !NAMES.has(column)))
  return (
    holds(present.row, content) &&
    holdAll(present.reminders, reminders) &&
    holdAll(present.attendees, attendees)
  )
}

function holdAll(rows: readonly Row[], wanted: readonly Values[]): boolean {
  const left = [...rows]
  return wanted.every((values) => {
    const at = left.findIndex((row) => holds(row, values))
    return at !== -1 && left.splice(at, 1).length > 0
  })
}

function holds(row: Row, values: Values): boolean {
  return Object.entries(values).every(([column, value]) => (row[column] ?? '') === writable(String(value)))
}
