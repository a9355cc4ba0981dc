/** Puts contacts and calendar entries back into an account: by UID, never over what changed meanwhile, and nothing twice. */
import { hash } from 'node:crypto'
import { stopIfAsked, type Watch } from '../../progress.ts'
import { readContact } from '../../replica/index/vcard.ts'
import type { SendReport, SendRequest, SentItem } from '../link.ts'
import type { Account } from './accounts.ts'
import { type Body, fetchBodies } from './bodies.ts'
import { listRemote, type RemoteCollection } from './collections.ts'
import { keyOf, sameContent } from './content.ts'
import { discover, troubled } from './discovery.ts'
import { list } from './listing.ts'
import { DavRefusal } from './multistatus.ts'
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
    const remotes = await writableOf(account, transport, kind)
    const groups = Map.groupBy(items, (item) => placeOf(item, remotes))
    for (const [remote, group] of groups) {
      if (remote) await sendInto(remote, group, { transport, report, watch, dryRun: request.dryRun })
      else report.failed.push(...group.map(({ name }) => ({ name, reason: NO_PLACE[kind] })))
    }
  }
  return report
}

const NO_PLACE = {
  contacts: 'The account has no address book that may be written.',
  calendar: 'The account has no calendar that may be written.',
}

async function writableOf(
  account: Account,
  transport: Transport,
  kind: 'contacts' | 'calendar',
): Promise<RemoteCollection[]> {
  const homes = await discover(transport, kind, new URL(account[kind]))
  if (!homes) return []
  try {
    return (await listRemote(transport, kind, homes.home)).filter(({ writable }) => writable)
  } catch (error) {
    throw error instanceof DavRefusal ? troubled(homes.home, error.status) : error
  }
}

/** Where it came from, else the list of the same name, else the first. */
function placeOf({ collection }: SentItem, remotes: RemoteCollection[]): RemoteCollection | undefined {
  return (
    remotes.find(({ url }) => url.href === collection.id) ??
    remotes.find(({ displayName }) => displayName === collection.displayName) ??
    remotes[0]
  )
}

interface Sending {
  transport: Transport
  report: SendReport
  watch: Watch
  dryRun: boolean
}

async function sendInto(remote: RemoteCollection, items: SentItem[], sending: Sending): Promise<void> {
  const { transport, report, watch } = sending
  const present = await readPresent(transport, remote, watch)
  const sent = new Map<string, SentItem>()
  for (const item of items.map(withUid)) {
    stopIfAsked(watch)
    const key = keyOf(remote.kind, item.bytes)
    const twin = sent.get(key)
    if (twin && sameContent(twin.bytes, item.bytes)) {
      report.unchanged++
      continue
    }
    if (twin) {
      report.failed.push({ name: item.name, reason: `It has the same UID as ${twin.name}, which was sent.` })
      continue
    }
    sent.set(key, item)
    const outcome = await sendOne(remote, item, key, present, sending)
    if ('refused' in outcome) report.failed.push({ name: item.name, reason: outcome.refused })
    else report[outcome.done]++
  }
}

interface Present {
  byKey: Map<string, Body>
  paths: Set<string>
}

async function readPresent(transport: Transport, remote: RemoteCollection, watch: Watch): Promise<Present> {
  const byKey = new Map<string, Body>()
  try {
    const { etags } = await list(transport, remote, undefined)
    const paths = [...etags.keys()].sort()
    for await (const body of fetchBodies(transport, remote, paths, watch)) {
      if (!('bytes' in body)) continue
      const key = keyOf(remote.kind, body.bytes)
      if (!byKey.has(key)) byKey.set(key, body)
    }
    return { byKey, paths: new Set(paths) }
  } catch (error) {
    throw error instanceof DavRefusal ? troubled(remote.url, error.status) : error
  }
}

type Outcome = { done: 'added' | 'changed' | 'unchanged' } | { refused: string }

async function sendOne(
  remote: RemoteCollection,
  item: SentItem,
  key: string,
  { byKey, paths }: Present,
  { transport, dryRun }: Sending,
): Promise<Outcome> {
  const there = byKey.get(key)
  if (there && sameContent(there.bytes, item.bytes)) return { done: 'unchanged' }
  if (there && there.etag === '')
    return { refused: 'It is there in another version, and the server can’t say which.' }
  const done = there ? 'changed' : 'added'
  if (dryRun) return { done }
  const url = there ? new URL(there.path, remote.url) : freePlace(remote, key, paths)
  paths.add(url.pathname)
  const type = remote.kind === 'contacts' ? 'text/vcard' : 'text/calendar'
  const { status } = await transport.send('PUT', url, {
    body: item.bytes,
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'content-length': String(item.bytes.length),
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
