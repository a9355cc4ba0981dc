/** Results are kept from run to run, so that one benchmark can be run again without the others. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { type Row, UNITS } from './bench.ts'

/** The rows of one benchmark, of one run. */
export interface Result {
  bench: string
  /** ISO 8601 day. */
  date: string
  rows: Row[]
}

const figureSchema = z.object({
  who: z.string(),
  samples: z.array(z.number()),
  peakBytes: z.number().nullable(),
})
const resultSchema: z.ZodType<Result> = z.object({
  bench: z.string(),
  date: z.string(),
  rows: z.array(
    z.object({
      work: z.string(),
      unit: z.enum(UNITS),
      ours: figureSchema,
      others: z.array(figureSchema),
      target: z.string(),
      result: z.string(),
      reached: z.boolean(),
    }),
  ),
})

/** Puts new results in place of older ones of the same benchmarks, in the file; returns all. */
export function keepResults(file: string, measured: Result[]): Result[] {
  const before = existsSync(file) ? z.array(resultSchema).parse(JSON.parse(readFileSync(file, 'utf8'))) : []
  const kept = before.filter(({ bench }) => !measured.some((one) => one.bench === bench))
  const all = [...kept, ...measured]
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`)
  return all
}

/** `cards, photos: 2026-11-22`, a line for each day. */
export function datesOf(results: Result[]): string[] {
  const days = Map.groupBy(results, ({ date }) => date)
  return [...days].map(([date, of]) => `${of.map(({ bench }) => bench).join(', ')}: ${date}`)
}
