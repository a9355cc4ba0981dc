/** Captures one address book or calendar: what is new since it was left, unless the guard holds it back. */

import type { Watch } from '../../progress.ts'
import type { CapturedItem } from '../../replica/capture.ts'
import { readCalendar } from '../../replica/index/calendar.ts'
import { readContact } from '../../replica/index/vcard.ts'
import type { CaptureSink } from '../link.ts'
import { BATCH, type Body, fetchBodies, type NoBody } from './bodies.ts'
import type { RemoteCollection } from './collections.ts'
import { type CollectionCursor, type Known, know } from './cursor.ts'
import { type Comparison, isMassive, judge, sentenceOf } from './guard.ts'
import { type Listing, list } from './listing.ts'
import { type Pictured, pictureFetcher } from './pictures.ts'
import type { Transport } from './transport.ts'

export interface CollectionCapture {
  transport: Transport
  remote: RemoteCollection
  left: CollectionCursor | undefined
  /** The owner takes it as it is. */
  accept: boolean
  sink: CaptureSink
  /** Called with the cursor from which the next capture goes on if this one is cut off. */
  reached(cursor: CollectionCursor): Promise<void>
  watch: Watch
}

/** Its cursor for the next time, or why nothing of it was taken. */
export type Outcome = { cursor: CollectionCursor } | { held: string }

/** The source broke off; what is stored stays, and the collection's cursor is the old one. */
export class SourceError extends Error {
  override name = 'SourceError'
}

/** @throws SourceError with its cause when the source fails; what the sink throws, as it is. */
export async function captureCollection(capture: CollectionCapture): Promise<Outcome> {
  const { transport, remote, left, sink, watch } = capture
  const before = new Map(Object.entries(left?.items ?? {}))
  const etags = new Map([...before].map(([path, [etag]]) => [path, etag]))
  const listing = await ofSource(() => list(transport, remote, left && { ...left, etags }))
  const changed = changedIn(listing, before)
  if (left && !capture.accept) {
    const comparison = await ofSource(() => compare(capture, listing, before, changed))
    const danger = judge(comparison)
    if (danger) return { held: sentenceOf(danger, comparison) }
  }

  const isChanged = new Set(changed)
  const items = new Map([...before].filter(([path]) => listing.etags.has(path) && !isChanged.has(path)))
  const identify = identifier(remote, items.values())
  const picture = remote.kind === 'contacts' ? pictureFetcher(transport) : asItIs
  const progress = progressOf(remote, changed.length, watch)
  let whole = true
  async function* fetched(paths: readonly string[]): AsyncGenerator<CapturedItem> {
    for await (const body of sourced(fetchBodies(transport, remote, paths, watch))) {
      const known = before.get(body.path)
      progress(body)
      if ('bytes' in body) {
        const identity = identify(body)
        const { bytes, missed, isForNow } = await ofSource(() => picture(body.bytes, remote.url))
        if (missed !== null) sink.missed(`${remote.displayName}: ${body.path}`, `Its picture: ${missed}.`)
        // As it was known before, it is asked for again.
        if (!isForNow) items.set(body.path, know(body.etag, identity, known))
        else if (known) items.set(body.path, known)
        whole &&= !isForNow
        yield { bytes, identity }
      } else if (body.status !== 404 && body.status !== 410) {
        whole = false
        if (known) items.set(body.path, known)
        sink.missed(`${remote.displayName}: ${body.path}`, `The server answered ${body.status}.`)
      }
    }
  }
  const gone = () => {
    const there = new Set([...items.values()].map(([, identity]) => identity))
    return [...before.values()].map(([, identity]) => identity).filter((identity) => !there.has(identity))
  }
  const { kind, displayName, url } = remote
  // With the old ones, the next capture asks again for what could not be had.
  const old = {
    kind,
    displayName,
    syncToken: left?.syncToken ?? null,
    ctag: left?.ctag ?? null,
    heldSince: null,
  }
  const ends = Math.max(changed.length, 1)
  for (let at = 0; at < ends; at += PART) {
    const part = {
      kind,
      id: url.href,
      displayName,
      items: fetched(changed.slice(at, at + PART)),
      complete: false,
    }
    await sink.collection(at + PART < ends ? part : { ...part, gone })
    // What was there before stays in it, so that what is gone is seen again.
    if (changed.length > 0)
      await capture.reached({ ...old, items: Object.fromEntries([...before, ...items]) })
  }
  const { syncToken, ctag } = whole ? listing : old
  return { cursor: { ...old, syncToken, ctag, items: Object.fromEntries(items) } }
}

// A capture that is cut off fetches no more than this anew.
const PART = 500

/** Tells at first and after each batch how much of what is new was fetched. */
function progressOf({ displayName }: RemoteCollection, total: number, { report }: Watch) {
  const progress = {
    phase: `Reading ${displayName}`,
    items: 0,
    itemsTotal: total,
    bytes: 0,
    bytesTotal: null,
  }
  report?.({ ...progress })
  return (body: Body | NoBody) => {
    progress.items++
    progress.bytes += 'bytes' in body ? body.bytes.length : 0
    if (progress.items % BATCH === 0 || progress.items === total) report?.({ ...progress })
  }
}

async function asItIs(bytes: Buffer): Promise<Pictured> {
  return { bytes, missed: null, isForNow: false }
}

function changedIn(listing: Listing, before: ReadonlyMap<string, Known>): string[] {
  return [...listing.etags]
    .filter(([path, etag]) => etag === '' || before.get(path)?.[0] !== etag)
    .map(([path]) => path)
    .sort()
}

/**
 * What the changes come to. Where so much is gone or other than before that it could be a loss, all that is new is looked at: the same
 * entries may lie at new places, and other entries at the old.
 */
async function compare(
  { transport, remote, watch }: CollectionCapture,
  { etags, lostTrack }: Listing,
  before: ReadonlyMap<string, Known>,
  changed: readonly string[],
): Promise<Comparison> {
  const isChanged = new Set(changed)
  const stays = (path: string) => etags.has(path) && !isChanged.has(path)
  const touched = [...before].filter(([path]) => !stays(path))
  const reverted = changed.filter((path) => before.get(path)?.[2].includes(etags.get(path) ?? '')).length
  const comparison = { before: before.size, reverted, lostTrack }
  const removed = touched.filter(([path]) => !etags.has(path))
  if (!isMassive(before.size, touched.length) && (removed.length === 0 || !lostTrack)) {
    return { ...comparison, gone: removed.length }
  }
  const found = new Set<string>()
  for await (const body of fetchBodies(transport, remote, changed, watch)) {
    // What can't be read just now is not gone.
    const identity = 'bytes' in body ? uidOf(remote, body) : before.get(body.path)?.[1]
    found.add(identity ?? `path:${body.path}`)
  }
  const gone = touched.filter(([path, [, identity]]) => !found.has(identity) && !found.has(`path:${path}`))
  return { ...comparison, gone: gone.length }
}

/** The identity by which the replica knows an item that has a UID. */
function uidOf({ kind }: RemoteCollection, { bytes }: Body): string | undefined {
  const { uid } = kind === 'contacts' ? readContact(bytes) : readCalendar(bytes)
  return uid === null ? undefined : `uid:${uid}`
}

/** Gives each item one identity: its UID, or its path where it has none or another item has the same. */
function identifier(remote: RemoteCollection, present: Iterable<Known>): (body: Body) => string {
  const taken = new Set([...present].map(([, identity]) => identity))
  return (body) => {
    const uid = uidOf(remote, body)
    const identity = uid !== undefined && !taken.has(uid) ? uid : `path:${body.path}`
    taken.add(identity)
    return identity
  }
}

async function ofSource<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new SourceError('the source failed', { cause })
  }
}

async function* sourced(bodies: AsyncGenerator<Body | NoBody>): AsyncGenerator<Body | NoBody> {
  for (;;) {
    const next = await ofSource(() => bodies.next())
    if (next.done) return
    yield next.value
  }
}
