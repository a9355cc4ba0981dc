/** Puts contacts and calendar entries back into an account: by UID, never over what changed meanwhile, and nothing twice. */
import { hash } from 'node:crypto'
import { type Progress, stopIfAsked, type Watch } from '../../progress.ts'
import { readContact } from '../../replica/index/vcard.ts'
import type { SendReport, SendRequest, SentItem } from '../link.ts'
import type { Account } from './accounts.ts'
import { type Body, fetchBodies } from './bodies.ts'
import { listRemote, type RemoteCollection } from './collections.ts'
import { keyOf, sameContent } from './content.ts'
import { discover, troubled } from './discovery.ts'
import { list } from './listing.ts'
import { makeCollection, planCollection } from './make-collection.ts'
import { DavRefusal } from './multistatus.ts'
import { withoutAddresses } from './pictures.ts'
import type { Transport } from './transport.ts'

/** @throws Problem when the account can't be written at all. What was sent until then stays; run again, it goes on. */
export async function sendToAccount(
  account: Account,
  transport: Transport,
  request: SendRequest,
  watch: Watch,
): Promise<SendReport> {
  const report: SendReport = { added: 0, changed: 0, unchanged: 0, failed: [], next: null }
  for (const { path } of request.files) {
    report.failed.push({ name: path, reason: 'Photos and videos can’t be put into this account.' })
  }
  for (const kind of ['contacts', 'calendar'] as const) {
    const items = request.items.filter((item) => item.kind === kind)
    if (items.length === 0) continue
    const homes = await discover(transport, kind, new URL(account[kind]))
    const places = homes ? await placesIn(homes.home, transport, kind) : undefined
    const progress = { phase: PHASES[kind], items: 0, itemsTotal: items.length, bytes: 0, bytesTotal: null }
    const sending: Sending = { transport, report, watch, dryRun: request.dryRun, sent: new Map(), progress }
    for (const group of Map.groupBy(
      items,
      ({ collection }) => collection.id ?? collection.displayName,
    ).values()) {
      const remote = places && (await placeFor(group, places, sending))
      if (remote) await sendInto(remote, group, sending)
      else report.failed.push(...group.map(({ name }) => ({ name, reason: NO_PLACE[kind] })))
    }
  }
  return report
}

const PHASES = { contacts: 'Sending contacts', calendar: 'Sending events' }

const NO_PLACE = {
  contacts: 'The account has no address book that may be written.',
  calendar: 'The account has no calendar that may be written.',
}

interface Places {
  home: URL
  remotes: RemoteCollection[]
}

async function placesIn(home: URL, transport: Transport, kind: 'contacts' | 'calendar'): Promise<Places> {
  try {
    return { home, remotes: await listRemote(transport, kind, home) }
  } catch (error) {
    throw error instanceof DavRefusal ? troubled(home, error.status) : error
  }
}

interface Place extends RemoteCollection {
  /** It is only planned. */
  isNew?: boolean
}

/**
 * Where it came from, also if it may only be read, for there it is compared; made again if it is gone. Else the list of the same name,
 * else the first that may be written.
 */
async function placeFor(
  items: SentItem[],
  { home, remotes }: Places,
  { transport, dryRun }: Sending,
): Promise<Place | undefined> {
  const { collection } = items[0]!
  const writable = remotes.filter((remote) => remote.writable)
  const own = remotes.find(({ url }) => url.href === collection.id)
  if (own) return own
  const planned = planCollection(home, items[0]!, remotes.length === 0)
  if (planned && dryRun) return { ...planned, isNew: true }
  if (planned && (await makeCollection(transport, planned, items))) {
    remotes.push(planned)
    return { ...planned, isNew: true }
  }
  return writable.find(({ displayName }) => displayName === collection.displayName) ?? writable[0]
}

interface Sending {
  transport: Transport
  report: SendReport
  watch: Watch
  dryRun: boolean
  /** What came by in this call, by place and key: of lists that went into one, each may have another item of that UID. */
  sent: Map<string, SentItem>
  progress: Progress
}

async function sendInto(remote: Place, items: SentItem[], sending: Sending): Promise<void> {
  const { transport, report, watch, sent } = sending
  const present: Present = remote.isNew
    ? { byKey: new Map(), paths: new Set(), isUnsure: false }
    : await readPresent(transport, remote, watch)
  for (const item of items.map(withUid)) {
    stopIfAsked(watch)
    sending.progress.items++
    sending.progress.bytes += item.bytes.length
    watch.report?.({ ...sending.progress })
    const key = keyOf(remote.kind, item.bytes)
    const place = `${remote.url.href} ${key}`
    const isThere = present.byKey.get(key)?.some(({ bytes }) => sameContent(bytes, item.bytes)) ?? false
    const twin = isThere ? undefined : sent.get(place)
    if (isThere || (twin && sameContent(twin.bytes, item.bytes))) {
      report.unchanged++
    } else if (twin) {
      report.failed.push({ name: item.name, reason: `It has the same UID as ${twin.name}, which was sent.` })
    } else {
      const outcome = await write(remote, item, key, present, sending)
      if ('refused' in outcome) report.failed.push({ name: item.name, reason: outcome.refused })
      else report[outcome.done]++
    }
    if (!twin) sent.set(place, item)
  }
}

interface Present {
  /** Mostly one each. */
  byKey: Map<string, Body[]>
  paths: Set<string>
  /** Something there could not be read, and may be what is to be sent. */
  isUnsure: boolean
}

async function readPresent(transport: Transport, remote: RemoteCollection, watch: Watch): Promise<Present> {
  const byKey = new Map<string, Body[]>()
  let isUnsure = false
  try {
    const { etags } = await list(transport, remote, undefined)
    const paths = [...etags.keys()].sort()
    for await (const body of fetchBodies(transport, remote, paths, watch)) {
      if (!('bytes' in body)) {
        isUnsure ||= body.status !== 404 && body.status !== 410
        continue
      }
      const key = keyOf(remote.kind, body.bytes)
      byKey.set(key, [...(byKey.get(key) ?? []), body])
    }
    return { byKey, paths: new Set(paths), isUnsure }
  } catch (error) {
    throw error instanceof DavRefusal ? troubled(remote.url, error.status) : error
  }
}

type Outcome = { done: 'added' | 'changed' } | { refused: string }

async function write(
  remote: RemoteCollection,
  item: SentItem,
  key: string,
  { byKey, paths, isUnsure }: Present,
  { transport, dryRun }: Sending,
): Promise<Outcome> {
  const [there, ...others] = byKey.get(key) ?? []
  if (others.length > 0) return { refused: 'There are several of its UID, and it is none of them.' }
  if (there && there.etag === '')
    return { refused: 'It is there in another version, and the server can’t say which.' }
  if (!there && isUnsure) return { refused: 'It may be among what could not be read there.' }
  if (!remote.writable) return { refused: `“${remote.displayName}” may only be read.` }
  const done = there ? 'changed' : 'added'
  if (dryRun) return { done }
  const url = there ? new URL(there.path, remote.url) : freePlace(remote, key, paths)
  paths.add(url.pathname)
  const type = remote.kind === 'contacts' ? 'text/vcard' : 'text/calendar'
  const body = remote.kind === 'contacts' ? withoutAddresses(item.bytes) : item.bytes
  const { status } = await transport.send('PUT', url, {
    body,
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'content-length': String(body.length),
      ...(there ? { 'if-match': there.etag } : { 'if-none-match': '*' }),
    },
  })
  if (status >= 200 && status < 300) return { done }
  if (status === 412) return { refused: 'It was changed in the account at this very moment.' }
  if (status >= 500 && status !== 507) throw troubled(url, status)
  return { refused: REASONS[status] ?? `The server answered ${status}.` }
}

const REASONS: Record<number, string> = {
  403: 'The server does not take it (403).',
  413: 'It is too large for the server.',
  507: 'The account is full.',
}

/** The same at each try, so that one whose answer got lost is found again. */
function freePlace({ kind, url }: RemoteCollection, key: string, paths: ReadonlySet<string>): URL {
  const extension = kind === 'contacts' ? '.vcf' : '.ics'
  for (let n = 1; ; n++) {
    const name = hash('sha256', `${key} ${n}`).slice(0, 32) + extension
    const place = new URL(name, url)
    if (!paths.has(place.pathname)) return place
  }
}

/** Servers want a UID (RFC 6352, 5.1). Made of the content, it is the same at each try. */
function withUid(item: SentItem): SentItem {
  if (item.kind !== 'contacts' || readContact(item.bytes).uid !== null) return item
  const text = Buffer.from(item.bytes).toString('latin1')
  const end = text.search(/END:VCARD\s*$/i)
  if (end < 0) return item
  const uid = hash('sha256', item.bytes).slice(0, 32)
  return { ...item, bytes: Buffer.from(`${text.slice(0, end)}UID:${uid}\r\n${text.slice(end)}`, 'latin1') }
}
