/** Small pictures of photos: made in worker threads under limits, and kept by hash in the data folder. */
import { createRequire } from 'node:module'
import { z } from 'zod'
import { isRawType } from '../replica/index/media/media-type.ts'
import type { World } from '../world.ts'
import type { ShrinkLimits } from './shrink.ts'
import { createThumbnailCache } from './thumbnail-cache.ts'
import { createThumbnailMaker, type Outcome } from './thumbnail-maker.ts'

export interface ThumbnailLimits extends ShrinkLimits {
  /** Most photos waiting; more get the placeholder for now. */
  waiting: number
  /** Threads. */
  workers: number
  /** Milliseconds without work after which a thread ends. */
  idle: number
  /** Most bytes of the folder; the least recently used go first. */
  bytes: number
}

export interface ThumbnailSource {
  /** SHA-256 of the bytes, hex. */
  hash: string
  /** By the index, which goes by content. */
  mediaType: string
  /** Absolute path of the file. */
  path: string
}

export interface Thumbnails {
  /** WebP, longest side 320 pixels, upright, without metadata; undefined when there is none and a placeholder is to be shown. */
  of(source: ThumbnailSource): Promise<Buffer | undefined>
  /** Whether there may be one: not of other types, nor where one was tried in vain. @param hash null where it is not known */
  mayHave(photo: { hash: string | null; mediaType: string }): Promise<boolean>
  /** Ends the threads; whoever waits gets undefined. */
  close(): Promise<void>
}

export interface ThumbnailSettings extends Partial<ThumbnailLimits> {
  /** Folder of the kept thumbnails; made when missing. */
  folder: string
  world: World
  log: (message: string, error: unknown) => void
  /** The thread's module, where a test has one of its own. */
  script?: URL
}

const LIMITS: ThumbnailLimits = {
  pixels: 150e6,
  memory: 100e6,
  time: 10_000,
  waiting: 500,
  workers: 1,
  idle: 30_000,
  bytes: 512 << 20,
}

/** Whether a file of this type can have a thumbnail at all. Those of films would need a decoder for films. */
export function mayHaveThumbnail(mediaType: string): boolean {
  return TYPES.has(mediaType) || isRawType(mediaType)
}

const TYPES = new Set(
  ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff', 'heic', 'heif'].map((type) => `image/${type}`),
)

export function createThumbnails(settings: ThumbnailSettings): Thumbnails {
  const { folder, world, log, script = SCRIPT, ...given } = settings
  const limits = { ...LIMITS, ...given }
  const cache = createThumbnailCache({ folder, world, bytes: limits.bytes, maker: makerName() })
  const makers = Array.from({ length: limits.workers }, () => createThumbnailMaker(script, limits.idle, log))
  const free = [...makers]
  const queue: ((maker: (typeof makers)[number] | undefined) => void)[] = []
  const underWay = new Map<string, Promise<Buffer | undefined>>()
  let isClosed = false

  /** Waits for a free thread; undefined when too many wait already, or none will come any more. */
  function takeMaker(): Promise<(typeof makers)[number] | undefined> {
    const maker = free.pop()
    if (maker) return Promise.resolve(maker)
    if (queue.length >= limits.waiting) return Promise.resolve(undefined)
    return new Promise((resolve) => queue.push(resolve))
  }

  function giveBack(maker: (typeof makers)[number]): void {
    const next = queue.shift()
    if (next) next(maker)
    else free.push(maker)
  }

  async function findOrMake(source: ThumbnailSource): Promise<Buffer | undefined> {
    const known = await cache.find(source.hash)
    if (known !== undefined) return known === 'none' ? undefined : known
    const maker = await takeMaker()
    if (!maker) return undefined
    let outcome: Outcome
    try {
      if (isClosed) return undefined
      const { pixels, memory, time } = limits
      outcome = await maker.make({
        path: source.path,
        mediaType: source.mediaType,
        pixels,
        memory,
        time,
      })
    } finally {
      giveBack(maker)
    }
    return keep(source.hash, outcome)
  }

  async function keep(hash: string, outcome: Outcome): Promise<Buffer | undefined> {
    if ('thumbnail' in outcome) {
      const { buffer, byteOffset, byteLength } = outcome.thumbnail
      await cache.keep(hash, outcome.thumbnail)
      return Buffer.from(buffer, byteOffset, byteLength)
    }
    if (outcome.none === 'broken') await cache.keepNone(hash, null)
    // It may have been the computer's fault, which was asleep or out of memory.
    else if (outcome.none !== 'unreadable' && !isClosed) await cache.keepNone(hash, world.now() + RETRY_AFTER)
    return undefined
  }

  return {
    of(source) {
      if (isClosed || !mayHaveThumbnail(source.mediaType)) return Promise.resolve(undefined)
      const same = underWay.get(source.hash)
      if (same) return same
      const made = findOrMake(source)
        .catch((error: unknown) => {
          // A full or read-only disk: the photo itself is fine, and so is the page without its thumbnail.
          log('A thumbnail could not be kept', error)
          return undefined
        })
        .finally(() => underWay.delete(source.hash))
      underWay.set(source.hash, made)
      return made
    },
    async mayHave({ hash, mediaType }) {
      return mayHaveThumbnail(mediaType) && (hash === null || !(await cache.isNone(hash)))
    },
    async close() {
      isClosed = true
      for (const go of queue.splice(0)) go(undefined)
      await Promise.all(makers.map((maker) => maker.close()))
      await Promise.all(underWay.values())
    },
  }
}

const SCRIPT = new URL('./thumbnail-worker.ts', import.meta.url)
const RETRY_AFTER = 24 * 60 * 60_000
// Raised when what we make of a photo changes, or can be made of more photos.
const OWN_VERSION = 1

/** Photos that allowed no thumbnail are tried again when one of these changes. */
function makerName(): string {
  const require = createRequire(import.meta.url)
  const { dependencies } = projectSchema.parse(require('../../package.json'))
  return `sidekeep ${OWN_VERSION}, sharp ${dependencies.sharp}, libheif ${dependencies['libheif-js']}`
}

const projectSchema = z.object({ dependencies: z.object({ sharp: z.string(), 'libheif-js': z.string() }) })
