/** Storing blobs anew although the vault has them: as their packs are to go, or are damaged. */
import type { BlobWriter } from './blob-writer.ts'
import type { BlobType } from './pack.ts'

export interface GivenBytes {
  type: BlobType
  bytes: Uint8Array
}

/** Takes blobs one after the other and seals many at a time; resolves once all are durable and indexed. */
export async function storeAgain(writer: BlobWriter, blobs: AsyncIterable<GivenBytes>): Promise<void> {
  for await (const { type, bytes } of blobs) {
    await writer.room()
    writer.add(type, bytes, { again: true })
  }
  await writer.flush()
}
