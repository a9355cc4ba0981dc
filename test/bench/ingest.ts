/** Takes every file of a folder into a phone's library and makes its thumbnail, in a process of its own. */
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createThumbnails } from '../../main/photos/thumbnails.ts'
import { findCollection } from '../../main/replica/collections.ts'
import { filePath, receiveFile } from '../../main/replica/files.ts'
import { addPhone } from '../../main/replica/phones.ts'
import { listPhotos } from '../../main/replica/photo-listing.ts'
import { openReplica } from '../../main/replica/replica.ts'
import { storeFile } from '../../main/replica/store.ts'
import { realWorld } from '../../main/world.ts'

/** What the process prints, as JSON. */
export interface Ingested {
  photos: number
  thumbnails: number
}

async function ingest(data: string, source: string): Promise<Ingested> {
  const replica = openReplica(data, realWorld)
  const thumbnails = createThumbnails({
    folder: join(data, 'thumbnails'),
    world: realWorld,
    log: console.error,
  })
  const { phone } = await addPhone(replica, 'Bench phone')
  const library = findCollection(replica, phone.id, 'files', 'photos')
  if (!library) throw new Error('The phone has no library.')
  for (const [n, entry] of (await readdir(source, { recursive: true, withFileTypes: true })).entries()) {
    if (!entry.isFile()) continue
    const received = await receiveFile(replica, createReadStream(join(entry.parentPath, entry.name)), 1e9)
    await storeFile(replica, phone, library, `${n}/${entry.name}`, received, realWorld.now(), 'bench')
  }
  const photos = listPhotos(replica, phone.id)
  let made = 0
  for (const { hash, mediaType, fileId } of photos) {
    if (await thumbnails.of({ hash, mediaType, path: filePath(replica, fileId) })) made++
  }
  await thumbnails.close()
  await replica.close()
  return { photos: photos.length, thumbnails: made }
}

const [data, source] = process.argv.slice(2)
if (data === undefined || source === undefined) throw new Error('usage: ingest.ts DATA PHOTOS')
console.log(JSON.stringify(await ingest(data, source)))
