/** Calendars and address books that are published at an address, as one file: subscriptions (`webcal:`), read only when they changed. */
import { hash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../../../problem.ts'
import { stopIfAsked, type Watch } from '../../../progress.ts'
import type { CaptureRequest, CaptureSink, Source } from '../../link.ts'
import { type Standing, stateOf } from '../standing.ts'
import type { Answer, Reach, Transport } from '../transport.ts'
import { checkScheme } from '../trust.ts'
import { captureFile, checkFile, type NamedFile } from './file-capture.ts'
import { readOnly } from './file-sources.ts'

export const Subscription = z.object({
  kind: z.literal('subscription'),
  id: z.string(),
  /** Often nobody may know it who may not read the calendar; what it leads to lies beside it, so it is no worse. It is told to nobody. */
  url: z.url(),
  /** Null when it needs no password. */
  user: z.string().nullable(),
})

export type Subscription = z.infer<typeof Subscription>

const Options = z.strictObject({
  subscription: z.string().max(4000),
  user: z.string().min(1).max(1000).optional(),
})

/** @throws Problem `bad-input` for what is no address that can be read safely. */
export function describeSubscription(options: Readonly<Record<string, string>>): Subscription {
  const read = Options.safeParse(options)
  const url = read.success ? URL.parse(read.data.subscription.trim().replace(/^webcals?:/i, 'https:')) : null
  if (!read.success || !url || url.hostname === '' || url.username !== '' || url.password !== '') {
    throw new Problem(
      'bad-input',
      'A subscription needs the address of a calendar or address book, and a user if it wants one.',
      'Give it as in subscription=https://calendar.example/family.ics.',
    )
  }
  checkScheme(url)
  url.hash = ''
  const { user = null } = read.data
  const id = `web-${hash('sha256', JSON.stringify([url.href, user])).slice(0, 24)}`
  return { kind: 'subscription', id, url: url.href, user }
}

export function subscriptionSource({
  id,
  url,
  trouble,
}: Subscription & { trouble: Standing | null }): Source {
  return {
    link: 'cloud',
    id,
    name: `Subscription at ${new URL(url).host}`,
    state: stateOf(trouble, 'The subscription can be read.'),
    abilities: readOnly('A subscription is only read. What it holds can be sent to an account or a phone.'),
  }
}

/** Without a password any server of the internet may be asked, since services hand such files on; with one only the named. */
export function subscriptionReach({ url, user }: Subscription): Reach {
  return { servers: [new URL(url)], domains: [], anywhere: user === null, limits: { body: MOST_BYTES } }
}

const MOST_BYTES = 64 * 1024 ** 2

/** What the last answer said of itself, and what was read of it. */
const Cursor = z.object({
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  kinds: z.array(z.string()),
})

/** Reads it if it changed. @throws Problem `unreachable`, also when it is no calendar or address book, or only half of one. */
export async function captureSubscription(
  subscription: Subscription,
  transport: Transport,
  request: CaptureRequest,
  sink: CaptureSink,
  watch: Watch,
): Promise<unknown> {
  const left =
    request.cursor === undefined || request.cursor === null ? undefined : Cursor.parse(request.cursor)
  const isKnown = left !== undefined && request.kinds.every((kind) => left.kinds.includes(kind))
  const answer = await fetchFile(subscription, transport, isKnown ? conditionsOf(left) : {})
  if (answer.status === 304 && isKnown) return left
  stopIfAsked(watch)
  await withAnswer(subscription, answer, (file) => captureFile(file, new Set(request.kinds), sink, watch))
  return {
    etag: answer.headers.get('etag'),
    lastModified: answer.headers.get('last-modified'),
    kinds: [...request.kinds],
  }
}

/** @throws Problem as `captureSubscription` does. */
export async function checkSubscription(subscription: Subscription, transport: Transport): Promise<void> {
  await withAnswer(subscription, await fetchFile(subscription, transport, {}), checkFile)
}

function conditionsOf({ etag, lastModified }: z.infer<typeof Cursor>): Record<string, string> {
  // Of both, the ETag alone counts (RFC 9110, 13.1.3).
  if (etag !== null) return { 'if-none-match': etag }
  return lastModified === null ? {} : { 'if-modified-since': lastModified }
}

async function fetchFile(
  { url }: Subscription,
  transport: Transport,
  conditions: Record<string, string>,
): Promise<Answer> {
  const headers = { accept: 'text/calendar, text/vcard, */*;q=0.1', ...conditions }
  const answer = await transport.send('GET', new URL(url), { headers })
  const isAsked = answer.status === 304 && Object.keys(conditions).length > 0
  if (answer.status !== 200 && !isAsked) throw wrong(answer, `it answers ${answer.status}`)
  return answer
}

async function withAnswer(
  { url }: Subscription,
  answer: Answer,
  work: (file: NamedFile) => Promise<void>,
): Promise<void> {
  const { body } = answer
  const end = body.subarray(-200).toString('latin1').trimEnd()
  if (!/(?:^|[\r\n])END:(?:VCALENDAR|VCARD)$/i.test(end) && !body.subarray(0, 2).equals(ZIP))
    throw wrong(answer, 'what it answers is no whole calendar or address book')
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-subscription-'))
  try {
    const path = join(folder, 'file')
    await writeFile(path, body, { mode: 0o600 })
    // Its name in the address may be the secret in it.
    await work({ path, name: 'subscription', title: new URL(url).host })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const ZIP = Buffer.from('PK')

function wrong({ url }: Answer, what: string): Problem {
  return new Problem(
    'unreachable',
    `The subscription at ${url.host} can’t be read: ${what}.`,
    'Nothing of what is kept here was changed. It will be tried again; see whether the address is still the right one.',
  )
}
