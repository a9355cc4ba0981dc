/** The simulated phone's photos against a WebDAV server that nobody here wrote: rclone's. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Server, startRclone } from '../bench/servers.ts'
import { seeded } from '../phone/chance.ts'
import { type DavSession, openSession } from '../phone/dav-session.ts'
import { takePhoto } from '../phone/make-photo.ts'
import { addPhoto, deletePhoto, emptyStore, type PhoneStore, visiblePhotos } from '../phone/phone-store.ts'
import { syncPhotos } from '../phone/photos.ts'
import { newTally } from '../phone/tally.ts'
import { describePeer } from './peers.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

describePeer('rclone', 'a simulated phone keeps its photos on a WebDAV server', () => {
  let folder: string
  let server: Server
  let session: DavSession
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sidekeep-rclone-'))
    server = await startRclone(folder)
    session = openSession({ user: 'ada', password: 'secret' })
  })
  afterEach(async () => {
    session.close()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  const sync = async (store: PhoneStore) => {
    const tally = newTally()
    await syncPhotos(session, server.base, store, tally)
    return tally
  }

  const withPhotos = (seed: number): PhoneStore => {
    const store = emptyStore()
    const chance = seeded(seed)
    for (let n = 0; n < 5; n++) addPhoto(store, takePhoto(chance, NOW, { width: 64, height: 48 }))
    return store
  }

  test('it sends each photo once, and an empty phone fetches them all', async () => {
    const store = withPhotos(1)
    expect(await sync(store)).toMatchObject({ uploaded: 5, downloaded: 0 })
    expect(await sync(store)).toMatchObject({ uploaded: 0, downloaded: 0 })
    for (const { path, data } of visiblePhotos(store)) {
      expect((await readFile(join(folder, path))).equals(data)).toBe(true)
    }
    const other = emptyStore()
    expect(await sync(other)).toMatchObject({ uploaded: 0, downloaded: 5 })
    for (const { path, data } of visiblePhotos(store))
      expect(other.photos.get(path)!.data.equals(data)).toBe(true)
  })

  test('its deletion reaches the server; one made there leaves the phone alone', async () => {
    const store = withPhotos(2)
    await sync(store)
    const [first, second] = visiblePhotos(store).map(({ path }) => path)
    deletePhoto(store, first!)
    await rm(join(folder, second!))
    expect(await sync(store)).toMatchObject({ deletedThere: 1, uploaded: 0, downloaded: 0 })
    await expect(readFile(join(folder, first!))).rejects.toThrow('ENOENT')
    expect(visiblePhotos(store)).toHaveLength(4)
  })

  test('a photo whose name is taken by another gets a free name, and neither is lost', async () => {
    const [mine, theirs] = [withPhotos(3), withPhotos(3)]
    const photo = visiblePhotos(theirs)[0]!
    const { path } = photo
    await sync(mine)
    photo.data = Buffer.concat([photo.data, Buffer.from('other')])
    await sync(theirs)
    expect(theirs.photos.has(path.replace('.jpg', ' (2).jpg'))).toBe(true)
    await sync(mine)
    expect(visiblePhotos(mine)).toHaveLength(6)
  })
})
