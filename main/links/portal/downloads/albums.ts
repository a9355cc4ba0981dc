/** Albums at hand: one is made when a listing begins, and kept while its pages are turned. */
import { LRUCache } from 'lru-cache'
import { listCollections } from '../../../replica/collections.ts'
import { folderTotals } from '../../../replica/folders.ts'
import type { Phone } from '../../../replica/phones.ts'
import type { Replica } from '../../../replica/replica.ts'
import type { Point, Points } from '../../../restore/point.ts'
import { type Album, type AlbumFile, albumOfNow, albumOfPoint } from './album.ts'

export interface Albums {
  /** The album as it is at this moment. @param at as `Points.open` takes it. */
  open(phone: Phone, at: string | undefined): Promise<Album>
  /** The one that was opened last, so that what is turned page by page stays the same; opened when it is gone. */
  again(phone: Phone, at: string | undefined): Promise<Album>
  /** A file by its id; undefined when the phone has no such file at that point. */
  find(phone: Phone, at: string | undefined, id: string): Promise<AlbumFile | undefined>
}

interface Present {
  /** The newest change in the phone's libraries. */
  seq: number
  album: Promise<Album>
}

// Some 35 MB each with 50,000 photos; few phones look at their photos at once.
const KEPT = 3
const KEPT_FOR = 10 * 60_000

export function createAlbums(replica: Replica, points: Points): Albums {
  const present = new LRUCache<string, Present>({
    max: KEPT,
    ttl: KEPT_FOR,
    ttlAutopurge: true,
    updateAgeOnGet: true,
  })
  // A snapshot's stays as long as its point does, which `points` knows.
  const past = new WeakMap<Point, Promise<Album>>()

  function newestSeq(phone: Phone): number {
    const libraries = listCollections(replica, phone.id, 'files')
    return Math.max(0, ...libraries.map(({ id }) => folderTotals(replica, id, '').newestSeq))
  }

  function openPresent(phone: Phone): Promise<Album> {
    const seq = newestSeq(phone)
    const known = present.get(phone.id)
    if (known?.seq === seq) return known.album
    const album = albumOfNow(replica, phone.id)
    present.set(phone.id, { seq, album })
    album.catch(() => present.delete(phone.id))
    return album
  }

  async function openPast(phone: Phone, at: string): Promise<Album> {
    const point = await points.open(phone, at)
    const album = past.get(point) ?? albumOfPoint(replica, phone.id, point)
    past.set(point, album)
    album.catch(() => past.delete(point))
    return album
  }

  const albums: Albums = {
    open: async (phone, at) => (at === undefined ? openPresent(phone) : openPast(phone, at)),
    again: async (phone, at) => (at === undefined && present.get(phone.id)?.album) || albums.open(phone, at),
    async find(phone, at, id) {
      const known = (await albums.again(phone, at)).files.get(id)
      return known ?? (await albums.open(phone, at)).files.get(id)
    },
  }
  return albums
}
