/** Ten thousand files in one go from a phone's browser: the server's memory while they come in by tus, and the page's while they wait. */
import { join } from 'node:path'
import { type Bench, type Figure, growthRow, limitRow, type Row, type Setting } from './bench.ts'
import { makeFilm, makePhoto } from './data.ts'
import { inParallel } from './load.ts'
import { peakMemory } from './measure.ts'
import { hashed, type PortalPhone, pairPortalPhone } from './portal-phone.ts'
import { measureQueues, type PageMemory } from './queue-page.ts'
import { PHONE, serveSidekeep } from './sidekeep.ts'

const CONCURRENCY = 4
const PHOTO_SIZE = 20_000
/** Films among them: two in the first tenth, twenty in all. */
const FILMS = 20
/** What is taken for flat: garbage is collected when there is time, not at the same points each run. */
const FLAT = 1.15
const SERVER_LIMIT_MB = 300
/** A name, a hash, sizes and states are all that a page needs to keep of a file. */
const PAGE_LIMIT_BYTES = 1000

interface Amounts {
  few: number
  many: number
  filmSize: number
}

/** The server's peaks in bytes after a few files, and after many. */
async function serverPeaks({ few, many, filmSize }: Amounts, folder: string): Promise<number[]> {
  const engine = await serveSidekeep(join(folder, 'server'), true)
  try {
    const phone = await pairPortalPhone(engine, PHONE)
    const peaks: number[] = []
    for (const [from, to] of [[0, few] as const, [few, many] as const]) {
      await inParallel(to - from, CONCURRENCY, (n) => sendFile(phone, from + n, many / FILMS, filmSize))
      const peak = peakMemory(engine.pid)
      if (peak === null) throw new Error('This system tells no peak memory.')
      peaks.push(peak)
    }
    phone.close()
    return peaks
  } finally {
    await engine.stop()
  }
}

async function sendFile(phone: PortalPhone, n: number, filmEvery: number, filmSize: number): Promise<void> {
  await phone.send(hashed(`IMG_${n}.JPG`, makePhoto(n, PHOTO_SIZE)))
  if (n % filmEvery === 0) await phone.send(hashed(`MOV_${n}.MP4`, makeFilm(n, filmSize)))
}

const figure = (who: string, sample: number, peakBytes: number | null = null): Figure => ({
  ...{ who, samples: [sample], peakBytes },
})

function serverRows({ few, many }: Amounts, [atFew = 0, atMany = 0]: number[]): Row[] {
  const of = (count: number, peak: number) => figure(`Sidekeep, ${count} files`, peak / 1e6, peak)
  const all = of(many, atMany)
  const work = `Peak memory of ${many} files by tus, ${FILMS} films among them`
  return [
    growthRow(work, 'MB', all, of(few, atFew), FLAT),
    limitRow(`${work}: at most`, 'MB', all, [], SERVER_LIMIT_MB),
  ]
}

function pageRows({ few, many }: Amounts, [small, large]: PageMemory[]): Row[] {
  if (!small || !large) throw new Error('Two queues were to be measured.')
  const perFile = (large.heapBytes - small.heapBytes) / (many - few)
  const work = `The phone’s page with ${many} files in its queue`
  return [
    limitRow(`${work}: heap for each file`, 'bytes', figure('Sidekeep', perFile), [], PAGE_LIMIT_BYTES),
    limitRow(`${work}: whole heap`, 'MB', figure('Sidekeep', large.heapBytes / 1e6), [], 20),
    growthRow(
      `${work}: its document`,
      'nodes',
      figure('Sidekeep', large.nodes),
      figure(`Sidekeep, ${few} files`, small.nodes),
      FLAT,
    ),
  ]
}

export const queue: Bench = {
  name: 'queue',
  async run({ quick, folder, say }: Setting): Promise<Row[]> {
    const amounts = quick
      ? { few: 100, many: 1000, filmSize: 5_000_000 }
      : { few: 1000, many: 10_000, filmSize: 50_000_000 }
    say(`${amounts.many} files by tus`)
    const peaks = await serverPeaks(amounts, folder)
    say(`${amounts.many} files in the page's queue`)
    const pages = await measureQueues([amounts.few, amounts.many], folder)
    return [...serverRows(amounts, peaks), ...pageRows(amounts, pages)]
  },
}
