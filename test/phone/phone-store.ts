/** What a phone holds: contacts, calendars and photos, with the marks its sync leaves on each; kept in memory, saved to a folder. */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type CollectionKind = 'contacts' | 'events' | 'tasks'

export interface PhoneItem {
  /** Its file name on the server, chosen here when it is made. */
  name: string
  uid: string
  data: Buffer
  /** As the server last gave it; null when it was never told, or is not to be trusted. */
  etag: string | null
  /** The server has never had it, as far as the phone knows. */
  isNew: boolean
  /** Changed since the last upload. */
  dirty: boolean
  /** Deleted by its owner; forgotten once the server was told. */
  deleted: boolean
  /** Seen in the server's listing that is under way. */
  present: boolean
}

/** How far a collection is synced: the server's CTag or token when it was last listed, or the token of sync-collection. */
export type SyncState =
  | { type: 'listed'; value: string }
  // `initial` until the first listing was read to its end, so that a broken one goes on as a first one.
  | { type: 'sync-token'; value: string; initial: boolean }

export interface PhoneCollection {
  url: string
  kind: CollectionKind
  displayName: string
  state: SyncState | null
  /** By file name. */
  items: Map<string, PhoneItem>
}

export interface PhonePhoto {
  /** Where it lies in the photo folder, such as `2026/11/PXL_20261103_101112000.jpg`. */
  path: string
  data: Buffer
  /** Seconds since 1970. */
  modifiedAt: number
  /** As the server gave it after the upload; null before. */
  etag: string | null
  deleted: boolean
}

export interface PhoneStore {
  /** By URL. */
  collections: Map<string, PhoneCollection>
  /** By path. */
  photos: Map<string, PhonePhoto>
}

export function emptyStore(): PhoneStore {
  return { collections: new Map(), photos: new Map() }
}

/** The phone's first collection of a kind, where new items go. */
export function firstCollection(store: PhoneStore, kind: CollectionKind): PhoneCollection {
  const found = [...store.collections.values()].find((collection) => collection.kind === kind)
  if (!found) throw new Error(`The phone has no collection for ${kind}; sync it once first.`)
  return found
}

/** The signs of a UID with which DAVx5 makes it a file name; with any other it takes a random name. */
const UID_AS_NAME = /^[A-Za-z0-9;:@&=+$,\-_.!~*'()]+$/

/** Adds a contact or an event, given as its vCard or iCalendar bytes. */
export function addItem(collection: PhoneCollection, data: Buffer): PhoneItem {
  const uid = readUid(data)
  const stem = UID_AS_NAME.test(uid) ? uid : randomUUID()
  const name = `${stem}${collection.kind === 'contacts' ? '.vcf' : '.ics'}`
  const item = { name, uid, data, etag: null, isNew: true, dirty: true, deleted: false, present: false }
  collection.items.set(name, item)
  return item
}

export function changeItem(item: PhoneItem, data: Buffer): void {
  item.data = data
  item.dirty = true
}

/** What the server never had is gone at once; the rest waits for the next sync to tell it. */
export function deleteItem(collection: PhoneCollection, item: PhoneItem): void {
  if (item.isNew) collection.items.delete(item.name)
  else item.deleted = true
}

export function addPhoto(store: PhoneStore, photo: Pick<PhonePhoto, 'path' | 'data' | 'modifiedAt'>): void {
  store.photos.set(photo.path, { ...photo, etag: null, deleted: false })
}

export function deletePhoto(store: PhoneStore, path: string): void {
  const photo = store.photos.get(path)
  if (photo?.etag) photo.deleted = true
  else store.photos.delete(path)
}

/** The items that its owner sees: all that were not deleted. */
export function visibleItems(store: PhoneStore, kind: CollectionKind): PhoneItem[] {
  return [...store.collections.values()]
    .filter((collection) => collection.kind === kind)
    .flatMap((collection) => [...collection.items.values()])
    .filter((item) => !item.deleted)
}

export function visiblePhotos(store: PhoneStore): PhonePhoto[] {
  return [...store.photos.values()].filter((photo) => !photo.deleted)
}

/** The UID of a card or an event, folded lines joined; a new one when it has none, as DAVx5 does. */
export function readUid(data: Buffer): string {
  const unfolded = data.toString('utf8').replace(/\r?\n[ \t]/g, '')
  return /^UID(?:;[^:]*)?:(.*?)\r?$/im.exec(unfolded)?.[1]?.trim() || randomUUID()
}

const STATE_FILE = 'phone.json'

interface SavedStore {
  collections: (Omit<PhoneCollection, 'items'> & { items: (Omit<PhoneItem, 'data'> & { hash: string })[] })[]
  photos: (Omit<PhonePhoto, 'data'> & { hash: string })[]
}

/** Writes the store so that a phone killed at any moment finds its last save whole. */
export async function saveStore(store: PhoneStore, folder: string): Promise<void> {
  await mkdir(join(folder, 'blobs'), { recursive: true })
  const withHash = async <T extends { data: Buffer }>({ data, ...rest }: T) => {
    const hash = createHash('sha256').update(data).digest('hex')
    const path = join(folder, 'blobs', hash)
    // The same hash is the same bytes: what is there already need not be written again.
    if (!existsSync(path)) {
      const unfinished = `${path}.${randomUUID()}`
      await writeFile(unfinished, data)
      await rename(unfinished, path)
    }
    return { ...rest, hash }
  }
  const saved: SavedStore = { collections: [], photos: [] }
  for (const collection of store.collections.values()) {
    const items = await Promise.all([...collection.items.values()].map(withHash))
    saved.collections.push({ ...collection, items })
  }
  saved.photos = await Promise.all([...store.photos.values()].map(withHash))
  await writeFile(join(folder, `${STATE_FILE}.new`), JSON.stringify(saved))
  await rename(join(folder, `${STATE_FILE}.new`), join(folder, STATE_FILE))
}

export async function loadStore(folder: string): Promise<PhoneStore> {
  const saved = JSON.parse(await readFile(join(folder, STATE_FILE), 'utf8')) as SavedStore
  const withData = async <T extends { hash: string }>({ hash, ...rest }: T) => ({
    ...rest,
    data: await readFile(join(folder, 'blobs', hash)),
  })
  const store = emptyStore()
  for (const { items, ...collection } of saved.collections) {
    const loaded = await Promise.all(items.map(withData))
    store.collections.set(collection.url, {
      ...collection,
      items: new Map(loaded.map((item) => [item.name, item])),
    })
  }
  for (const photo of await Promise.all(saved.photos.map(withData))) store.photos.set(photo.path, photo)
  return store
}
