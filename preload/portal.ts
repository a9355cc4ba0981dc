/**
 * What the phone's pages and the portal behind them say to each other: every call with its input and output, and the paths of what is
 * not a call (uploads, downloads). A call is `POST /portal/api/<name>` with JSON both ways; a refusal is a `problemSchema`.
 */
import { z } from 'zod'

const count = z.number().int().nonnegative()
/** Milliseconds since 1970. */
const time = z.number().int()
/** SHA-256 of a file, hex. */
const hash = z.string().regex(/^[0-9a-f]{64}$/)
/** A moment to look at: a snapshot's id; left out, what the computer holds now. */
const at = z.string().max(64).optional()
const phone = z.object({ name: z.string(), user: z.string() })

export const platformSchema = z.enum(['iphone', 'android', 'other'])
export type Platform = z.infer<typeof platformSchema>

/** What must not be confused with an original, seen in a file that a browser handed over. */
export const doubtSchema = z.enum([
  /** A JPEG where the phone has a HEIC. */
  'converted',
  /** The place was taken out on the way. */
  'place-removed',
  /** A Live Photo without its film. */
  'film-missing',
  /** Smaller than the camera makes, or without any of the camera's details. */
  'reduced',
])
export type Doubt = z.infer<typeof doubtSchema>

/** What a phone's apps come for. */
export const serviceNameSchema = z.enum(['contacts', 'calendar', 'photos', 'nextcloud'])
export type Service = z.infer<typeof serviceNameSchema>

export const serviceSchema = z.object({
  service: serviceNameSchema,
  /** The last request with this phone's password since it was paired, to the minute; null when none came yet. */
  seenAt: time.nullable(),
  /** Name of the program, as far as it says. */
  client: z.string().nullable(),
})

export const pointSchema = z.object({
  id: z.string(),
  at: time,
  contacts: count,
  events: count,
  photos: count,
})

export const listedPhotoSchema = z.object({
  id: z.string(),
  name: z.string(),
  size: count,
  /** As far as it is known: by the file, else by its name, else the time that came with it. The list goes by it. */
  takenAt: time,
  mediaType: z.string(),
  /** False where only a placeholder can be shown. */
  hasThumbnail: z.boolean(),
  /** Other files of the same picture: its Live Photo film, a copy that a browser had changed. */
  together: z.array(z.object({ id: z.string(), name: z.string(), size: count })),
})
export type ListedPhoto = z.infer<typeof listedPhotoSchema>

const nothing = z.object({})

/** Every call: who may make it, what it takes and what it answers. `anyone` has no session yet. */
export const portalContract = {
  /** Uses the secret of a QR code; from then on this browser alone may ask how the pairing stands. */
  'pair.claim': {
    who: 'anyone',
    input: z.object({
      secret: z.string().max(64),
      platform: platformSchema,
      /** What the browser calls the device, such as `Pixel 8`; may be empty. */
      device: z.string().max(80),
    }),
    output: z.object({ code: z.string(), expiresAt: time }),
  },
  /** How the pairing that this browser claimed stands; `paired` also opens its session. */
  'pair.state': {
    who: 'anyone',
    input: nothing,
    output: z.object({
      state: z.enum(['none', 'waiting', 'paired', 'refused', 'expired']),
      code: z.string().nullable(),
      /** The phone came back after a reset, and what it had can be brought back. */
      wasReset: z.boolean(),
    }),
  },
  /** What apps are set up with. The password is there only while it has not been seen working, 30 minutes at most. */
  'setup.show': {
    who: 'phone',
    input: nothing,
    output: z.object({
      phone,
      platform: platformSchema,
      password: z.string().nullable(),
      server: z.string(),
      carddav: z.string(),
      caldav: z.string(),
      files: z.string(),
      /** Opens DAVx5 with the account filled in; null without password. */
      davx5: z.string().nullable(),
      /** Opens the Nextcloud app with the account filled in; null without password. */
      nextcloud: z.string().nullable(),
      /** One-time path of the profile for an iPhone; null without password. */
      profile: z.string().nullable(),
      /** SHA-256 of the root certificate, as settings show it. Null when the certificate is not of our own making. */
      fingerprint: z.string().nullable(),
    }),
  },
  /** Makes a new password, for another app or for an owner who missed it; one that no app has used yet stops working. */
  'setup.renew': { who: 'phone', input: nothing, output: nothing },
  'setup.checks': {
    who: 'phone',
    input: nothing,
    output: z.object({
      services: z.array(serviceSchema),
      /** When something on this phone turned our certificate down: since this session, minutes ago at most, and no app was let in since. */
      distrustedAt: time.nullable(),
    }),
  },
  /**
   * What the computer holds of this phone now, in all its collections: what is in two of them counts twice. Photos are counted as
   * files; bytes are those of the items as they were sent.
   */
  'phone.show': {
    who: 'phone',
    input: nothing,
    output: z.object({
      phone,
      kinds: z.array(
        z.object({
          kind: z.enum(['contacts', 'events', 'tasks', 'photos']),
          count,
          bytes: count,
          /** When the first of those that are there came; null when there is none. */
          since: time.nullable(),
        }),
      ),
      /** The newest backup that is there and holds this phone. Not `whole`: something had to be left out, or that is not known. */
      lastBackup: z.object({ at: time, whole: z.boolean() }).nullable(),
    }),
  },
  /** Which of these files the computer has already. */
  'photos.known': {
    who: 'phone',
    input: z.object({ hashes: z.array(hash).max(1000) }),
    output: z.object({ known: z.array(hash) }),
  },
  /** Reads files back from the computer's disk and compares them; for the end of an upload. */
  'photos.verify': {
    who: 'phone',
    input: z.object({ hashes: z.array(hash).max(100) }),
    output: z.object({
      files: z.array(z.object({ hash, stored: z.boolean(), doubts: z.array(doubtSchema) })),
    }),
  },
  /** Newest first. Only what is not there as an item of its own; its companions are in `together`. */
  'photos.list': {
    who: 'phone',
    input: z.object({
      at,
      after: z.string().optional(),
      most: z.number().int().min(1).max(500).default(200),
    }),
    output: z.object({ photos: z.array(listedPhotoSchema), next: z.string().nullable(), total: count }),
  },
  /**
   * Prepares a download of many photos; `path` works once, for ten minutes, and for this phone only. Without `ids`, all of them; a
   * photo's id brings what is `together` with it along.
   */
  'photos.zip': {
    who: 'phone',
    input: z.object({ at, ids: z.array(z.string()).max(50_000).optional() }),
    output: z.object({
      path: z.string(),
      /** Files in it, and their bytes. */
      count,
      bytes: count,
      /** Files that cannot be read; `MISSING.txt` in it names them. */
      missing: count,
    }),
  },
  'calendars.list': {
    who: 'phone',
    input: z.object({ at }),
    output: z.object({
      calendars: z.array(z.object({ name: z.string(), displayName: z.string(), items: count })),
      contacts: count,
    }),
  },
  /** Moments that can be looked at and brought back, newest first. */
  'points.list': { who: 'phone', input: nothing, output: z.object({ points: z.array(pointSchema) }) },
  /** What a Nextcloud app asked for; see Nextcloud's login flow v2. */
  'login.show': {
    who: 'phone',
    input: z.object({ token: z.string().max(128) }),
    output: z.object({ client: z.string() }),
  },
  'login.allow': { who: 'phone', input: z.object({ token: z.string().max(128) }), output: nothing },
  /** Ends this browser's session; the phone stays paired. */
  leave: { who: 'phone', input: nothing, output: nothing },
} as const

export type PortalMethod = keyof typeof portalContract
export type PortalInput<M extends PortalMethod> = z.input<(typeof portalContract)[M]['input']>
/** What the portal gets after the check. */
export type PortalChecked<M extends PortalMethod> = z.output<(typeof portalContract)[M]['input']>
export type PortalOutput<M extends PortalMethod> = z.output<(typeof portalContract)[M]['output']>

/** What came of a .vcf or .ics that was sent: `POST` of the file's bytes to `contacts` or `calendar` in `portalPaths.send`. */
export const sentSchema = z.object({ added: count, changed: count, unchanged: count, unreadable: count })

/** What is not a call. All but the pages and `trusted` need a session. */
export const portalPaths = {
  pages: '/portal/',
  api: '/portal/api/',
  /** Answers 204 to any page, so that the page on plain HTTP sees whether the phone trusts our root. */
  trusted: '/portal/trusted',
  /**
   * tus 1.0. Metadata: `filename`, `filetype`, `sha256` (hex), `modified` (milliseconds since 1970), `picked` (`photos` or `files`).
   * The answer to the last bytes says in `Sidekeep-Outcome` whether the file was `added` or `known`. A refusal's body is a problem; 460
   * means that the bytes were not those that were hashed.
   */
  uploads: '/portal/uploads/',
  /** + `contacts` or `calendar`. */
  send: '/portal/send/',
  /** + `contacts.vcf`, `calendar/<name>.ics`, `photo/<id>`, `thumbnail/<id>`; `?at=` a point's id. */
  get: '/portal/get/',
  /** + a secret: an iPhone's profile, once. */
  profile: '/portal/profile/',
  /** + a secret: many photos in one file, once. */
  zip: '/portal/zip/',
} as const
