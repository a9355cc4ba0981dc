/** The worker that makes thumbnails, one at a time. What it is given may be built to break it: the main thread ends it when it hangs. */
import { access } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import { isRawType } from '../replica/index/media/media-type.ts'
import { decodeHeic } from './heic.ts'
import { findPreview } from './raw-preview.ts'
import type { Pixels } from './reducer.ts'
import { type PhotoInput, type ShrinkLimits, shrink } from './shrink.ts'

export interface ThumbnailJob extends ShrinkLimits {
  path: string
  mediaType: string
}

/** The thumbnail; or that the file's bytes allow none, or that they could not be read. */
export type ThumbnailResult = { thumbnail: Uint8Array } | { none: 'broken' | 'unreadable' }

parentPort?.on('message', async (job: ThumbnailJob) => {
  parentPort?.postMessage(await makeThumbnail(job))
})

async function makeThumbnail(job: ThumbnailJob): Promise<ThumbnailResult> {
  try {
    await access(job.path)
    const input = await open(job)
    if (!input) return { none: 'broken' }
    return { thumbnail: await shrink(input, job) }
  } catch (error) {
    // Decoders throw errors of every kind at broken files; those of the file system have a code.
    return { none: (error as NodeJS.ErrnoException).code === undefined ? 'broken' : 'unreadable' }
  }
}

function open({ path, mediaType, ...limits }: ThumbnailJob): Promise<PhotoInput | Pixels | undefined> {
  if (isRawType(mediaType)) return findPreview(path, mediaType)
  if (/^image\/hei[cf]$/.test(mediaType)) return decodeHeic(path, limits)
  return Promise.resolve({ file: path })
}
