/** `npm run bench [-- --quick] [names]`: runs benchmarks beside their peers, and writes docs/benchmarks.md unless it is quick. */
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { android } from './android.bench.ts'
import { type Bench, limitRow, type Row } from './bench.ts'
import { cards } from './cards.bench.ts'
import { exif } from './exif.bench.ts'
import { iphone } from './iphone.bench.ts'
import { describeMachine } from './machine.ts'
import { memory } from './memory.bench.ts'
import { photos } from './photos.bench.ts'
import { queue } from './queue.bench.ts'
import { asPage, asText } from './report.ts'
import { datesOf, keepResults, type Result } from './results.ts'
import { sync } from './sync.bench.ts'
import { uploads } from './uploads.bench.ts'
import { vault } from './vault.bench.ts'

const BENCHES: Bench[] = [cards, sync, photos, vault, memory, exif, uploads, queue, iphone, android]
const RESULTS = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.json')
const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md')

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name))
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(2)
}
const chosen = positionals.length > 0 ? BENCHES.filter(({ name }) => positionals.includes(name)) : BENCHES

// 8 GB of photos are received, backed up and restored.
const spaceNeeded = values.quick ? 3e9 : 30e9
const disk = statfsSync(tmpdir())
if (disk.bavail * disk.bsize < spaceNeeded) {
  console.error(
    `${tmpdir()} needs ${spaceNeeded / 1e9} GB of free space; set TMPDIR to a folder on a larger disk.`,
  )
  process.exit(2)
}

const top = mkdtempSync(join(tmpdir(), 'sidekeep-bench-'))
process.once('exit', () => rmSync(top, { recursive: true, force: true }))
process.once('SIGINT', () => process.exit(130))

const started = performance.now()
function say(text: string): void {
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`)
}

const rows: Row[] = []
const failed: string[] = []
const measured: Result[] = []
const today = new Date().toISOString().slice(0, 10)
for (const bench of chosen) {
  const folder = join(top, bench.name)
  mkdirSync(folder)
  try {
    const found = await bench.run({ quick: values.quick, folder, say })
    rows.push(...found)
    measured.push({ bench: bench.name, date: today, rows: found })
  } catch (error) {
    failed.push(bench.name)
    console.error(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
rows.push(...memoryOfAll(rows))
console.log(asText(rows))

if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}`)
if (!values.quick) {
  const kept = keepResults(RESULTS, measured)
  const all = kept.flatMap((result) => result.rows)
  writeFileSync(PAGE, asPage([...all, ...memoryOfAll(all)], datesOf(kept), describeMachine()))
  console.log('\nWritten to docs/benchmarks.md')
}
process.exitCode = failed.length > 0 || rows.some(({ reached }) => !reached) ? 1 : 0

/** The most that any work of ours took. */
function memoryOfAll(all: Row[]): Row[] {
  const peakBytes = Math.max(...all.map(({ ours }) => ours.peakBytes ?? 0))
  const ours = { who: 'Sidekeep', samples: [peakBytes / 1e6], peakBytes }
  return peakBytes > 0 ? [limitRow('Peak memory in all of these', 'MB', ours, [], 300)] : []
}
