/** Which snapshots are kept: how many of each period, and for how long. Named as restic's `forget` names them. */
import { z } from 'zod'

/** As restic writes it: `1y5m7d2h` is 1 year, 5 months, 7 days and 2 hours. */
const Span = z.string().regex(/^(?=.)(\d+y)?(\d+m)?(\d+d)?(\d+h)?$/, 'a span looks like 1y6m, 14d or 36h')
/** How many to keep; -1 keeps all of them, 0 is as good as unset. */
const Count = z.int().min(-1)

export const RetentionPolicy = z.strictObject({
  last: Count.optional(),
  hourly: Count.optional(),
  daily: Count.optional(),
  weekly: Count.optional(),
  monthly: Count.optional(),
  yearly: Count.optional(),
  within: Span.optional(),
  withinHourly: Span.optional(),
  withinDaily: Span.optional(),
  withinWeekly: Span.optional(),
  withinMonthly: Span.optional(),
  withinYearly: Span.optional(),
  /** Pinned: kept when all tags of one list are there. The list [''] stands for snapshots without tags. */
  tags: z.array(z.array(z.string()).min(1)).optional(),
})
export type RetentionPolicy = z.infer<typeof RetentionPolicy>
