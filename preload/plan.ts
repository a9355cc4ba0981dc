/** When a job should run: hourly, daily, weekly, or by a cron expression, in a time zone. */
import { z } from 'zod'

export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of the day looks like 02:30')
/** Left out: the system's zone, whichever it is at the time. */
const Zone = z.string().refine(isZone, 'not a known time zone, such as Europe/Berlin').optional()

export const Plan = z.discriminatedUnion('every', [
  z.strictObject({ every: z.literal('hour'), minute: z.int().min(0).max(59).default(0), zone: Zone }),
  z.strictObject({ every: z.literal('day'), at: TimeOfDay, zone: Zone }),
  z.strictObject({ every: z.literal('week'), on: z.enum(WEEKDAYS), at: TimeOfDay, zone: Zone }),
  z.strictObject({ every: z.literal('cron'), cron: z.string(), zone: Zone }),
])
export type Plan = z.infer<typeof Plan>

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
