/** What the engine tells of its own accord. Each event is a state, not a step: who missed some knows all again with the next. */
import { z } from 'zod'
import { progressSchema } from './progress.ts'

const count = z.number().int().nonnegative()

/** Something long that is being done, whoever asked for it. */
export const workSchema = z.object({
  id: count,
  /** The method of the contract that does it, or would: automatic backups are `backup.run`. */
  what: z.string(),
  /** The phone or source that it is about; null where it is about all. */
  about: z.string().nullable(),
  /** Milliseconds since 1970. */
  startedAt: z.number().int(),
  progress: progressSchema.nullable(),
  /** It was asked to stop, and has not yet. */
  isStopping: z.boolean(),
})

export type Work = z.infer<typeof workSchema>

/** Every event: what it says. */
export const events = {
  /** The newest change in the replica's log; the epoch names the log. */
  changed: z.object({ epoch: z.string(), seq: count }),
  /** All that is being done at this moment, oldest first, and how much has ended so far: then results may be others. */
  work: z.object({ now: z.array(workSchema), ended: count }),
} as const

export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.infer<(typeof events)[E]>
