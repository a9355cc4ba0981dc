/** Captures an account: all its collections, each by itself, so that what is wrong with one stops no other. */
import { Problem } from '../../problem.ts'
import { stopIfAsked, type Watch } from '../../progress.ts'
import type { CaptureRequest, CaptureSink } from '../link.ts'
import type { Account } from './accounts.ts'
import { captureCollection, SourceError } from './capture-collection.ts'
import { listRemote, type RemoteCollection } from './collections.ts'
import { type Cursor, readCursor } from './cursor.ts'
import { discover, troubled } from './discovery.ts'
import { DavRefusal } from './multistatus.ts'
import type { Transport } from './transport.ts'

/** What the guard held back. */
export interface Held {
  displayName: string
  /** Why, as the end of a sentence. */
  reason: string
  since: number
}

export interface AccountOutcome {
  cursor: Cursor
  held: Held[]
  /** Why a collection could not be read to its end; the last one's reason. */
  failure: string | null
}

export interface AccountCapture {
  account: Account
  transport: Transport
  request: CaptureRequest
  sink: CaptureSink
  watch: Watch
  now: () => number
}

/** @throws Problem when the account can't be read at all, or is another one than it was. */
export async function captureAccount(capture: AccountCapture): Promise<AccountOutcome> {
  const { request, sink, watch } = capture
  const left = readCursor(request.cursor)
  const next: Cursor = { principals: { ...left.principals }, collections: { ...left.collections } }
  const soFar: Cursor = { principals: { ...left.principals }, collections: { ...left.collections } }
  const held: Held[] = []
  let failure: string | null = null
  const hold = (href: string, displayName: string, reason: string) => {
    const known = left.collections[href]!
    const since = known.heldSince ?? capture.now()
    next.collections[href] = { ...known, heldSince: since }
    held.push({ displayName, reason, since })
    sink.missed(displayName, `Nothing of it was changed here: ${reason}.`)
  }

  for (const kind of ['contacts', 'calendar'] as const) {
    if (!request.kinds.includes(kind)) continue
    const { principal, remotes } = await lookAround(capture, kind)
    const known = left.principals[kind]
    if (known !== null && principal !== null && known !== principal && !request.accept)
      throw anotherOne(capture)
    next.principals[kind] = principal ?? known
    soFar.principals[kind] = next.principals[kind]
    for (const remote of remotes) {
      stopIfAsked(watch)
      const { href } = remote.url
      try {
        const outcome = await captureCollection({
          ...capture,
          remote,
          left: left.collections[href],
          accept: request.accept ?? false,
          reached: (cursor) => {
            soFar.collections[href] = cursor
            return sink.reached(soFar)
          },
        })
        if ('cursor' in outcome) next.collections[href] = outcome.cursor
        else hold(href, remote.displayName, outcome.held)
      } catch (error) {
        failure = reasonOf(error)
        sink.missed(remote.displayName, failure)
        const reached = soFar.collections[href]
        if (reached) next.collections[href] = reached
      }
    }
    const present = remotes.map(({ url }) => url.href)
    let isVanished = false
    for (const [href, lost] of Object.entries(left.collections)) {
      if (lost.kind !== kind || present.includes(href)) continue
      const count = Object.keys(lost.items).length
      isVanished ||= count > 0
      if (count === 0 || request.accept) delete next.collections[href]
      else hold(href, lost.displayName, `it is no longer in the account, with its ${count} entries`)
    }
    if (!isVanished || request.accept) sink.listed(kind, present)
  }
  return { cursor: next, held, failure }
}

async function lookAround(
  { account, transport }: AccountCapture,
  kind: 'contacts' | 'calendar',
): Promise<{ principal: string | null; remotes: RemoteCollection[] }> {
  const homes = await discover(transport, kind, new URL(account[kind]))
  if (!homes) return { principal: null, remotes: [] }
  const { principal, home } = homes
  try {
    return { principal, remotes: await listRemote(transport, kind, home) }
  } catch (error) {
    throw error instanceof DavRefusal ? troubled(home, error.status) : error
  }
}

/** In a person's words. @throws what is not about this collection alone. */
function reasonOf(error: unknown): string {
  if (!(error instanceof SourceError)) throw error
  const { cause } = error
  if (cause instanceof DavRefusal) return cause.message
  if (cause instanceof Problem && cause.code === 'unreachable') return cause.message
  throw cause
}

function anotherOne({ account }: AccountCapture): Problem {
  return new Problem(
    'not-allowed',
    `At ${new URL(account.contacts).host} there is another account than before.`,
    'Nothing of what is kept here was changed. If that is right, accept it; else see whether the address is still the right one.',
  )
}
