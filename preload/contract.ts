/**
 * The contract between the engine and whoever drives it (windows, command line): every method with its input and output. Types,
 * checks at the boundary and carriers are derived from it, so that a method is declared once.
 */
import { z } from 'zod'
import { workSchema } from './events.ts'
import { linksContract } from './links.ts'
import { Plan } from './plan.ts'
import { platformSchema, serviceSchema } from './portal.ts'
import { RetentionPolicy } from './retention-policy.ts'
import { runSchema } from './run.ts'
import { safetySchema } from './safety.ts'
import { viewContract } from './view.ts'

const count = z.number().int().nonnegative()
/** Milliseconds since 1970. */
const time = z.number().int()

export const phoneSchema = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  addedAt: time,
  items: count,
})

/** What a phone's apps are set up with; the password is shown once and kept only as a hash. */
export const pairedSchema = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  password: z.string(),
  carddav: z.string(),
  caldav: z.string(),
  files: z.string(),
})

/** What one of a phone's apps came for; `since` is its first request since the phone was paired. */
const seenServiceSchema = serviceSchema.extend({ since: time.nullable() })

/** A password that lets a phone's app in; the password itself is nowhere kept. */
const credentialSchema = z.object({
  id: count,
  label: z.string(),
  madeAt: time,
  firstUsedAt: time.nullable(),
  lastUsedAt: time.nullable(),
})

const holdingsSchema = z.object({ contacts: count, events: count, photos: count })

export const snapshotSchema = z.object({
  id: z.string(),
  time: z.string(),
  pinned: z.boolean(),
  phones: z.array(holdingsSchema.extend({ name: z.string() })),
})

export const backupSchema = z.object({
  snapshot: z.string(),
  added: count,
  changed: count,
  deleted: count,
  bytesWritten: count,
  seconds: z.number(),
  unreadable: z.array(z.object({ path: z.string(), reason: z.string() })),
})

const kindSchema = z.enum(['contacts', 'calendar', 'files'])

const restoreRequestSchema = z.object({
  phone: z.string(),
  at: z.string().optional(),
  exact: z.boolean().default(false),
  /** Bring what was captured elsewhere into the phone's own accounts, from where its next sync fetches it. */
  intoAccount: z.boolean().default(false),
  kinds: z.array(kindSchema).optional(),
  collections: z.array(z.string()).optional(),
  items: z.array(z.string()).optional(),
})

const countsSchema = z.object({ add: count, revert: count, unchanged: count, onlyOnPhone: count })

export const previewSchema = z.object({
  point: z.object({ id: z.string(), at: time }),
  mode: z.enum(['missing', 'exact']),
  collections: z.array(
    countsSchema.extend({
      kind: kindSchema,
      name: z.string(),
      displayName: z.string(),
      examples: z.object({
        add: z.array(z.string()),
        revert: z.array(z.string()),
        onlyOnPhone: z.array(z.string()),
      }),
    }),
  ),
  newCollections: z.array(z.object({ kind: kindSchema, name: z.string(), displayName: z.string() })),
  totals: countsSchema,
})

export const restoredSchema = z.object({
  restore: count,
  preview: previewSchema,
  added: count,
  reverted: count,
  removed: count,
  failed: z.array(z.object({ name: z.string(), reason: z.string() })),
  different: z.array(z.string()),
  safetySnapshot: z.string(),
})

const restoreRecordSchema = z.object({
  id: count,
  phone: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  undoneAt: time.nullable(),
  point: z.string(),
  pointAt: time,
  added: count,
  reverted: count,
  removed: count,
})

const extractedSchema = z.object({
  folder: z.string(),
  files: count,
  bytes: count,
  alreadyThere: count,
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
})

const exportedSchema = holdingsSchema.extend({ folder: z.string(), bytes: count })

const diffSchema = z.object({
  added: z.array(z.string()),
  changed: z.array(z.string()),
  removed: z.array(z.string()),
})

const findingSchema = z.object({
  severity: z.enum(['error', 'warning', 'hint']),
  what: z.string(),
})

export const verifiedSchema = z.object({
  ok: z.boolean(),
  readData: z.boolean(),
  snapshots: count,
  packs: count,
  bytesRead: count,
  photos: count,
  findings: z.array(findingSchema),
  seconds: z.number(),
})

export const retentionSchema = z.object({
  policy: RetentionPolicy,
  keep: z.array(z.object({ id: z.string(), time: z.string(), reasons: z.array(z.string()) })),
  remove: z.array(z.object({ id: z.string(), time: z.string() })),
  /** Bytes the vault shrank by; null when nothing was to be done, or only shown. */
  bytesFreed: count.nullable(),
})

export const scheduleSchema = z.object({
  /** Null when automatic backups are switched off. */
  plan: Plan.nullable(),
  dueAt: time.nullable(),
  runs: z.array(runSchema),
})

const phoneName = z.object({ phone: z.string() })

/** How the pairing of a phone stands, for the computer's side. */
export const pairingSchema = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'claimed', 'confirmed', 'paired', 'refused', 'expired', 'locked']),
  expiresAt: time,
  /** Links that the phone opens, the one for the QR code first; empty once they no longer work. */
  links: z.array(z.string()),
  /** The secret of the links, to be typed in on the portal's page. */
  words: z.string().nullable(),
  /** The device that came, what it may be called, and the six digits that it shows. */
  device: z.object({ platform: platformSchema, name: z.string(), code: z.string() }).nullable(),
  suggestedName: z.string(),
  /** Phones that this could be after a reset, the likeliest first. */
  candidates: z.array(z.object({ id: z.string(), name: z.string(), paired: z.boolean() })),
  /** How many other browsers came with the same secret. */
  others: count,
  phone: z.object({ id: z.string(), name: z.string(), user: z.string(), wasReset: z.boolean() }).nullable(),
})

const pairingId = z.object({ pairing: z.string() })

/** Every method: what it takes and what it answers. */
export const contract = {
  'phones.list': { input: z.object({}), output: z.array(phoneSchema) },
  'phones.add': { input: z.object({ name: z.string() }), output: pairedSchema },
  'phones.renewPassword': { input: phoneName, output: pairedSchema },
  'phones.remove': { input: phoneName, output: phoneSchema },
  'phones.credentials': { input: phoneName, output: z.array(credentialSchema) },
  'phones.revokeCredential': {
    input: z.object({ phone: z.string(), credential: count }),
    output: z.array(credentialSchema),
  },
  'phones.services': { input: phoneName, output: z.array(seenServiceSchema) },
  'pairing.start': { input: z.object({}), output: pairingSchema },
  'pairing.show': { input: pairingId, output: pairingSchema },
  /** Both sides show the same code: makes a new phone, or gives a known one back after a reset. */
  'pairing.confirm': {
    input: z.object({
      pairing: z.string(),
      as: z.union([z.strictObject({ name: z.string() }), z.strictObject({ phone: z.string() })]),
    }),
    output: pairingSchema,
  },
  'pairing.refuse': { input: pairingId, output: pairingSchema },
  'backup.run': { input: z.object({}), output: backupSchema },
  'snapshots.list': { input: z.object({}), output: z.array(snapshotSchema) },
  'snapshots.diff': { input: z.object({ from: z.string(), to: z.string() }), output: diffSchema },
  'snapshots.pin': { input: z.object({ snapshot: z.string(), pinned: z.boolean() }), output: snapshotSchema },
  'restore.preview': { input: restoreRequestSchema, output: previewSchema },
  'restore.run': { input: restoreRequestSchema, output: restoredSchema },
  'restore.undo': { input: z.object({ restore: count }), output: restoredSchema },
  'restore.list': { input: z.object({}), output: z.array(restoreRecordSchema) },
  'restore.extract': {
    input: z.object({
      phone: z.string(),
      at: z.string().optional(),
      to: z.string(),
      kinds: z.array(kindSchema).optional(),
    }),
    output: extractedSchema,
  },
  'restore.export': {
    input: z.object({ phone: z.string(), at: z.string().optional(), to: z.string() }),
    output: exportedSchema,
  },
  ...linksContract,
  verify: { input: z.object({ readData: z.boolean().default(false) }), output: verifiedSchema },
  repair: { input: z.object({}), output: z.object({ done: z.array(z.string()), lost: z.array(z.string()) }) },
  'index.rebuild': { input: z.object({}), output: holdingsSchema.extend({ unreadable: count }) },
  'retention.show': { input: z.object({}), output: retentionSchema },
  'retention.set': { input: z.object({ policy: RetentionPolicy }), output: retentionSchema },
  'retention.apply': { input: z.object({}), output: retentionSchema },
  'schedule.show': { input: z.object({}), output: scheduleSchema },
  'schedule.set': { input: z.object({ plan: Plan.nullable() }), output: scheduleSchema },
  'vault.password': { input: z.object({}), output: z.object({ folder: z.string(), password: z.string() }) },
  'vault.unlock': {
    input: z.object({ password: z.string().min(1) }),
    output: z.object({ folder: z.string() }),
  },
  /** "Am I safe?" */
  'status.show': { input: z.object({}), output: safetySchema },
  ...viewContract,
  /** What takes its time and is being done now, also told as the event `work`. */
  'work.list': { input: z.object({}), output: z.array(workSchema) },
  /** Asks it to stop; what was done so far stays, and it can be begun again. */
  'work.stop': { input: z.object({ work: count }), output: z.array(workSchema) },
  'vault.recoveryCode': { input: z.object({}), output: z.object({ code: z.string() }) },
} as const

export type Method = keyof typeof contract
/** What a caller gives; defaults may be left out. */
export type Input<M extends Method> = z.input<(typeof contract)[M]['input']>
/** What the engine gets after the check. */
export type Checked<M extends Method> = z.output<(typeof contract)[M]['input']>
export type Output<M extends Method> = z.output<(typeof contract)[M]['output']>
