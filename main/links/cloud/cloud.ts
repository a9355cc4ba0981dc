/** Accounts elsewhere, by CardDAV and CalDAV: iCloud, Fastmail, Nextcloud and others, and own servers; and files exported from them. */
import { Problem } from '../../problem.ts'
import { takeTurns } from '../../turns.ts'
import type { Link, LinkMemory, Source, SourceState } from '../link.ts'
import {
  type Account,
  describeAccount,
  findAccount,
  forget,
  keepAccount,
  keepFile,
  nameOf,
  readMemory,
  type Standing,
} from './accounts.ts'
import { captureAccount, type Held } from './capture.ts'
import { discover } from './discovery.ts'
import { captureFile, checkFile } from './files/file-capture.ts'
import { describeFile, fileSourceOf } from './files/file-sources.ts'
import { PRESETS } from './presets.ts'
import { sendToAccount } from './send.ts'
import { createTransport, type Transport } from './transport.ts'

export interface CloudOptions {
  memory: LinkMemory
  /** Milliseconds since 1970. */
  now: () => number
}

/**
 * Options of `connect` for an account: `preset` (a word of PRESETS, `own` unless told), `user`, and `url` for Nextcloud and own servers;
 * secrets everywhere: `password`. For an export: `file`, the path of a .vcf, .ics or .zip.
 */
export function createCloudLink({ memory, now }: CloudOptions): Link {
  const findFile = (id: string) => readMemory(memory).files.find((file) => file.id === id)

  // Each change of the memory begins with what the one before left.
  const inTurn = takeTurns()

  function remember(id: string, trouble: Omit<Standing, 'since'> | null, since = now()): Promise<void> {
    return inTurn(async () => {
      const account = readMemory(memory).accounts.find((one) => one.id === id)
      // Its owner may have let it go meanwhile.
      if (!account || (trouble === null && account.trouble === null)) return
      const before = account.trouble?.code === trouble?.code ? account.trouble : null
      await keepAccount(memory, {
        ...account,
        trouble: trouble && { ...trouble, since: before?.since ?? since },
      })
    })
  }

  /** What goes wrong is remembered, so that the state can say since when. */
  async function withAccount<T>(
    id: string,
    secrets: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    work: (account: Account, transport: Transport) => Promise<T>,
  ): Promise<T> {
    const account = findAccount(memory, id)
    const transport = open(account, secrets, signal)
    try {
      return await work(account, transport)
    } catch (error) {
      if (error instanceof Problem && TROUBLES.has(error.code)) {
        const code = error.code === 'not-allowed' ? 'held' : error.code
        await remember(id, { code, sentence: error.message, next: error.next })
      }
      throw error
    } finally {
      transport.close()
    }
  }

  return {
    kind: 'cloud',

    async find() {
      const { accounts, files } = readMemory(memory)
      return [...accounts.map(sourceOf), ...(await Promise.all(files.map(fileSourceOf)))]
    },

    async connect(options, secrets, watch) {
      if ('file' in options) {
        const file = describeFile(options)
        await checkFile(file.path)
        await inTurn(() => keepFile(memory, file))
        return fileSourceOf(file)
      }
      const account = describeAccount(options)
      const transport = open(account, secrets, watch.signal)
      try {
        const contacts = await discover(transport, 'contacts', new URL(account.contacts))
        const calendar = await discover(transport, 'calendar', new URL(account.calendar))
        if (!contacts && !calendar) throw nothingThere(account)
      } finally {
        transport.close()
      }
      await inTurn(() => keepAccount(memory, account))
      return sourceOf(account)
    },

    async disconnect(sourceId) {
      await inTurn(() => forget(memory, sourceId))
    },

    async capture(source, request, sink, watch) {
      const file = findFile(source.id)
      if (file) {
        await captureFile(file.path, new Set(request.kinds), sink, watch)
        return null
      }
      return withAccount(source.id, request.secrets, watch.signal, async (account, transport) => {
        const { cursor, held, failure } = await captureAccount({
          account,
          transport,
          request,
          sink,
          watch,
          now,
        })
        if (held.length > 0) await remember(account.id, heldStanding(held), Math.min(...held.map(sinceOf)))
        else await remember(account.id, failure === null ? null : failedStanding(failure))
        return cursor
      })
    },

    async send(source, request, watch) {
      if (findFile(source.id)) {
        throw new Problem(
          'not-allowed',
          'An exported file is only read.',
          'Send it to an account or a phone.',
        )
      }
      return withAccount(source.id, request.secrets, watch.signal, (account, transport) =>
        sendToAccount(account, transport, request, watch),
      )
    },
  }
}

/** Troubles of the account itself; others are of the request. */
const TROUBLES = new Set(['unreachable', 'wrong-password', 'not-allowed'])

function open(
  account: Account,
  secrets: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Transport {
  const { password } = secrets
  if (password === undefined) {
    const { name, steps } = PRESETS[account.preset]
    throw new Problem('wrong-password', `${name} needs a password.`, steps.join(' '))
  }
  return createTransport({
    servers: [new URL(account.contacts), new URL(account.calendar)],
    domains: PRESETS[account.preset].domains,
    user: account.user,
    password,
    signal,
  })
}

const READY: SourceState = { code: 'ready', sentence: 'The account can be read.', next: '' }

function sourceOf(account: Account): Source {
  const text = {
    read: true,
    write: true,
    limit: 'What is shared with the account for reading only can’t be written.',
  }
  return {
    link: 'cloud',
    id: account.id,
    name: nameOf(account),
    state: account.trouble ? stateOf(account.trouble) : READY,
    abilities: {
      contacts: text,
      calendar: text,
      photos: { read: false, write: false, limit: 'Photos do not come by CardDAV or CalDAV.' },
    },
  }
}

function stateOf({ code, sentence, next, since }: Standing): SourceState {
  return { code, sentence: `${sentence} So it has been since ${new Date(since).toISOString()}.`, next }
}

function heldStanding(held: readonly Held[]): Omit<Standing, 'since'> {
  return {
    code: 'held',
    sentence: held.map(({ displayName, reason }) => `${displayName}: ${reason}.`).join(' '),
    next: 'Nothing of what is kept here was changed. If the account lost data, send it back from here; if it is meant to be so, accept it.',
  }
}

function failedStanding(failure: string): Omit<Standing, 'since'> {
  return {
    code: 'unreachable',
    sentence: failure,
    next: 'Nothing of what is kept here was taken away. It will be tried again.',
  }
}

function sinceOf({ since }: Held): number {
  return since
}

function nothingThere(account: Account): Problem {
  return new Problem(
    'not-found',
    `At ${new URL(account.contacts).host} there are no address books or calendars for ${account.user}.`,
    PRESETS[account.preset].steps.join(' '),
  )
}
