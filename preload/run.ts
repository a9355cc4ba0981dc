/** The record of a run: when, why, and what came of it. */
import { z } from 'zod'

/** Milliseconds since 1970. */
const time = z.number().int()

export const runSchema = z.object({
  job: z.string(),
  cause: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  result: z.string().nullable(),
  detail: z.unknown(),
})
