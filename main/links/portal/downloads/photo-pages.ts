/** The list of a phone's photos, page by page. */
import type { ListedPhoto, PortalOutput } from '../../../../preload/portal.ts'
import type { Picture } from '../../../photos/pictures.ts'
import type { Thumbnails } from '../../../photos/thumbnails.ts'
import { Problem } from '../../../problem.ts'
import type { PortalMethods } from '../visit.ts'
import type { Album, AlbumFile } from './album.ts'
import type { Albums } from './albums.ts'

/** Pages go on where the last one ended, also when photos came or went meanwhile. */
export function listMethod(albums: Albums, thumbnails: Thumbnails): PortalMethods['photos.list'] {
  return async ({ at, after, most }, { phone }) => {
    if (after === undefined) return pageOf(await albums.open(phone, at), 0, most, thumbnails)
    const album = await albums.again(phone, at)
    return pageOf(album, placeBehind(album, after), most, thumbnails)
  }
}

async function pageOf(
  { pictures }: Album,
  from: number,
  most: number,
  thumbnails: Thumbnails,
): Promise<PortalOutput<'photos.list'>> {
  const page = pictures.slice(from, from + most)
  const last = page.at(-1)
  const isMore = last !== undefined && from + page.length < pictures.length
  return {
    photos: await Promise.all(page.map((picture) => listed(picture, thumbnails))),
    next: isMore ? cursorBehind(last) : null,
    total: pictures.length,
  }
}

async function listed(
  { original, together }: Picture<AlbumFile>,
  thumbnails: Thumbnails,
): Promise<ListedPhoto> {
  const { id, name, size, takenAt, mediaType } = original
  return {
    ...{ id, name, size, takenAt, mediaType },
    hasThumbnail: await thumbnails.mayHave(original),
    together: together.map((file) => ({ id: file.id, name: file.name, size: file.size })),
  }
}

// A picture stands where the newest of its files does.
function timeOf({ original, together }: Picture<AlbumFile>): number {
  return together.reduce((time, { takenAt }) => Math.max(time, takenAt), original.takenAt)
}

function cursorBehind(picture: Picture<AlbumFile>): string {
  return `${timeOf(picture)}.${picture.original.id}`
}

// By the picture; by its time where it has gone since.
function placeBehind({ pictures, places }: Album, cursor: string): number {
  const [, time, id] = /^(-?\d{1,15})\.([\w-]{1,64})$/.exec(cursor) ?? []
  if (time === undefined || id === undefined)
    throw new Problem('bad-input', 'The list cannot go on from there.', 'Load the page anew.')
  const place = places.get(id)
  if (place !== undefined) return place + 1
  let [low, high] = [0, pictures.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (timeOf(pictures[middle]!) >= Number(time)) low = middle + 1
    else high = middle
  }
  return low
}
