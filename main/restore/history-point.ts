/** A point in the replica's own change log, for as long as all bytes of it are held. */
import { Readable } from 'node:stream'
import { listCollectionsAt } from '../replica/collections.ts'
import { readFile } from '../replica/files.ts'
import { type Item, listItemsAt, readBody } from '../replica/items.ts'
import { listProperties } from '../replica/properties.ts'
import type { Replica } from '../replica/replica.ts'
import type { Point, PointCollection, PointItem } from './point.ts'

/** What the phone had after change `seq`. The caller has checked `isHeldAt`. */
export function historyPoint(replica: Replica, phoneId: string, seq: number, at: number): Point {
  const collections = listCollectionsAt(replica, phoneId, seq).map((collection): PointCollection => {
    const { id, kind, name, origin, displayName, components } = collection
    const items = listItemsAt(replica, id, seq)
    return {
      saved: { kind, name, origin, displayName, components, properties: listProperties(replica, id, '') },
      folders: items.filter((item) => item.kind === 'folder').map((item) => item.name),
      items: items.filter((item) => item.kind !== 'folder').map((item) => pointItem(replica, item)),
    }
  })
  return { id: `change:${seq}`, at, collections }
}

function pointItem(replica: Replica, item: Item): PointItem {
  const bytes = async () => {
    const body = readBody(replica, item.seq)
    if (!body) throw new Error(`version ${item.seq} has lost its bytes`)
    return body
  }
  const stream = () =>
    item.fileId === null ? Readable.from(oneChunk(bytes)) : readFile(replica, item.fileId)
  return { name: item.name, hash: item.hash, size: item.size, modifiedAt: item.modifiedAt, bytes, stream }
}

async function* oneChunk(bytes: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await bytes()
}
