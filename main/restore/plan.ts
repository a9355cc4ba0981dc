/** What a restore would do, item by item, before anything is done. */
import { createHash } from 'node:crypto'
import { stopIfAsked, type Watch } from '../progress.ts'
import { type Collection, type CollectionKind, listCollections } from '../replica/collections.ts'
import { readCalendar } from '../replica/index/calendar.ts'
import { readContact } from '../replica/index/vcard.ts'
import { type Item, listItems } from '../replica/items.ts'
import type { Reader } from '../replica/replica.ts'
import type { Point, PointCollection, PointItem } from './point.ts'

/** `missing` brings back what is not there any more; `exact` makes all as it was, and takes away what came since. */
export type Mode = 'missing' | 'exact'

/** What of the phone to restore; everything where a field is left out. */
export interface Scope {
  kinds?: CollectionKind[] | undefined
  /** Names of collections. */
  collections?: string[] | undefined
  /** Single items, as `itemKey` names them. */
  items?: ReadonlySet<string> | undefined
}

/** Names an item of a phone across its collections: `contacts/contacts/ada.vcf`. */
export function itemKey(collection: { kind: CollectionKind; name: string }, name: string): string {
  return `${collection.kind}/${collection.name}/${name}`
}

export interface CollectionPlan {
  point: PointCollection
  /** Undefined when the collection is no longer there and will be made again. */
  collection: Collection | undefined
  add: PointItem[]
  /** Items that were changed since, with the version to go back to; done in `exact` mode only. */
  revert: { now: Item; then: PointItem }[]
  unchanged: number
  /** Items that came since; taken away in `exact` mode only. */
  onlyOnPhone: Item[]
  /** Folders of a file library to make again. */
  folders: string[]
}

export interface Plan {
  phoneId: string
  point: Point
  mode: Mode
  collections: CollectionPlan[]
  /** Collections that came since the point, by today's id; taken away in `exact` mode, and only for a whole phone. */
  newCollections: Collection[]
}

/** Compares the point with what the phone has now. Reads bytes only where names and hashes don't tell. */
export async function makePlan(
  reader: Reader,
  phoneId: string,
  point: Point,
  mode: Mode,
  scope: Scope,
  watch: Watch,
): Promise<Plan> {
  const current = listCollections(reader, phoneId)
  const wanted = point.collections.filter(({ saved }) => inScope(saved, scope))
  const collections: CollectionPlan[] = []
  for (const one of wanted) {
    stopIfAsked(watch)
    const collection = current.find(({ kind, name }) => kind === one.saved.kind && name === one.saved.name)
    const planned = await planCollection(reader, one, collection, mode, scope, watch)
    // Chosen items leave the collections alone that hold none of them.
    if (
      !scope.items ||
      planned.add.length + planned.revert.length + planned.unchanged + planned.onlyOnPhone.length > 0
    ) {
      collections.push(planned)
    }
  }
  const known = (collection: Collection) => collections.some((one) => one.collection?.id === collection.id)
  const newCollections =
    scope.collections || scope.items ? [] : current.filter((one) => inScope(one, scope) && !known(one))
  return { phoneId, point, mode, collections, newCollections }
}

function inScope(
  { kind, name }: { kind: CollectionKind; name: string },
  { kinds, collections }: Scope,
): boolean {
  return (!kinds || kinds.includes(kind)) && (!collections || collections.includes(name))
}

async function planCollection(
  reader: Reader,
  point: PointCollection,
  collection: Collection | undefined,
  mode: Mode,
  scope: Scope,
  watch: Watch,
): Promise<CollectionPlan> {
  const present = collection ? listItems(reader, collection.id) : []
  const items = present.filter((item) => item.kind !== 'folder')
  const chosen = ({ name }: { name: string }) => !scope.items || scope.items.has(itemKey(point.saved, name))
  const wanted = point.items.filter(chosen)
  const { pairs, add, left } = await pairUp(point.saved.kind, wanted, items, mode, watch)
  const onlyOnPhone = left.filter(chosen)
  const plan: CollectionPlan = { point, collection, add, revert: [], unchanged: 0, onlyOnPhone, folders: [] }
  for (const pair of pairs) {
    if (await sameBytes(pair.now, pair.then)) plan.unchanged++
    else plan.revert.push(pair)
  }
  const folders = new Set(present.filter((item) => item.kind === 'folder').map((item) => item.name))
  const needed = (folder: string) => !scope.items || add.some(({ name }) => name.startsWith(`${folder}/`))
  plan.folders = point.folders.filter((folder) => !folders.has(folder) && needed(folder))
  return plan
}

/**
 * Finds today's item for each of the point's. By name first; and where something is only to be brought back, also by content and
 * by UID, since a phone that sent a card again after its reset may have given it another name.
 */
async function pairUp(kind: CollectionKind, wanted: PointItem[], present: Item[], mode: Mode, watch: Watch) {
  const left = new Map(present.map((item) => [item.name, item]))
  const pairs: { now: Item; then: PointItem }[] = []
  const pair = (then: PointItem, now: Item | undefined): boolean => {
    if (!now || !left.delete(now.name)) return false
    pairs.push({ now, then })
    return true
  }
  let add = wanted.filter((then) => !pair(then, left.get(then.name)))
  if (mode === 'missing' && left.size > 0) {
    const byHash = new Map([...left.values()].map((item) => [item.hash, item]))
    add = add.filter((then) => then.hash === null || !pair(then, byHash.get(then.hash)))
    const byUid = new Map(
      [...left.values()].filter(({ uid }) => uid !== null).map((item) => [item.uid, item]),
    )
    const missing: PointItem[] = []
    for (const then of add) {
      stopIfAsked(watch)
      const uid = byUid.size > 0 ? await uidOf(kind, then) : null
      if (uid === null || !pair(then, byUid.get(uid))) missing.push(then)
    }
    add = missing
  }
  return { pairs, add, left: [...left.values()] }
}

async function uidOf(kind: CollectionKind, item: PointItem): Promise<string | null> {
  if (kind === 'files') return null
  const bytes = await item.bytes()
  return (kind === 'contacts' ? readContact(bytes) : readCalendar(bytes)).uid
}

async function sameBytes(now: Item, then: PointItem): Promise<boolean> {
  if (now.size !== then.size) return false
  return now.hash === (then.hash ?? (await hashOf(then)))
}

async function hashOf(item: PointItem): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of item.stream()) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}
