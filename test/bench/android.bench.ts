/** Photos off an Android phone over ADB, ours hashed and durable, beside `adb pull -a`; and a second capture that finds nothing new. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Phone, startPhone } from '../android/phone.ts'
import { type Bench, limitRow, type Row, raceRow, type Setting } from './bench.ts'
import { makePhoto } from './data.ts'
import { alternate, peakMemory, type Sample, seconds, timeProgram } from './measure.ts'
import { requirePeer } from './servers.ts'
import { type SidekeepEngine, serveSidekeep } from './sidekeep.ts'

const PHOTO_SIZE = 2_000_000
const SMALL_SIZE = 2000
const FOLDER = 'DCIM/Camera'
const TAKEN = Date.UTC(2020, 1, 2, 3, 4, 5) / 1000
const SERIAL = 'BENCH'

/** A phone with nothing between it and the ADB server: the cable that tests can pull would be what is measured. */
async function withPhone<T>(work: (phone: Phone, adb: Adb) => Promise<T>): Promise<T> {
  const [adb, adbd, bwrap, mksh, toybox] = (['adb', 'adbd', 'bwrap', 'mksh', 'toybox'] as const).map((name) =>
    requirePeer(name),
  ) as [ReturnType<typeof requirePeer>, ...ReturnType<typeof requirePeer>[]]
  const paths = {
    adb: adb.path,
    adbd: adbd!.path,
    bwrap: bwrap!.path,
    mksh: mksh!.path,
    toybox: toybox!.path,
  }
  const phone = await startPhone({ ...paths, serial: SERIAL })
  const before = process.env.ADB_SERVER_SOCKET
  // Android's own tools find the server by this, and so do we.
  process.env.ADB_SERVER_SOCKET = `localfilesystem:${phone.socket}`
  const run = (...args: string[]) => timeProgram(adb.path, args)
  try {
    await phone.plugIn()
    await run('disconnect')
    await run('connect', ADBD)
    return await work(phone, { who: `adb ${adb.version}`, run })
  } finally {
    if (before === undefined) delete process.env.ADB_SERVER_SOCKET
    else process.env.ADB_SERVER_SOCKET = before
    await phone.stop()
  }
}

/** Where the phone's adbd listens, in its own network. */
const ADBD = '127.0.0.1:15555'

interface Adb {
  who: string
  run(...args: string[]): ReturnType<typeof timeProgram>
}

function fill(phone: Phone, count: number, size: number): void {
  for (let n = 0; n < count; n++) {
    // As many in a folder as cameras put there.
    const folder = join(phone.storage, FOLDER, String(Math.floor(n / 1000)))
    if (n % 1000 === 0) mkdirSync(folder, { recursive: true })
    const file = join(folder, `IMG_${n}.JPG`)
    writeFileSync(file, makePhoto(n, size))
    utimesSync(file, TAKEN + n, TAKEN + n)
  }
}

async function capture(engine: SidekeepEngine, count: number): Promise<Sample> {
  const value = await seconds(async () => {
    const { files, missed } = await engine.call('links.capture', {
      ...{ source: `android-${SERIAL}`, phone: 'Pixel 8', kinds: ['photos'] },
    })
    const seen = files.added + files.unchanged
    if (seen !== count || missed.count > 0) throw new Error(`${seen} of ${count} photos were captured`)
  })
  return { who: engine.who, value, peakBytes: peakMemory(engine.pid) }
}

async function race(phone: Phone, adb: Adb, { quick, folder, say }: Setting): Promise<Row> {
  const count = quick ? 100 : 500
  const megabytes = (count * PHOTO_SIZE) / 1e6
  say(`making ${count} photos`)
  fill(phone, count, PHOTO_SIZE)
  const speed = ({ value, ...sample }: Sample): Sample => ({ ...sample, value: megabytes / value })
  const figures = await alternate(
    quick ? 2 : 5,
    async () => {
      const data = join(folder, 'data')
      const engine = await serveSidekeep(data)
      say(`capture ${count} photos: ${engine.who}`)
      try {
        return speed(await capture(engine, count))
      } finally {
        await engine.stop()
        rmSync(data, { recursive: true })
      }
    },
    async () => {
      const to = join(folder, 'pulled')
      say(`pull ${count} photos: ${adb.who}`)
      const { seconds: value, peakBytes } = await adb.run('pull', '-a', `/sdcard/${FOLDER}`, to)
      rmSync(to, { recursive: true })
      return speed({ who: `${adb.who} pull -a`, value, peakBytes })
    },
  )
  return raceRow(`Capture ${count} photos of 2 MB over ADB, durable and hashed`, 'MB/s', figures, 1)
}

async function secondCapture(phone: Phone, { quick, folder, say }: Setting): Promise<Row> {
  const count = quick ? 2000 : 50_000
  say(`making and capturing ${count} small photos`)
  fill(phone, count, SMALL_SIZE)
  const engine = await serveSidekeep(join(folder, 'many'))
  try {
    await capture(engine, count)
    say('capture with nothing new')
    const [ours] = await alternate(quick ? 2 : 5, () => capture(engine, count))
    return limitRow(`Capture with nothing new over ${count} photos on the phone`, 's', ours, [], 5)
  } finally {
    await engine.stop()
  }
}

export const android: Bench = {
  name: 'android',
  async run(setting: Setting) {
    const first = await withPhone((phone, adb) => race(phone, adb, setting))
    return [first, await withPhone((phone) => secondCapture(phone, setting))]
  },
}
