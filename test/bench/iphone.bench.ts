/** Films from an encrypted iPhone backup: how long it takes to decrypt them, and in how much memory. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { seeded } from '../phone/chance.ts'
import { UDID, writeBackup } from '../phone/iphone-backup.ts'
import { SIDEKEEP } from '../program.ts'
import { type Bench, limitRow, type Row, type Setting } from './bench.ts'
import { timeProgram } from './measure.ts'

const READER = join(import.meta.dirname, 'iphone-reader.ts')
const FILMS = 8
/** Bytes per second that are promised, and the memory that any length of film may take. */
const RATE = 200e6
const MOST_MEGABYTES = 250

const readSchema = z.object({ bytes: z.number().positive(), seconds: z.number().positive() })

export const iphone: Bench = {
  name: 'iphone',
  async run({ folder, quick, say }: Setting): Promise<Row[]> {
    const film = filled(quick ? 32e6 : 250e6)
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    const backup = writeBackup(join(folder, 'place'), {
      udid: UDID,
      name: 'iPhone',
      takenAt: Date.UTC(2026, 0, 1),
      password: 'secret',
      files: Array.from({ length: FILMS }, (_, n) => ({
        domain: 'CameraRollDomain',
        path: `Media/DCIM/100APPLE/IMG_000${n}.MOV`,
        bytes: film,
      })),
    })
    const total = FILMS * film.length
    const flags = SIDEKEEP.filter((word) => word.startsWith('-'))
    const [samples, memory]: [number[], number[]] = [[], []]
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const args = [...flags, READER, backup, 'secret', temporary]
      const { stdout, peakBytes } = await timeProgram(process.execPath, args)
      const { bytes, seconds } = readSchema.parse(JSON.parse(stdout))
      if (bytes !== total) throw new Error(`${bytes} of ${total} bytes were read`)
      if (peakBytes === null) throw new Error('This system tells no peak memory.')
      say(`${(bytes / 1e6 / seconds).toFixed(0)} MB/s, ${(peakBytes / 1e6).toFixed(0)} MB of memory`)
      samples.push(seconds)
      memory.push(peakBytes / 1e6)
    }
    const peakBytes = Math.max(...memory) * 1e6
    const who = 'Sidekeep'
    return [
      limitRow(
        `Read ${total / 1e6} MB of an encrypted iPhone backup`,
        's',
        { who, samples, peakBytes },
        [],
        total / RATE,
      ),
      limitRow('Peak memory meanwhile', 'MB', { who, samples: memory, peakBytes }, [], MOST_MEGABYTES),
    ]
  },
}

function filled(length: number): Buffer {
  const chance = seeded(3)
  const piece = Buffer.from(Array.from({ length: 65_536 }, () => chance.between(0, 255)))
  return Buffer.alloc(length, piece)
}
