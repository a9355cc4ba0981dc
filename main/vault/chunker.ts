/** How a file becomes blobs: whole up to 8 MiB, so that the blob's id is the file's own hash; larger ones by fixed pieces. */

export const CHUNK_LENGTH = 8 * 1024 * 1024

/** Whether a file of this size is one blob. */
export function isOneBlob(size: number): boolean {
  return size > 0 && size <= CHUNK_LENGTH
}

/** The lengths of a file's blobs in order; none for an empty file. */
export function* chunkLengths(size: number): Generator<number> {
  for (let left = size; left > 0; left -= CHUNK_LENGTH) yield Math.min(left, CHUNK_LENGTH)
}
