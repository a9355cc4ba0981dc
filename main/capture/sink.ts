/** Where a link hands over what it captures: mirrors for contacts and calendars, the phone's one library for photos and films. */
import { hash } from 'node:crypto'
import type { CapturedCollection, CapturedFile, CaptureSink, DataKind } from '../links/link.ts'
import { type Progress, stopIfAsked, type Watch } from '../progress.ts'
import { type Captured, type CapturedItem, openMirror, type TakenIn, takeIn } from '../replica/capture.ts'
import { type Collection, findCollection, getCollection, renameCollection } from '../replica/collections.ts'
import type { Phone } from '../replica/phones.ts'
import type { Replica, Transaction } from '../replica/replica.ts'
import type { Binding, Bound } from './binding.ts'
import { takeFile, wasCaptured } from './captured-files.ts'
import { heldBackOf } from './held-back.ts'
import { settleKind } from './settle.ts'
import { causeOf, findMirror, noteReached, rememberMirror } from './sources.ts'

/** What a capture brought so far. */
export interface Brought {
  contacts: Captured
  calendar: Captured
  files: { added: number; changed: number; unchanged: number; bytes: number }
  /** What could not be read: all are counted, the first of them named. */
  missed: { count: number; named: { what: string; reason: string }[] }
  /** Deletions that wait for the owner's word. */
  heldBack: { contacts: number; calendar: number }
  /** Names of lists and calendars that are gone as a whole, and wait too. */
  vanished: string[]
}

export interface RunningSink {
  sink: CaptureSink
  brought: Brought
  /**
   * Called when the link has read all it could: what is gone is taken away, or held back where it is much.
   * @param kinds that were to be read. @param accept the owner's word that all that is gone may go.
   */
  settle(kinds: readonly DataKind[], accept: boolean): Promise<void>
}

export interface SinkSettings {
  replica: Replica
  binding: Binding
  watch: Watch
  /** Keeps the newest backup from before a loss, whatever the rules say. */
  keepBefore(tx: Transaction): void
}

const MOST_NAMED = 1000
const PHASES = { contacts: 'Reading contacts', calendar: 'Reading calendars', files: 'Reading photos' }
type Kind = CapturedCollection['kind']

export function createSink({ replica, binding, watch, keepBefore }: SinkSettings): RunningSink {
  const brought: Brought = {
    ...{ contacts: nothing(), calendar: nothing() },
    files: { added: 0, changed: 0, unchanged: 0, bytes: 0 },
    ...{ missed: { count: 0, named: [] }, heldBack: { contacts: 0, calendar: 0 }, vanished: [] },
  }
  const progress: Progress = { phase: '', items: 0, itemsTotal: null, bytes: 0, bytesTotal: null }
  const missing = { contacts: new Map<number, string[]>(), calendar: new Map<number, string[]>() }
  const handedOver = new Map<number, TakenIn[]>()
  const listed: Partial<Record<Kind, ReadonlySet<string>>> = {}
  const libraries = new Map<string, Collection>()

  function report(kind: keyof typeof PHASES, items: number, bytes: number): void {
    progress.phase = PHASES[kind]
    progress.items += items
    progress.bytes += bytes
    watch.report?.({ ...progress })
  }

  async function* counted(kind: Kind, items: AsyncIterable<CapturedItem>): AsyncGenerator<CapturedItem> {
    for await (const item of items) {
      stopIfAsked(watch)
      report(kind, 1, item.bytes.length)
      yield item
    }
  }

  function libraryOf(phone: Phone): Collection {
    const library = libraries.get(phone.id) ?? findCollection(replica, phone.id, 'files', 'photos')
    if (!library) throw new Error(`phone ${phone.id} has no photo library`)
    libraries.set(phone.id, library)
    return library
  }

  return {
    brought,
    sink: {
      async collection(collection) {
        stopIfAsked(watch)
        const bound = await binding.ensure()
        const mirror = await mirrorOf(replica, bound, collection)
        const items = counted(collection.kind, collection.items)
        const taken = await takeIn(replica, mirror, items, causeOf(bound.source))
        add(brought[collection.kind], taken.captured)
        const before = heldBackOf(replica, bound.source.key, mirror.id).filter((name) => !taken.came(name))
        const names = collection.complete
          ? taken.missing()
          : [...new Set([...before, ...taken.named(collection.gone?.() ?? [])])]
        // What came under the same id a moment ago is not gone.
        const parts = [...(handedOver.get(mirror.id) ?? []), taken]
        const all = new Set([...(missing[collection.kind].get(mirror.id) ?? []), ...names])
        const gone = [...all].filter((name) => !parts.some((part) => part.came(name)))
        handedOver.set(mirror.id, parts)
        missing[collection.kind].set(mirror.id, gone)
        return { ...taken.captured, gone: gone.length }
      },
      hasFile(file) {
        const bound = binding.current()
        const rounded = { ...file, modifiedAt: Math.round(file.modifiedAt) }
        if (!bound || !wasCaptured(replica, bound.source.key, libraryOf(bound.phone), rounded)) return false
        brought.files.unchanged++
        return true
      },
      async file(file: CapturedFile) {
        stopIfAsked(watch)
        const { source, phone } = await binding.ensure()
        const target = {
          ...{ key: source.key, phone, library: libraryOf(phone), cause: causeOf(source) },
          wasReset: source.resetAt !== null,
        }
        const outcome = await takeFile(replica, target, file, (chunk) => {
          stopIfAsked(watch)
          report('files', 0, chunk.length)
        })
        brought.files[outcome]++
        brought.files.bytes += file.size
        report('files', 1, 0)
        return outcome
      },
      listed(kind, ids) {
        listed[kind] = new Set(ids)
      },
      async reached(cursor) {
        const { source } = await binding.ensure()
        await replica.write((tx) => noteReached(tx, source.key, cursor))
      },
      missed(what, reason) {
        brought.missed.count++
        if (brought.missed.named.length < MOST_NAMED) brought.missed.named.push({ what, reason })
      },
    },
    async settle(kinds, accept) {
      const { source } = await binding.ensure()
      for (const kind of ['contacts', 'calendar'] as const) {
        if (!kinds.includes(kind)) continue
        const seen = { missing: missing[kind], listed: listed[kind] }
        const settled = await settleKind(replica, source, kind, seen, accept, keepBefore)
        brought[kind].gone = settled.gone
        brought.heldBack[kind] = settled.heldBack
        brought.vanished.push(...settled.vanished)
      }
    },
  }
}

async function mirrorOf(
  replica: Replica,
  { source, phone }: Bound,
  { kind, id, displayName }: CapturedCollection,
): Promise<Collection> {
  const known = findMirror(replica, source.key, kind, id)
  const present = known === undefined ? undefined : getPresent(replica, phone, known)
  if (present?.displayName === displayName) return present
  if (present) {
    await replica.write((tx) => renameCollection(tx, present.id, displayName))
    return { ...present, displayName }
  }
  // The name has to be the same after the source was forgotten and captured again.
  const name = `${source.link}-${hash('sha256', JSON.stringify([source.id, id])).slice(0, 16)}`
  const mirror = await openMirror(replica, phone.id, kind, name, displayName)
  await replica.write((tx) =>
    rememberMirror(tx, source.key, { kind, capturedId: id, collectionId: mirror.id }),
  )
  return mirror
}

// Its owner may have deleted the mirror; what is captured then goes into a new one.
function getPresent(replica: Replica, phone: Phone, id: number): Collection | undefined {
  const found = getCollection(replica, id)
  return found && findCollection(replica, phone.id, found.kind, found.name)
}

function nothing(): Captured {
  return { added: 0, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }
}

function add(sum: Captured, more: Captured): void {
  for (const key of Object.keys(sum) as (keyof Captured)[]) sum[key] += more[key]
}
