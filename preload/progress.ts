/** How far something long is, as it crosses to whoever waits for it; see `Progress` in the engine. */
import { z } from 'zod'

const count = z.number().int().nonnegative()

export const progressSchema = z.object({
  phase: z.string(),
  items: count,
  itemsTotal: count.nullable(),
  bytes: count,
  bytesTotal: count.nullable(),
})
