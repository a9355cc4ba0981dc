/** Address books and calendars as files: what a phone's own apps export is taken apart and compared with what was sent before. */
import type { Replica } from '../../../replica/replica.ts'
import { Refusal } from '../refusal.ts'
import type { Route } from '../visit.ts'

export function createSend(_replica: Replica): Route {
  return async () => {
    throw new Refusal(404)
  }
}
