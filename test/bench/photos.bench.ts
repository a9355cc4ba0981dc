/** Photos coming in: PUT of many files of 2 MB at once, ours durable and hashed; each server has had 30 before. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, raceRow, type Setting } from './bench.ts'
import { makePhoto } from './data.ts'
import { createLoadClient, inParallel } from './load.ts'
import { alternate, peakMemory, type Sample, seconds } from './measure.ts'
import { type Server, startRclone } from './servers.ts'
import { startSidekeep } from './sidekeep.ts'

const PHOTO_SIZE = 2_000_000
const CONCURRENCY = 4

export const photos: Bench = {
  name: 'photos',
  async run({ quick, folder, say }: Setting) {
    const count = quick ? 30 : 300
    say(`making ${count} photos`)
    const made = Array.from({ length: count }, (_, n) => makePhoto(n, PHOTO_SIZE))
    // A server's first requests tell of its start more than of its speed.
    const warmUps = Array.from({ length: 30 }, (_, n) => makePhoto(count + n, PHOTO_SIZE))
    const contender =
      (start: (folder: string) => Promise<{ server: Server; files: URL }>) => async (): Promise<Sample> => {
        const data = join(folder, 'photos')
        const { server, files } = await start(data)
        say(`PUT ${count} photos: ${server.who}`)
        const client = createLoadClient(files, server.credentials)
        const put = (name: string, photo: Buffer | undefined) =>
          client.send('PUT', name, photo, { 'content-type': 'image/jpeg' })
        try {
          await inParallel(warmUps.length, CONCURRENCY, (n) => put(`WARM_${n}.JPG`, warmUps[n]))
          const time = await seconds(() =>
            inParallel(count, CONCURRENCY, (n) => put(`IMG_${n}.JPG`, made[n])),
          )
          return {
            who: server.who,
            value: (count * PHOTO_SIZE) / 1e6 / time,
            peakBytes: peakMemory(server.pid),
          }
        } finally {
          client.close()
          await server.stop()
          rmSync(data, { recursive: true })
        }
      }
    const figures = await alternate(
      quick ? 2 : 5,
      contender(async (data) => {
        const server = await startSidekeep(data)
        return { server, files: server.files }
      }),
      contender(async (data) => {
        const server = await startRclone(data)
        return { server, files: server.base }
      }),
    )
    return [raceRow(`PUT ${count} photos of 2 MB, concurrency 4`, 'MB/s', figures, 0.8)]
  },
}
