/** Memory: the most that receiving, backing up and restoring take, and that four times the photos take no more. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, type Figure, growthRow, type Row, type Setting } from './bench.ts'
import { sendLibrary } from './library.ts'
import { peakMemory } from './measure.ts'
import { PHONE, type SidekeepEngine, serveSidekeep, startSidekeep } from './sidekeep.ts'

const PHOTO_SIZE = 2_000_000
/** What is taken for flat: garbage is collected when there is time, not at the same points each run. */
const FLAT = 1.15

const WORK = ['receiving', 'backup', 'restore'] as const

/** The peaks of each kind of work, in bytes; each has an engine of its own. */
async function peaksAt(photos: number, { folder, say }: Setting): Promise<(number | null)[]> {
  const [data, restored] = [join(folder, 'data'), join(folder, 'restored')]
  const library = { cards: 5000, events: 0, photos, photoSize: PHOTO_SIZE }
  const peakOf = async <Engine extends SidekeepEngine>(
    engine: Engine,
    work: (engine: Engine) => Promise<unknown>,
  ): Promise<number | null> => {
    try {
      await work(engine)
      return peakMemory(engine.pid)
    } finally {
      await engine.stop()
    }
  }
  say(`memory at ${(photos * PHOTO_SIZE) / 1e9} GB`)
  const peaks = [
    await peakOf(await startSidekeep(data), (engine) => sendLibrary(library, engine)),
    await peakOf(await serveSidekeep(data), ({ call }) => call('backup.run', {})),
    await peakOf(await serveSidekeep(data), ({ call }) =>
      call('restore.extract', { phone: PHONE, to: restored }),
    ),
  ]
  for (const path of [data, restored]) rmSync(path, { recursive: true })
  return peaks
}

export const memory: Bench = {
  name: 'memory',
  async run(setting: Setting): Promise<Row[]> {
    const [few, many] = setting.quick ? [50, 200] : [1000, 4000]
    const [small, large] = [await peaksAt(few, setting), await peaksAt(many, setting)]
    const figure = (photos: number, peakBytes: number | null | undefined): Figure => {
      if (peakBytes === null || peakBytes === undefined) throw new Error('This system tells no peak memory.')
      const who = `Sidekeep, ${(photos * PHOTO_SIZE) / 1e9} GB`
      return { who, samples: [peakBytes / 1e6], peakBytes }
    }
    return WORK.map((work, n) =>
      growthRow(`Peak memory of ${work}`, 'MB', figure(many, large[n]), figure(few, small[n]), FLAT),
    )
  },
}
