/** The answer to "Am I safe?", with what it rests on. */
import { z } from 'zod'

const count = z.number().int().nonnegative()
/** Milliseconds since 1970. */
const time = z.number().int()

export const dataKindSchema = z.enum(['contacts', 'calendar', 'photos'])
export type DataKind = z.infer<typeof dataKindSchema>

/** `empty` where nothing ever came; `attention` where someone should see to it; `danger` where something may be lost if no one does. */
export const safetyStateSchema = z.enum(['safe', 'attention', 'danger', 'empty'])
export type SafetyState = z.infer<typeof safetyStateSchema>

export const reasonCodeSchema = z.enum([
  /** No phone is paired. */
  'no-phone',
  /** A paired phone has not sent anything yet. */
  'nothing-came',
  /** A phone has not been heard of for long. */
  'silent',
  /** Much is gone on the phone, and its owner has not said whether it may go here. */
  'deletions-held',
  'no-backup',
  /** The last backup is older than the plan wants. */
  'overdue',
  /** No automatic backups. */
  'automatic-off',
  'never-checked',
  /** What the backups hold was not read back for long. */
  'check-old',
  /** The last check found something damaged or missing. */
  'damaged',
])
export type ReasonCode = z.infer<typeof reasonCodeSchema>

/** Why the state is not `safe`, worst first. */
const reasonSchema = z.object({
  code: reasonCodeSchema,
  state: safetyStateSchema,
  /** Name of the phone, where it is about one. */
  phone: z.string().nullable(),
  kind: dataKindSchema.nullable(),
  since: time.nullable(),
  /** Items that it is about. */
  items: count.nullable(),
})
export type Reason = z.infer<typeof reasonSchema>

const kindSafetySchema = z.object({
  kind: dataKindSchema,
  state: safetyStateSchema,
  /** How many are here now. */
  here: count,
  /** Changed here since the last backup; they will be in the next. */
  newer: count,
  /** When the phone, or where its data is read, last told what it has. */
  heardAt: time.nullable(),
  /** All that the phone had told until then is in a backup; null when it is not known of any time. */
  safeAt: time.nullable(),
})

export const safetySchema = z.object({
  state: safetyStateSchema,
  at: time,
  /** The oldest of its parts. */
  safeAt: time.nullable(),
  backedUpAt: time.nullable(),
  /** When all was last read back and compared; it was whole unless a reason says otherwise. */
  checkedAt: time.nullable(),
  /** The next automatic backup. */
  dueAt: time.nullable(),
  reasons: z.array(reasonSchema),
  phones: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: safetyStateSchema,
      safeAt: time.nullable(),
      kinds: z.array(kindSafetySchema),
    }),
  ),
})
export type Safety = z.infer<typeof safetySchema>
