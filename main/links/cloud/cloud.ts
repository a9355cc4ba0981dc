/**
 * Accounts elsewhere, by CardDAV and CalDAV: iCloud, Fastmail, Nextcloud and others, and own servers; subscriptions, exported files, and
 * folders of photos.
 */
import { Problem } from '../../problem.ts'
import type { Watch } from '../../progress.ts'
import { takeTurns } from '../../turns.ts'
import type { CaptureRequest, CaptureSink, Link, LinkMemory, Source } from '../link.ts'
import { type Account, accountSource, describeAccount } from './accounts.ts'
import { captureAccount, type Held } from './capture.ts'
import { discover } from './discovery.ts'
import { captureFile, checkFile, namedFile } from './files/file-capture.ts'
import { describeFile, type FileSource, fileSource } from './files/file-sources.ts'
import {
  captureSubscription,
  checkSubscription,
  describeSubscription,
  subscriptionReach,
  subscriptionSource,
} from './files/subscriptions.ts'
import { captureFolder } from './folders/folder-capture.ts'
import { listFolder } from './folders/folder-listing.ts'
import { sendToFolder } from './folders/folder-send.ts'
import { describeFolder, folderSource } from './folders/folder-sources.ts'
import type { Dns } from './locate.ts'
import { type Described, forget, type Kept, keep, noteStanding, readMemory } from './memory.ts'
import { PRESETS } from './presets.ts'
import { sendToAccount } from './send.ts'
import { failedStanding, heldStanding, type Standing, standingOf } from './standing.ts'
import { createTransport, type Reach, type Transport } from './transport.ts'

export interface CloudOptions {
  memory: LinkMemory
  /** Milliseconds since 1970. */
  now: () => number
  /** Bytes no one can guess. */
  random: (length: number) => Buffer
  dns: Dns
}

type Secrets = Readonly<Record<string, string>>
/** A source at a server. */
type Remote = Exclude<Described, FileSource>

/**
 * Options of `connect` for an account: `preset` (a word of PRESETS, `own` unless told), `user`, and `url` for Nextcloud and own servers,
 * which an e-mail address as user may do without. For a subscription: `subscription`, its address, and `user` if it wants one. For an
 * export: `file`, the path of a .vcf, .ics or .zip. For photos: `folder`, the address of a WebDAV folder, and `user`. Secrets: `password`.
 */
export function createCloudLink({ memory, now, random, dns }: CloudOptions): Link {
  // Each change of the memory begins with what the one before left.
  const inTurn = takeTurns()

  function note(id: string, standing: Omit<Standing, 'since'> | null, since = now()): Promise<void> {
    return inTurn(() => noteStanding(memory, id, standing, since))
  }

  /** What goes wrong is remembered, so that the state can say since when. */
  async function noting<T>(id: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const standing = error instanceof Problem ? standingOf(error) : undefined
      if (standing) await note(id, standing)
      throw error
    }
  }

  async function reaching<T>(
    source: Remote,
    { password }: Secrets,
    { signal }: Watch,
    work: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    const { id, user } = source
    if (user !== null && password === undefined) throw passwordNeeded(source)
    const credentials = user === null ? undefined : { user, password: password! }
    const transport = createTransport({ ...reachOf(source), credentials, random, signal })
    try {
      return await noting(id, () => work(transport))
    } finally {
      transport.close()
    }
  }

  /** @throws Problem when it cannot be read. */
  async function check(source: Described, secrets: Secrets, watch: Watch): Promise<void> {
    if (source.kind === 'file') return checkFile(namedFile(source.path))
    await reaching(source, secrets, watch, async (transport) => {
      if (source.kind === 'subscription') return checkSubscription(source, transport)
      if (source.kind === 'folder')
        return void (await listFolder(transport, new URL(source.url), () => undefined, watch))
      const contacts = await discover(transport, 'contacts', new URL(source.contacts))
      const calendar = await discover(transport, 'calendar', new URL(source.calendar))
      if (!contacts && !calendar) throw nothingThere(source)
    })
  }

  /** @returns the cursor. */
  async function captureWhole(
    source: Exclude<Described, Account>,
    request: CaptureRequest,
    sink: CaptureSink,
    watch: Watch,
  ): Promise<unknown> {
    if (source.kind === 'file') {
      await noting(source.id, () => captureFile(namedFile(source.path), new Set(request.kinds), sink, watch))
      return null
    }
    return reaching(source, request.secrets, watch, async (transport) => {
      if (source.kind === 'subscription') return captureSubscription(source, transport, request, sink, watch)
      await captureFolder(transport, new URL(source.url), sink, watch)
      return null
    })
  }

  return {
    kind: 'cloud',

    find: () => Promise.all(readMemory(memory).map(sourceOf)),

    async connect(options, secrets, watch) {
      const described = await describe(options, dns)
      await check(described, secrets, watch)
      return sourceOf(await inTurn(() => keep(memory, described)))
    },

    async disconnect(sourceId) {
      await inTurn(() => forget(memory, sourceId))
    },

    async capture({ id }, request, sink, watch) {
      const source = known(memory, id)
      if (source.kind !== 'account') {
        const cursor = await captureWhole(source, request, sink, watch)
        await note(id, null)
        return cursor
      }
      const { cursor, held, failure } = await reaching(source, request.secrets, watch, (transport) =>
        captureAccount({ account: source, transport, request, sink, watch, now }),
      )
      if (held.length > 0) await note(id, heldStanding(held), Math.min(...held.map(sinceOf)))
      else await note(id, failure === null ? null : failedStanding(failure))
      return cursor
    },

    async send({ id }, request, watch) {
      const source = known(memory, id)
      if (source.kind === 'file' || source.kind === 'subscription') throw onlyRead()
      return reaching(source, request.secrets, watch, (transport) =>
        source.kind === 'folder'
          ? sendToFolder(transport, new URL(source.url), request, watch)
          : sendToAccount(source, transport, request, watch),
      )
    },
  }
}

/** @throws Problem `not-found` */
function known(memory: LinkMemory, id: string): Described {
  const kept = readMemory(memory).find(({ described }) => described.id === id)
  if (!kept) throw new Problem('not-found', 'This account is not known.', 'Connect it first.')
  return kept.described
}

function describe(options: Readonly<Record<string, string>>, dns: Dns): Described | Promise<Described> {
  if ('file' in options) return describeFile(options)
  if ('subscription' in options) return describeSubscription(options)
  if ('folder' in options) return describeFolder(options)
  return describeAccount(options, dns)
}

function sourceOf({ described, trouble }: Kept): Source | Promise<Source> {
  switch (described.kind) {
    case 'file':
      return fileSource({ ...described, trouble })
    case 'subscription':
      return subscriptionSource({ ...described, trouble })
    case 'folder':
      return folderSource({ ...described, trouble })
    case 'account':
      return accountSource({ ...described, trouble })
  }
}

function reachOf(source: Remote): Reach {
  switch (source.kind) {
    case 'subscription':
      return subscriptionReach(source)
    case 'folder':
      return { servers: [new URL(source.url)], domains: [] }
    case 'account':
      return {
        servers: [new URL(source.contacts), new URL(source.calendar)],
        domains: PRESETS[source.preset].domains,
      }
  }
}

function sinceOf({ since }: Held): number {
  return since
}

function passwordNeeded(source: Remote): Problem {
  const [name, next] =
    source.kind === 'account'
      ? [PRESETS[source.preset].name, PRESETS[source.preset].steps.join(' ')]
      : [new URL(source.url).host, `Enter the password of ${source.user} there.`]
  return new Problem('wrong-password', `${name} needs a password.`, next)
}

function onlyRead(): Problem {
  return new Problem('not-allowed', 'It is only read.', 'Send to an account or a phone.')
}

function nothingThere({ contacts, user, preset }: Account): Problem {
  return new Problem(
    'not-found',
    `At ${new URL(contacts).host} there are no address books or calendars for ${user}.`,
    PRESETS[preset].steps.join(' '),
  )
}
