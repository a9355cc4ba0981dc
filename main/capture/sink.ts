/** Where a link hands over what it captures: mirrors for contacts and calendars, the phone's one library for photos and films. */
import { hash } from 'node:crypto'
import type { CapturedCollection, CapturedFile, CaptureSink } from '../links/link.ts'
import { type Progress, stopIfAsked, type Watch } from '../progress.ts'
import { type Captured, type CapturedItem, openMirror, takeIn } from '../replica/capture.ts'
import { type Collection, findCollection, getCollection, renameCollection } from '../replica/collections.ts'
import { countItemsAt, removeItem } from '../replica/items.ts'
import type { Phone } from '../replica/phones.ts'
import type { Replica, Transaction } from '../replica/replica.ts'
import { takeFile, wasCaptured } from './captured-files.ts'
import { holdBack, isMassDeletion, listHeldBack } from './held-back.ts'
import { type BoundSource, findMirror, listMirrors, rememberMirror } from './sources.ts'

/** What a capture brought so far. */
export interface Brought {
  contacts: Captured
  calendar: Captured
  files: { added: number; changed: number; unchanged: number; bytes: number }
  /** What could not be read: all are counted, the first of them named. */
  missed: { count: number; named: { what: string; reason: string }[] }
  /** Deletions that wait for the owner's word. */
  heldBack: { contacts: number; calendar: number }
}

/** A source with the phone that its data goes to. */
export interface Bound {
  source: BoundSource
  phone: Phone
}

/** The source's phone, which may be made only once something of it is there to be kept. */
export interface Binding {
  current(): Bound | undefined
  ensure(): Promise<Bound>
}

export interface RunningSink {
  sink: CaptureSink
  brought: Brought
  /**
   * Called when the link has read all it could: what is gone is taken away, or held back where it is much.
   * @param accept the owner's word that all that is gone may go.
   */
  settle(accept: boolean): Promise<void>
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

/** What is gone from a collection. */
interface Missing {
  kind: Kind
  collectionId: number
  names: string[]
  held: number
}

export function createSink({ replica, binding, watch, keepBefore }: SinkSettings): RunningSink {
  const brought: Brought = {
    ...{ contacts: nothing(), calendar: nothing() },
    files: { added: 0, changed: 0, unchanged: 0, bytes: 0 },
    ...{ missed: { count: 0, named: [] }, heldBack: { contacts: 0, calendar: 0 } },
  }
  const progress: Progress = { phase: '', items: 0, itemsTotal: null, bytes: 0, bytesTotal: null }
  const missing: Missing[] = []
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

  async function settleKind({ source }: Bound, kind: Kind, accept: boolean): Promise<void> {
    const { key } = source
    const ofKind = missing.filter((one) => one.kind === kind)
    const others = listMirrors(replica, key).filter(
      (one) => one.kind === kind && !ofKind.some(({ collectionId }) => collectionId === one.collectionId),
    )
    // What a link did not look at again, for nothing changed there, may still wait for the owner's word.
    for (const { collectionId } of accept ? others : [])
      ofKind.push({ collectionId, kind, names: heldNames(key, collectionId), held: 0 })
    const gone = ofKind.reduce((sum, { names }) => sum + names.length, 0)
    const held =
      ofKind.reduce((sum, one) => sum + one.held, 0) +
      others.reduce(
        (sum, { collectionId }) => sum + countItemsAt(replica, collectionId, replica.lastSeq()),
        0,
      )
    const isHeldBack = !accept && isMassDeletion(gone, held)
    if (isHeldBack) brought.heldBack[kind] = gone
    else brought[kind].gone = gone
    await replica.write((tx) => {
      if (isHeldBack || (accept && isMassDeletion(gone, held))) keepBefore(tx)
      for (const { collectionId, names } of ofKind) {
        holdBack(tx, key, collectionId, isHeldBack ? names : [])
        for (const name of isHeldBack ? [] : names) removeItem(tx, collectionId, name, causeOf(source))
      }
    })
  }

  function heldNames(key: number, collectionId: number): string[] {
    return listHeldBack(replica, key)
      .filter((one) => one.collectionId === collectionId)
      .map(({ name }) => name)
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
        const before = heldNames(bound.source.key, mirror.id).filter((name) => !taken.came(name))
        const names = collection.complete
          ? taken.missing()
          : [...new Set([...before, ...taken.named(collection.gone?.() ?? [])])]
        missing.push({ kind: collection.kind, collectionId: mirror.id, names, held: taken.held })
        return { ...taken.captured, gone: names.length }
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
        const target = { key: source.key, phone, library: libraryOf(phone), cause: causeOf(source) }
        const outcome = await takeFile(replica, target, file, (chunk) => {
          stopIfAsked(watch)
          report('files', 0, chunk.length)
        })
        brought.files[outcome]++
        brought.files.bytes += file.size
        report('files', 1, 0)
        return outcome
      },
      missed(what, reason) {
        brought.missed.count++
        if (brought.missed.named.length < MOST_NAMED) brought.missed.named.push({ what, reason })
      },
    },
    async settle(accept) {
      const bound = await binding.ensure()
      for (const kind of ['contacts', 'calendar'] as const) await settleKind(bound, kind, accept)
    },
  }
}

/** As it stands in the change log. */
export function causeOf({ link }: Pick<BoundSource, 'link'>): string {
  return `link:${link}`
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
