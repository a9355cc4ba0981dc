/**
 * Accounts elsewhere, by CardDAV and CalDAV: iCloud, Fastmail, Nextcloud and others, and own servers; subscriptions, exported files, and
 * folders of photos.
 */
import { Problem } from '../../problem.ts'
import type { Watch } from '../../progress.ts'
import { takeTurns } from '../../turns.ts'
import type { Link, LinkMemory, Source } from '../link.ts'
import { type Account, accountSource, describeAccount } from './accounts.ts'
import { captureAccount, type Held } from './capture.ts'
import { discover } from './discovery.ts'
import { captureFile, checkFile, namedFile } from './files/file-capture.ts'
import { describeFile, fileSource } from './files/file-sources.ts'
import {
  captureSubscription,
  checkSubscription,
  describeSubscription,
  type Subscription,
  subscriptionSource,
  subscriptionTrust,
} from './files/subscriptions.ts'
import { captureFolder } from './folders/folder-capture.ts'
import { listFolder } from './folders/folder-listing.ts'
import { sendToFolder } from './folders/folder-send.ts'
import { describeFolder, type Folder, folderSource } from './folders/folder-sources.ts'
import type { Dns } from './locate.ts'
import { findKept, forget, keep, type Memory, noteStanding, readMemory, unknown } from './memory.ts'
import { PRESETS } from './presets.ts'
import { sendToAccount } from './send.ts'
import { failedStanding, heldStanding, type Standing, standingOf } from './standing.ts'
import { createTransport, type Transport } from './transport.ts'

export interface CloudOptions {
  memory: LinkMemory
  /** Milliseconds since 1970. */
  now: () => number
  /** Bytes no one can guess. */
  random: (length: number) => Buffer
  dns: Dns
}

type Secrets = Readonly<Record<string, string>>

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

  async function withAccount<T>(
    account: Account,
    secrets: Secrets,
    { signal }: Watch,
    work: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    const { preset, user } = account
    const servers = [new URL(account.contacts), new URL(account.calendar)]
    const { name, steps, domains } = PRESETS[preset]
    const credentials = { user, password: passwordOf(secrets, name, steps.join(' ')) }
    const transport = createTransport({ servers, domains, credentials, random, signal })
    return noting(account.id, () => using(transport, work))
  }

  async function withSubscription<T>(
    subscription: Subscription,
    secrets: Secrets,
    { signal }: Watch,
    work: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    const { user, url } = subscription
    const name = `The subscription at ${new URL(url).host}`
    const credentials =
      user === null ? undefined : { user, password: passwordOf(secrets, name, 'Enter it here.') }
    const transport = createTransport({ ...subscriptionTrust(subscription), credentials, random, signal })
    return noting(subscription.id, () => using(transport, work))
  }

  async function withFolder<T>(
    { id, url, user }: Folder,
    secrets: Secrets,
    { signal }: Watch,
    work: (transport: Transport, root: URL) => Promise<T>,
  ): Promise<T> {
    const root = new URL(url)
    const credentials = {
      user,
      password: passwordOf(secrets, `The folder at ${root.host}`, 'Enter it here.'),
    }
    const transport = createTransport({ servers: [root], domains: [], credentials, random, signal })
    return noting(id, () => using(transport, (opened) => work(opened, root)))
  }

  /** Remembers it once it was seen that it can be read. */
  async function connected<L extends keyof Memory>(
    list: L,
    one: Omit<Memory[L][number], 'trouble'>,
  ): Promise<Source> {
    await inTurn(() => keep(memory, list, one))
    return (await listSources(readMemory(memory))).find(({ id }) => id === one.id)!
  }

  return {
    kind: 'cloud',

    find: () => listSources(readMemory(memory)),

    async connect(options, secrets, watch) {
      if ('file' in options) {
        const file = describeFile(options)
        await checkFile(namedFile(file.path))
        return connected('files', file)
      }
      if ('subscription' in options) {
        const subscription = describeSubscription(options)
        await withSubscription(subscription, secrets, watch, (transport) =>
          checkSubscription(subscription, transport),
        )
        return connected('subscriptions', subscription)
      }
      if ('folder' in options) {
        const folder = describeFolder(options)
        await withFolder(folder, secrets, watch, (transport, root) =>
          listFolder(transport, root, () => undefined, watch),
        )
        return connected('folders', folder)
      }
      const account = await describeAccount(options, dns)
      await withAccount(account, secrets, watch, async (transport) => {
        const contacts = await discover(transport, 'contacts', new URL(account.contacts))
        const calendar = await discover(transport, 'calendar', new URL(account.calendar))
        if (!contacts && !calendar) throw nothingThere(account)
      })
      return connected('accounts', account)
    },

    async disconnect(sourceId) {
      await inTurn(() => forget(memory, sourceId))
    },

    async capture({ id }, request, sink, watch) {
      const file = findKept(memory, 'files', id)
      const subscription = findKept(memory, 'subscriptions', id)
      if (file) {
        await noting(id, () => captureFile(namedFile(file.path), new Set(request.kinds), sink, watch))
        await note(id, null)
        return null
      }
      if (subscription) {
        const cursor = await withSubscription(subscription, request.secrets, watch, (transport) =>
          captureSubscription(subscription, transport, request, sink, watch),
        )
        await note(id, null)
        return cursor
      }
      const folder = findKept(memory, 'folders', id)
      if (folder) {
        await withFolder(folder, request.secrets, watch, (transport, root) =>
          captureFolder(transport, root, sink, watch),
        )
        await note(id, null)
        return null
      }
      const account = findKept(memory, 'accounts', id)
      if (!account) throw unknown()
      const { cursor, held, failure } = await withAccount(account, request.secrets, watch, (transport) =>
        captureAccount({ account, transport, request, sink, watch, now }),
      )
      if (held.length > 0) await note(id, heldStanding(held), Math.min(...held.map(sinceOf)))
      else await note(id, failure === null ? null : failedStanding(failure))
      return cursor
    },

    async send({ id }, request, watch) {
      const folder = findKept(memory, 'folders', id)
      if (folder) {
        return withFolder(folder, request.secrets, watch, (transport, root) =>
          sendToFolder(transport, root, request, watch),
        )
      }
      const account = findKept(memory, 'accounts', id)
      if (!account && (findKept(memory, 'files', id) || findKept(memory, 'subscriptions', id)))
        throw onlyRead()
      if (!account) throw unknown()
      return withAccount(account, request.secrets, watch, (transport) =>
        sendToAccount(account, transport, request, watch),
      )
    },
  }
}

async function listSources({ accounts, subscriptions, files, folders }: Memory): Promise<Source[]> {
  return [
    ...accounts.map(accountSource),
    ...subscriptions.map(subscriptionSource),
    ...(await Promise.all(files.map(fileSource))),
    ...folders.map(folderSource),
  ]
}

async function using<T>(transport: Transport, work: (transport: Transport) => Promise<T>): Promise<T> {
  try {
    return await work(transport)
  } finally {
    transport.close()
  }
}

function passwordOf({ password }: Secrets, name: string, next: string): string {
  if (password === undefined) throw new Problem('wrong-password', `${name} needs a password.`, next)
  return password
}

function sinceOf({ since }: Held): number {
  return since
}

function onlyRead(): Problem {
  return new Problem('bad-input', 'It is only read.', 'Send to an account or a phone.')
}

function nothingThere(account: Account): Problem {
  return new Problem(
    'not-found',
    `At ${new URL(account.contacts).host} there are no address books or calendars for ${account.user}.`,
    PRESETS[account.preset].steps.join(' '),
  )
}
