/** The whole corpus of photos, broken ones too: the most memory that taking them in and making their thumbnails takes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { SIDEKEEP } from '../program.ts'
import { type Bench, limitRow, type Row, type Setting } from './bench.ts'
import { timeProgram } from './measure.ts'

const CORPUS = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpus', 'photos')
const INGEST = join(import.meta.dirname, 'ingest.ts')
/** Megabytes. */
const LIMIT = 300

const ingestedSchema = z.object({
  photos: z.number().positive(),
  thumbnails: z.number().positive(),
})

export const exif: Bench = {
  name: 'exif',
  async run({ folder, quick, say }: Setting): Promise<Row[]> {
    if (!existsSync(CORPUS)) throw new Error(`needs the corpus of photos (${CORPUS}), which is not there`)
    const flags = SIDEKEEP.filter((word) => word.startsWith('-'))
    const samples: number[] = []
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const args = [...flags, INGEST, join(folder, `${round}`), CORPUS]
      const { stdout, peakBytes } = await timeProgram(process.execPath, args)
      if (peakBytes === null) throw new Error('This system tells no peak memory.')
      const { photos, thumbnails } = ingestedSchema.parse(JSON.parse(stdout))
      say(`${photos} photos, ${thumbnails} thumbnails, ${(peakBytes / 1e6).toFixed(0)} MB`)
      samples.push(peakBytes / 1e6)
    }
    const figure = { who: 'Sidekeep', samples, peakBytes: Math.max(...samples) * 1e6 }
    return [limitRow('Peak memory with the photo corpus', 'MB', figure, [], LIMIT)]
  },
}
