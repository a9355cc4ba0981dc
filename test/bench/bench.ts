/** What a benchmark is: work that Sidekeep and its peers do in turn, and rows that say how it went. */
import { median } from './measure.ts'

export const UNITS = ['s', 'ms', 'ms per card', 'MB/s', 'MB', 'bytes', 'nodes'] as const
export type Unit = (typeof UNITS)[number]

/** How one contender did. */
export interface Figure {
  /** With its version, as in `restic 0.19.1`. */
  who: string
  /** One per round, in the row's unit. */
  samples: number[]
  /** The most memory its process had in RAM; null where the system does not tell. */
  peakBytes: number | null
}

export interface Row {
  work: string
  unit: Unit
  ours: Figure
  others: Figure[]
  /** What is to be reached and what was, in words. */
  target: string
  result: string
  reached: boolean
}

export interface Setting {
  /** Smaller amounts of everything, to try the benchmark itself; such figures count for nothing. */
  quick: boolean
  /** An empty folder, removed afterwards. */
  folder: string
  /** Tells the person who waits what is being done. */
  say(text: string): void
}

export interface Bench {
  name: string
  run(setting: Setting): Promise<Row[]>
}

/** A row to be won: ours must be `atLeast` times as fast as the fastest of the others. */
export function raceRow(
  work: string,
  unit: Unit,
  [ours, ...others]: [Figure, ...Figure[]],
  atLeast: number,
): Row {
  const ratios = others.map(({ who, samples }) => {
    const [mine, theirs] = [median(ours.samples), median(samples)]
    return { who, ratio: unit === 'MB/s' ? mine / theirs : theirs / mine }
  })
  const closest = ratios.reduce((a, b) => (b.ratio < a.ratio ? b : a))
  return {
    work,
    unit,
    ours,
    others,
    target: `${atLeast} times as fast`,
    result: `${closest.ratio.toFixed(2)} times as fast as ${closest.who}`,
    reached: closest.ratio >= atLeast,
  }
}

/** A row that must not grow: ours must take at most `atMost` times what the same took under the conditions of `base`. */
export function growthRow(work: string, unit: Unit, ours: Figure, base: Figure, atMost: number): Row {
  const ratio = median(ours.samples) / median(base.samples)
  return {
    work,
    unit,
    ours,
    others: [base],
    target: `at most ${atMost} times`,
    result: `${ratio.toFixed(2)} times`,
    reached: ratio <= atMost,
  }
}

/** A row with a limit in its own unit. */
export function limitRow(work: string, unit: Unit, ours: Figure, others: Figure[], limit: number): Row {
  const value = median(ours.samples)
  return {
    work,
    unit,
    ours,
    others,
    target: `under ${limit} ${unit}`,
    result: `${value.toPrecision(3)} ${unit}`,
    reached: value < limit,
  }
}
