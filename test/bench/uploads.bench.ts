/** Photos coming in over TLS, as they do from a real phone: from its browser by tus and from its apps by WebDAV; ours durable and hashed. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, raceRow, type Setting } from './bench.ts'
import { makePhoto } from './data.ts'
import { createLoadClient, inParallel } from './load.ts'
import { alternate, peakMemory, type Sample, seconds } from './measure.ts'
import { type HashedFile, hashed, pairPortalPhone } from './portal-phone.ts'
import { type Server, startRcloneOverTls } from './servers.ts'
import { PHONE, serveSidekeep, startSidekeep } from './sidekeep.ts'

const PHOTO_SIZE = 2_000_000
const CONCURRENCY = 4
const WARM_UPS = 30
/** Two requests for each photo, where WebDAV has one, and what came can be gone on with after a cut. */
const TUS_AT_LEAST = 0.6
const DAV_AT_LEAST = 0.8

/** A server with someone who sends it one photo. */
interface Receiver {
  server: Pick<Server, 'who' | 'pid' | 'stop'>
  send(photo: HashedFile): Promise<unknown>
  close(): void
}

async function byTus(data: string): Promise<Receiver> {
  const server = await serveSidekeep(data, true)
  const phone = await pairPortalPhone(server, PHONE)
  return { server: { ...server, who: 'Sidekeep, tus' }, ...phone }
}

async function byDav(server: Server, files: URL): Promise<Receiver> {
  const client = createLoadClient(files, server.credentials, server.root)
  const headers = { 'content-type': 'image/jpeg' }
  return { server, send: ({ name, bytes }) => client.send('PUT', name, bytes, headers), close: client.close }
}

export const uploads: Bench = {
  name: 'uploads',
  async run({ quick, folder, say }: Setting) {
    const count = quick ? 30 : 300
    say(`making ${count} photos`)
    const made = Array.from({ length: count + WARM_UPS }, (_, n) =>
      hashed(`IMG_${n}.JPG`, makePhoto(n, PHOTO_SIZE)),
    )
    const contender = (start: (data: string) => Promise<Receiver>) => async (): Promise<Sample> => {
      const data = join(folder, 'data')
      const { server, send, close } = await start(data)
      say(`${count} photos over TLS: ${server.who}`)
      try {
        await inParallel(WARM_UPS, CONCURRENCY, (n) => send(made[count + n]!))
        const time = await seconds(() => inParallel(count, CONCURRENCY, (n) => send(made[n]!)))
        const value = (count * PHOTO_SIZE) / 1e6 / time
        return { who: server.who, value, peakBytes: peakMemory(server.pid) }
      } finally {
        close()
        await server.stop()
        rmSync(data, { recursive: true })
      }
    }
    const [tus, dav, rclone] = await alternate(
      quick ? 2 : 5,
      contender(byTus),
      contender(async (data) => {
        const server = await startSidekeep(data, true)
        return byDav({ ...server, who: 'Sidekeep, WebDAV' }, server.files)
      }),
      contender(async (data) => {
        const server = await startRcloneOverTls(data)
        return byDav(server, server.base)
      }),
    )
    const work = (way: string) => `${count} photos of 2 MB over TLS, ${way}, concurrency ${CONCURRENCY}`
    return [
      raceRow(work('WebDAV PUT'), 'MB/s', [dav, rclone], DAV_AT_LEAST),
      raceRow(work('tus from the browser'), 'MB/s', [tus, rclone], TUS_AT_LEAST),
    ]
  },
}
