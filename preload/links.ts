/** The part of the contract on links: phones, phones' backups and accounts that are read where they are, and the way back. */
import { z } from 'zod'
import { progressSchema } from './progress.ts'
import { runSchema } from './run.ts'
import { dataKindSchema } from './safety.ts'

const count = z.number().int().nonnegative()
/** Milliseconds since 1970. */
const time = z.number().int()

const linkKindSchema = z.enum(['android', 'iphone', 'cloud'])
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

export const linksContract = {
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
} as const
