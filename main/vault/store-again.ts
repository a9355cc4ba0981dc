/** Storing blobs anew although the vault has them: as their packs are to go, or are damaged. */
import type { BlobWriter } from './blob-writer.ts'
import type { BlobType } from './pack.ts'

export interface GivenBytes {
  type: BlobType
  bytes: Uint8Array
}

/** Takes blobs one after the other and seals many at a time; resolves once all are durable and indexed. */
export async function storeAgain(writer: BlobWriter, blobs: AsyncIterable<GivenBytes>): Promise<void> {
  const inWork = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  for await (const { type, bytes } of blobs) {
    if (failure) break
    const stored: Promise<void> = writer
      .add(type, bytes, { again: true })
      .then(() => undefined)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => inWork.delete(stored))
    inWork.add(stored)
    await writer.room()
  }
  await Promise.all(inWork)
  if (failure) throw failure.error
  await writer.flush()
}
