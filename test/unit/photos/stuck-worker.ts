/** A thumbnail thread that hangs or dies when asked to. */
import { parentPort } from 'node:worker_threads'
import type { ThumbnailJob } from '../../../main/photos/thumbnail-worker.ts'

parentPort?.on('message', ({ path }: ThumbnailJob) => {
  for (let n = 0; path.endsWith('hangs'); ) n = (n * 31 + path.length) % 1_000_003
  if (path.endsWith('dies')) throw new Error('dead')
  if (path.endsWith('eats')) {
    const eaten: object[] = []
    for (;;) eaten.push(Array.from({ length: 1000 }, (_, n) => ({ n })))
  }
  parentPort?.postMessage({ thumbnail: Buffer.from('RIFF\x08\0\0\0WEBP----') })
})
