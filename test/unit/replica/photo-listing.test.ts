/** A phone's photos with what is known of them: by time, page by page, now and in the past. */
import { expect, test } from 'vitest'
import { removeItem } from '../../../main/replica/items.ts'
import { addPhone } from '../../../main/replica/phones.ts'
import { findPhoto, findPhotosByHash, isFilmHere, listPhotos } from '../../../main/replica/photo-listing.ts'
import { testReplica } from './fixture.ts'

const NAMES = ['IMG_20260101_100000.jpg', 'IMG_20260301_100000.jpg', 'IMG_20260201_100000.jpg']
const NEWEST_FIRST = [NAMES[1], NAMES[2], NAMES[0]]

async function library() {
  const made = await testReplica()
  for (const name of NAMES) await made.putPhoto(name, Buffer.from(name))
  const other = await addPhone(made.replica, 'Another')
  return { ...made, other: other.phone }
}

test('newest first, of one phone, page by page', async () => {
  const { replica, phone, other } = await library()
  expect(listPhotos(replica, phone.id).map(({ name }) => name)).toEqual(NEWEST_FIRST)
  expect(listPhotos(replica, other.id)).toEqual([])
  const [first] = listPhotos(replica, phone.id, { most: 1 })
  const rest = listPhotos(replica, phone.id, { after: first, most: 5 })
  expect([first, ...rest].map((photo) => photo?.name)).toEqual(NEWEST_FIRST)
  expect(first).toMatchObject({ takenFrom: 'name', takenAt: Date.UTC(2026, 2, 1, 10), hasFilm: false })
})

test('what was deleted since is listed with all that was known of it', async () => {
  const { replica, phone, library: files } = await library()
  const before = listPhotos(replica, phone.id)
  const seq = replica.lastSeq()
  await replica.write((tx) => removeItem(tx, files.id, NAMES[0]!, 'test'))
  expect(listPhotos(replica, phone.id)).toHaveLength(2)
  expect(listPhotos(replica, phone.id, { at: seq })).toEqual(before)
})

test('found by number and by bytes, and not by another phone', async () => {
  const { replica, phone, other } = await library()
  const [photo] = listPhotos(replica, phone.id)
  expect(findPhoto(replica, phone.id, photo!.seq)).toEqual(photo)
  expect(findPhoto(replica, other.id, photo!.seq)).toBeUndefined()
  expect(findPhotosByHash(replica, phone.id, photo!.hash)).toEqual([photo])
  expect(findPhotosByHash(replica, other.id, photo!.hash)).toEqual([])
  expect(isFilmHere(replica, phone.id, 'ID-123456')).toBe(false)
})
