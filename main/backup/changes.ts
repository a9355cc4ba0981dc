/** What a snapshot has to write: all changes of the replica since the one it builds on, as changes of its tree. */
import { type Collection, listCollectionsAt } from '../replica/collections.ts'
import { filePath } from '../replica/files.ts'
import { type Changed, changedBetween, fileBlobs, getVersion, standingAt } from '../replica/history.ts'
import { countItemsAt, type Item, readBody } from '../replica/items.ts'
import { listPhones, type Phone } from '../replica/phones.ts'
import { listProperties } from '../replica/properties.ts'
import type { Replica } from '../replica/replica.ts'
import type { Change } from '../vault/archive.ts'
import {
  folderOf,
  itemPath,
  PHONE_FILE,
  type PhoneFile,
  type SavedCollection,
  writePhoneFile,
} from './layout.ts'

/** What to write: the changes after `from` up to `to`, on top of what a base snapshot holds (`from` is 0 without one). */
export interface Span {
  from: number
  to: number
  /** What the base snapshot says of a phone, by its folder's name; undefined where the phone is new to it. */
  saved: (phoneFolder: string) => PhoneFile | undefined
  /** Hears how the vault cut a large file, so that the file need not be read for the next snapshot. */
  remember: (fileId: number, blobs: string[]) => void
}

/** The changes of one span, folder by folder. */
export function* changesOf(replica: Replica, span: Span): Generator<Change> {
  // Without a base every collection is written whole, and told apart one by one.
  const changed = byCollection(span.from === 0 ? [] : changedBetween(replica, span.from, span.to))
  for (const phone of listPhones(replica, true)) yield* changesOfPhone(replica, phone, span, changed)
}

function byCollection(changed: Changed[]): Map<number, Changed[]> {
  const groups = new Map<number, Changed[]>()
  for (const change of changed) {
    const group = groups.get(change.collectionId)
    if (group) group.push(change)
    else groups.set(change.collectionId, [change])
  }
  return groups
}

function* changesOfPhone(
  replica: Replica,
  phone: Phone,
  span: Span,
  changed: Map<number, Changed[]>,
): Generator<Change> {
  const before = span.saved(phone.name)?.collections ?? []
  const collections = listCollectionsAt(replica, phone.id, span.to)
  const folders = folderOf(collections)
  const now = collections.map((collection) => {
    const described = describe(replica, collection, folders.get(collection.id)!, span.to)
    const grown = collection.madeSeq <= span.from && before.some((old) => sameFolder(old, described))
    return { collection, described, grown }
  })
  for (const old of before) {
    const kept = now.some(({ described, grown }) => grown && sameFolder(old, described))
    if (!kept) yield { path: [phone.name, ...old.folder], remove: true }
  }
  for (const { collection, described, grown } of now) {
    const root = [phone.name, ...described.folder]
    yield { path: root, folder: true }
    const items = grown
      ? versionsOf(replica, changed.get(collection.id) ?? [])
      : standingAt(replica, collection.id, span.to)
    for (const item of items) yield changeOf(replica, span, collection, root, item)
  }
  const bytes = writePhoneFile(
    phone,
    now.map(({ described }) => described),
  )
  yield { path: [phone.name, PHONE_FILE], file: { size: bytes.length, modifiedAt: phone.addedAt, bytes } }
}

function* versionsOf(replica: Replica, changed: Changed[]): Generator<Item> {
  for (const { seq } of changed) yield getVersion(replica, seq)
}

// A collection that was deleted and made again under the same name starts from nothing, even in the same folder.
function sameFolder(one: SavedCollection, other: SavedCollection): boolean {
  return one.kind === other.kind && one.name === other.name && one.folder.join('/') === other.folder.join('/')
}

function describe(replica: Replica, collection: Collection, folder: string[], seq: number): SavedCollection {
  const { id, kind, name, origin, displayName, components } = collection
  const properties = listProperties(replica, id, '')
  return {
    kind,
    name,
    origin,
    displayName,
    components,
    folder,
    items: countItemsAt(replica, id, seq),
    properties,
  }
}

function changeOf(replica: Replica, span: Span, collection: Collection, root: string[], item: Item): Change {
  const path = [...root, ...itemPath(collection.kind, item.name)]
  if (item.kind === 'gone') return { path, remove: true }
  if (item.kind === 'folder') return { path, folder: true }
  const { size, modifiedAt, fileId } = item
  const hash = item.hash!
  if (fileId === null) {
    const bytes = readBody(replica, item.seq)
    if (!bytes) throw new Error(`version ${item.seq} has lost its bytes`)
    return { path, file: { size, modifiedAt, hash, bytes } }
  }
  const source = filePath(replica, fileId)
  const blobs = fileBlobs(replica, fileId)
  if (blobs) return { path, file: { size, modifiedAt, hash, source, blobs } }
  return {
    path,
    file: {
      ...{ size, modifiedAt, hash, source },
      // Of a file in one piece, the hash says it all.
      onStored: (stored) => stored.length > 1 && span.remember(fileId, stored),
    },
  }
}
