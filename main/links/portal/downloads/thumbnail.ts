/** Small pictures for lists. */
import { noneMatchFails } from '../../../http/entity-tags.ts'
import { mayHaveThumbnail, type Thumbnails } from '../../../photos/thumbnails.ts'
import { discardFile, receiveFile } from '../../../replica/files.ts'
import { realFilePath } from '../../../replica/open-file.ts'
import { findPhotosByHash } from '../../../replica/photo-listing.ts'
import type { Replica } from '../../../replica/replica.ts'
import { takeTurns } from '../../../turns.ts'
import { Refusal } from '../refusal.ts'
import type { PhoneVisit } from '../visit.ts'
import type { AlbumFile } from './album.ts'

export type SendThumbnail = (visit: PhoneVisit, file: AlbumFile) => Promise<void>

// Who has more than this in one photo sees its placeholder.
const LARGEST_FROM_VAULT = 256 * 1024 ** 2

/** Answers 404 where there is none, and the page shows a placeholder. */
export function createSendThumbnail(replica: Replica, thumbnails: Thumbnails): SendThumbnail {
  const takeTurn = takeTurns()

  async function make(phoneId: string, file: AlbumFile): Promise<Buffer | undefined> {
    const { hash, mediaType } = file
    if (!mayHaveThumbnail(mediaType)) return undefined
    const fileId = file.fileId ?? (hash === null ? null : findPhotosByHash(replica, phoneId, hash)[0]?.fileId)
    if (hash !== null && fileId != null) {
      return thumbnails.of({ hash, mediaType, path: await realFilePath(replica, fileId) })
    }
    // Only the vault has it. One at a time, so that a page of such photos does not fill the memory.
    return takeTurn(async () => {
      const received = await receiveFile(replica, file.item().stream(), LARGEST_FROM_VAULT)
      try {
        return await thumbnails.of({ hash: received.hash, mediaType, path: received.temporary })
      } finally {
        await discardFile(received)
      }
    })
  }

  return async ({ request, response, phone }, file) => {
    const tag = `"${file.hash ?? file.id}-small"`
    // An id stands for the same bytes for ever.
    const headers = { ETag: tag, 'Cache-Control': 'private, max-age=31536000, immutable' }
    if (noneMatchFails(request, tag)) return void response.writeHead(304, headers).end()
    const bytes = await make(phone.id, file)
    if (!bytes) throw new Refusal(404, { 'Cache-Control': 'no-store' })
    response.writeHead(200, {
      ...headers,
      'Content-Type': 'image/webp',
      'Content-Length': String(bytes.length),
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  }
}
