/**
 * The contract between the engine and whoever drives it (windows, command line): every method with its input and output. Types,
 * checks at the boundary and carriers are derived from it, so that a method is declared once.
 */
import { z } from 'zod'
import { workSchema } from './events.ts'
import { Plan } from './plan.ts'
import { platformSchema, serviceSchema } from './portal.ts'
import { progressSchema } from './progress.ts'
import { RetentionPolicy } from './retention-policy.ts'
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

const runSchema = z.object({
  job: z.string(),
  cause: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  result: z.string().nullable(),
  detail: z.unknown(),
})

export const scheduleSchema = z.object({
  /** Null when automatic backups are switched off. */
  plan: Plan.nullable(),
  dueAt: time.nullable(),
  runs: z.array(runSchema),
})

const phoneName = z.object({ phone: z.string() })

const linkKindSchema = z.enum(['android', 'iphone', 'cloud'])
const dataKindSchema = z.enum(['contacts', 'calendar', 'photos'])
/** Answers for what a source asks, by name, such as `password`. */
const secretsSchema = z.record(z.string().regex(/^[\w-]{1,40}$/), z.string().max(10_000)).default({})

const doingSchema = z.enum(['capture', 'send'])

const abilitySchema = z.object({ read: z.boolean(), write: z.boolean(), limit: z.string() })

/** A phone, a phone's backup or an account that can be read where it is. */
export const sourceSchema = z.object({
  /** Names it in calls: its link and its id there, as in `android:0A1B`. */
  source: z.string(),
  link: linkKindSchema,
  name: z.string(),
  /** The phone that its data belongs to; null before its first capture. */
  phone: z.string().nullable(),
  state: z.object({ code: z.string(), sentence: z.string(), next: z.string() }),
  /** Since when the state is so; null where it belongs to no phone. */
  since: time.nullable(),
  /** Null where it is not here now. */
  abilities: z.record(dataKindSchema, abilitySchema).nullable(),
  capturedAt: time.nullable(),
  /** Deletions that wait for the owner's word. */
  heldBack: z.object({ contacts: count, calendar: count, since: time.nullable() }),
  /** Lists and calendars that it no longer has, with how many items of each are kept until the owner's word. */
  vanished: z.array(
    z.object({ kind: z.enum(['contacts', 'calendar']), name: z.string(), items: count, since: time }),
  ),
  /** When it was first seen that the device had been reset; null once what it lost was sent back, or let go. */
  resetAt: time.nullable(),
  /** Names of the secrets that are kept. */
  keptSecrets: z.array(z.string()),
  running: z.object({ doing: doingSchema, startedAt: time, progress: progressSchema.nullable() }).nullable(),
  /** The newest capture, and the newest send. */
  lastRun: runSchema.nullable(),
  lastSend: runSchema.nullable(),
})

const broughtSchema = z.object({
  added: count,
  changed: count,
  unchanged: count,
  /** How many no reader understands; they are kept all the same. */
  unreadable: count,
  gone: count,
})

export const captureSchema = z.object({
  source: z.string(),
  phone: z.string(),
  contacts: broughtSchema,
  calendar: broughtSchema,
  files: z.object({ added: count, changed: count, unchanged: count, bytes: count }),
  /** What could not be read: all are counted, the first thousand named. */
  missed: z.object({ count, named: z.array(z.object({ what: z.string(), reason: z.string() })) }),
  /** Deletions that were held back. */
  heldBack: z.object({ contacts: count, calendar: count }),
  /** Names of lists and calendars that the source no longer has; all in them is among what was held back. */
  vanished: z.array(z.string()),
  /** What it lost can be sent back to it. */
  writable: z.boolean(),
  seconds: z.number(),
})

export const sentToSourceSchema = z.object({
  source: z.string(),
  phone: z.string(),
  point: z.object({ id: z.string(), at: time }),
  /** How much was to be sent. */
  items: count,
  files: count,
  bytes: count,
  added: count,
  changed: count,
  unchanged: count,
  failed: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** Of what was added or changed, that which the source has no place for. */
  partial: z.array(z.object({ name: z.string(), reason: z.string() })).default([]),
  /** What its owner still has to do on the device. */
  next: z.string().nullable(),
  dryRun: z.boolean(),
})

const sourceName = z.object({ source: z.string() })

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
  'links.list': { input: z.object({}), output: z.array(sourceSchema) },
  /** Makes a source known that is not found by itself, such as an account. */
  'links.connect': {
    input: z.object({
      link: linkKindSchema,
      options: z.record(z.string(), z.string()).default({}),
      secrets: secretsSchema,
      keepSecrets: z.boolean().default(false),
    }),
    output: sourceSchema,
  },
  /** Reads what is new. The first capture makes a phone of it, or adds it to `phone`. */
  'links.capture': {
    input: z.object({
      source: z.string(),
      phone: z.string().optional(),
      kinds: z.array(dataKindSchema).min(1).optional(),
      secrets: secretsSchema,
      keepSecrets: z.boolean().default(false),
      /** The owner's word that all that is gone there may be taken away here. */
      accept: z.boolean().default(false),
    }),
    output: captureSchema,
  },
  /** Asks the capture or send that is on to stop. */
  'links.cancel': { input: z.object({}), output: z.object({}) },
  /** Brings what the computer holds now, or held at a point, back into a source. */
  'links.send': {
    input: z.object({
      source: z.string(),
      /** Whose data; by default that of the source's own phone. */
      phone: z.string().optional(),
      at: z.string().optional(),
      kinds: z.array(dataKindSchema).min(1).optional(),
      collections: z.array(z.string()).optional(),
      secrets: secretsSchema,
      dryRun: z.boolean(),
    }),
    output: sentToSourceSchema,
  },
  /** The owner's word that what is held back may go; the source need not be here, unless its link held it back. Answers how many items were taken away. */
  'links.accept': {
    input: sourceName,
    output: z.object({
      ...{ source: z.string(), phone: z.string().nullable() },
      ...{ contacts: count, calendar: count },
    }),
  },
  /** Captures and sends of a source, the newest first: when, why, what came of it. */
  'links.runs': {
    input: z.object({ source: z.string(), limit: count.min(1).max(1000).default(20) }),
    output: z.array(runSchema.extend({ doing: doingSchema })),
  },
  /** Lets go of a source, its secrets and what was held back. What it brought stays with its phone. */
  'links.forget': {
    input: sourceName,
    output: z.object({ source: z.string(), phone: z.string().nullable() }),
  },
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
