/** A point in the replica's own change log, for as long as all bytes of it are held. */
import { Readable } from 'node:stream'
import { type Collection, listCollectionsAt } from '../replica/collections.ts'
import { type Item, listItemsAt, readBody } from '../replica/items.ts'
import { openFile, readFile } from '../replica/open-file.ts'
import { listProperties } from '../replica/properties.ts'
import type { Replica } from '../replica/replica.ts'
import type { ByteSpan, Point, PointCollection, PointItem } from './point.ts'

/** What the phone had after change `seq`. The caller has checked `isHeldAt`, or `seq` is the newest. */
export function historyPoint(replica: Replica, phoneId: string, seq: number, at: number): Point {
  const collections = listCollectionsAt(replica, phoneId, seq).map((collection) =>
    collectionAt(replica, collection, seq),
  )
  return { id: `change:${seq}`, seq, at, collections }
}

// Items are listed when they are first asked for: who wants the contacts need not wait for 50,000 photos.
function collectionAt(replica: Replica, collection: Collection, seq: number): PointCollection {
  const { id, kind, name, origin, displayName, components } = collection
  let listed: Item[] | undefined
  const list = () => {
    listed ??= listItemsAt(replica, id, seq)
    return listed
  }
  let items: PointItem[] | undefined
  return {
    saved: { kind, name, origin, displayName, components, properties: listProperties(replica, id, '') },
    get folders() {
      return list()
        .filter((item) => item.kind === 'folder')
        .map((item) => item.name)
    },
    get items() {
      items ??= list()
        .filter((item) => item.kind !== 'folder')
        .map((item) => pointItem(replica, item))
      return items
    },
  }
}

/** An item of which the replica holds the bytes. */
export function pointItem(
  replica: Replica,
  {
    seq,
    fileId,
    name,
    hash,
    size,
    modifiedAt,
  }: Pick<Item, 'seq' | 'fileId' | 'name' | 'hash' | 'size' | 'modifiedAt'>,
): PointItem {
  const bytes = async () => {
    const body = readBody(replica, seq)
    if (!body) throw new Error(`version ${seq} has lost its bytes`)
    return body
  }
  const stream = (span?: ByteSpan) =>
    fileId === null ? Readable.from(oneChunk(bytes, span)) : readFile(replica, fileId, span)
  const check = async () => {
    if (fileId === null) await bytes()
    else await (await openFile(replica, fileId)).close()
  }
  return { name, hash, size, modifiedAt, bytes, stream, check }
}

async function* oneChunk(bytes: () => Promise<Uint8Array>, span?: ByteSpan): AsyncGenerator<Uint8Array> {
  const all = await bytes()
  yield span ? all.subarray(span.start, span.end + 1) : all
}
