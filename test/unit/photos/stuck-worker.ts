/** A thumbnail thread that hangs or dies when asked to. */
import { parentPort } from 'node:worker_threads'
import type { ThumbnailJob } from '../../../main/photos/thumbnail-worker.ts'

parentPort?.on('message', ({ path }: ThumbnailJob) => {
  // What a decoder does in its loops leaves room to be stopped; V8 leaves none in a loop that only counts.
  while (path.endsWith('hangs')) Buffer.alloc(64)
  if (path.endsWith('dies')) throw new Error('dead')
  if (path.endsWith('eats')) {
    const eaten: object[] = []
    for (;;) eaten.push(Array.from({ length: 1000 }, (_, n) => ({ n })))
  }
  parentPort?.postMessage({ thumbnail: Buffer.from('RIFF\x08\0\0\0WEBP----') })
})
