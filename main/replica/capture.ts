/**
 * Captures: what lies in an account that is not ours, read as a whole or in part, and compared with what was captured before. The
 * identity of an item decides its name in the mirror, so that the next capture finds it again whatever became of it.
 */
import { hash } from 'node:crypto'
import { type Collection, createCollection, findCollection } from './collections.ts'
import { readCalendar } from './index/calendar.ts'
import { bytesOf, readContentLines } from './index/content-line.ts'
import { readContact } from './index/vcard.ts'
import {
  type Cause,
  findByUid,
  findItem,
  listItems,
  type NewItem,
  putItem,
  readBody,
  removeItem,
  textItem,
} from './items.ts'
import type { Replica, Transaction } from './replica.ts'

export interface CapturedItem {
  bytes: Uint8Array
  /** What names it in its source for good, such as account and source id. Without one, its UID does, and without that its content. */
  identity?: string
  /** Lines of this name (upper case) are there and could not be read: those that came before stay in the card. */
  unread?: string
}

export interface CaptureOptions {
  cause: Cause
  /** Nothing else is there: what is held and was not captured is gone, and recorded so. */
  complete: boolean
  /** Identities that are gone, from a source that tells what changed; asked for once all items came. */
  gone?: (() => readonly string[]) | undefined
}

/** What a capture brought. An item that came several times is counted once. */
export interface Captured {
  added: number
  changed: number
  unchanged: number
  /** Of all these, how many no reader understands; they are kept all the same. */
  unreadable: number
  gone: number
}

/** The phone's mirror of that name, made if it is not there. */
export function openMirror(
  replica: Replica,
  phoneId: string,
  kind: 'contacts' | 'calendar',
  name: string,
  displayName: string,
): Promise<Collection> {
  return replica.write((tx) => {
    // One of our own accounts may have the name.
    for (let n = 1; ; n++) {
      const free = n === 1 ? name : `${name}-${n}`
      const present = findCollection(tx, phoneId, kind, free)
      if (present?.origin === 'mirror') return present
      if (!present) {
        return createCollection(tx, {
          phoneId,
          kind,
          name: free,
          origin: 'mirror',
          displayName,
          components: [],
        })
      }
    }
  })
}

// Few transactions, and yet none that others wait for long.
const BATCH_ITEMS = 500
const BATCH_BYTES = 8 * 1024 ** 2

/**
 * Takes a capture into its mirror; resolves once all of it is durable. When the source breaks off, what came is kept and nothing counts
 * as gone.
 */
export async function storeCapture(
  replica: Replica,
  mirror: Collection,
  items: AsyncIterable<CapturedItem>,
  { cause, complete, gone }: CaptureOptions,
): Promise<Captured> {
  const { captured, missing, named } = await takeIn(replica, mirror, items, cause)
  const lost = complete ? missing() : named(gone?.() ?? [])
  if (lost.length > 0)
    await replica.write((tx) => {
      for (const name of lost) removeItem(tx, mirror.id, name, cause)
    })
  return { ...captured, gone: lost.length }
}

/** A capture that takes nothing away yet. */
export interface TakenIn {
  captured: Captured
  /** How many items were held before. */
  held: number
  /** Names of what is held and did not come. */
  missing(): string[]
  /** Names of what is held under these identities and did not come. */
  named(identities: readonly string[]): string[]
  /** Whether an item of this name came. */
  came(name: string): boolean
}

/** As `storeCapture`, but leaves it to the caller what becomes of that which did not come. */
export async function takeIn(
  replica: Replica,
  mirror: Collection,
  items: AsyncIterable<CapturedItem>,
  cause: Cause,
): Promise<TakenIn> {
  const captured: Captured = { added: 0, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }
  const matcher = createMatcher(replica, mirror)
  let batch: NewItem[] = []
  let batchBytes = 0

  async function flush(): Promise<void> {
    const outcomes = await replica.write((tx) => batch.map((item) => putCaptured(tx, mirror, item, cause)))
    for (const outcome of outcomes) captured[outcome]++
    batch = []
    batchBytes = 0
  }

  for await (const item of items) {
    const bytes = withUnread(item, (identity) => {
      const held = findItem(replica, mirror.id, matcher.nameBy(identity))
      return held && readBody(replica, held.seq)
    })
    const facts = mirror.kind === 'contacts' ? readContact(bytes) : readCalendar(bytes)
    const match = matcher.match(bytes, item.identity ?? (facts.uid === null ? undefined : `uid:${facts.uid}`))
    if (match.again) continue
    if (!facts.readable) captured.unreadable++
    if (match.unchanged) {
      captured.unchanged++
      continue
    }
    batch.push(textItem(match.name, bytes, facts, replica.world.now()))
    batchBytes += bytes.length
    if (batch.length >= BATCH_ITEMS || batchBytes >= BATCH_BYTES) await flush()
  }
  if (batch.length > 0) await flush()
  return { captured, ...matcher }
}

/** The item with the lines that could not be read this time, as they were when they could. */
function withUnread(
  { bytes, identity, unread }: CapturedItem,
  heldBy: (identity: string) => Uint8Array | undefined,
): Uint8Array {
  const held = unread === undefined || identity === undefined ? undefined : heldBy(identity)
  const lines = held ? [...readContentLines(held)].filter(({ name }) => name === unread) : []
  const end = Buffer.from(bytes).lastIndexOf('END:')
  if (lines.length === 0 || end === -1) return bytes
  const kept = lines.map(({ raw }) => Buffer.concat([bytesOf(raw), Buffer.from('\r\n')]))
  return Buffer.concat([bytes.subarray(0, end), ...kept, bytes.subarray(end)])
}

interface Match {
  name: string
  /** It came before in this capture. */
  again: boolean
  /** It is held as it is. */
  unchanged: boolean
}

function createMatcher(
  replica: Replica,
  mirror: Collection,
): Omit<TakenIn, 'captured'> & {
  match(bytes: Uint8Array, identity: string | undefined): Match
  nameBy(identity: string): string
} {
  const extension = mirror.kind === 'contacts' ? '.vcf' : '.ics'
  const held = new Map(listItems(replica, mirror.id).map(({ name, hash }) => [name, hash]))
  const seen = new Map<string, string>()
  const nameBy = (identity: string | Uint8Array) => hash('sha256', identity).slice(0, 32) + extension

  return {
    match(bytes: Uint8Array, identity: string | undefined): Match {
      const content = hash('sha256', bytes)
      const byContent = nameBy(withoutEnd(bytes))
      const wanted = identity === undefined ? byContent : nameBy(`id:${identity}`)
      // Programs reuse identities for what is not the same. The first has it, and all others are known by their content.
      const isOther = seen.has(wanted) ? seen.get(wanted) !== content : held.get(wanted) !== content
      const name = isOther && (seen.has(wanted) || held.has(byContent)) ? byContent : wanted
      const again = seen.has(name)
      seen.set(name, content)
      return { name, again, unchanged: name === byContent ? held.has(name) : held.get(name) === content }
    },
    nameBy: (identity) => nameBy(`id:${identity}`),
    held: held.size,
    missing: () => [...held.keys()].filter((name) => !seen.has(name)),
    named: (identities) =>
      identities
        .map((identity) => nameBy(`id:${identity}`))
        .filter((name) => held.has(name) && !seen.has(name)),
    came: (name) => seen.has(name),
  }
}

// Where one item ends in a file and the next begins, blanks come and go. Zeros are those of UTF-16.
function withoutEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > 0 && [0, 9, 10, 13, 32].includes(bytes[end - 1]!)) end--
  return bytes.subarray(0, end)
}

function putCaptured(
  tx: Transaction,
  mirror: Collection,
  item: NewItem,
  cause: Cause,
): 'added' | 'changed' | 'unchanged' {
  const other = item.uid === null ? undefined : findByUid(tx, mirror.id, item.uid)
  const uid = other && other.name !== item.name ? null : item.uid
  const result = putItem(tx, mirror.id, { ...item, uid }, cause)
  if (result.outcome === 'refused') throw new Error(`${item.name} was refused: ${result.reason}`)
  return result.outcome === 'created' ? 'added' : result.outcome
}
