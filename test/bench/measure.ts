/** Measuring: contenders in turn, medians, and the most memory a process ever had. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Figure } from './bench.ts'

/** The middle one of the samples; of an even number, the mean of the two in the middle. */
export function median(samples: number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new RangeError('There are no samples.')
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2
}

export interface Sample {
  who: string
  value: number
  peakBytes: number | null
}

/** Runs the contenders in turn, A B A B, so that what disturbs the machine disturbs all alike. Returns a figure for each. */
export async function alternate<Contenders extends ((round: number) => Promise<Sample>)[]>(
  rounds: number,
  ...contenders: Contenders
): Promise<{ [Index in keyof Contenders]: Figure }> {
  const samples: Sample[][] = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) samples[index]!.push(await contender(round))
  }
  return samples.map(asFigure) as { [Index in keyof Contenders]: Figure }
}

function asFigure(samples: Sample[]): Figure {
  const peaks = samples.flatMap(({ peakBytes }) => peakBytes ?? [])
  return {
    who: samples[0]?.who ?? '',
    samples: samples.map(({ value }) => value),
    peakBytes: peaks.length > 0 ? Math.max(...peaks) : null,
  }
}

/** Seconds that the work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** The most memory the process has had in RAM so far (VmHWM), in bytes; null where the system does not tell. */
export function peakMemory(pid: number): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}

export interface Finished {
  seconds: number
  peakBytes: number | null
  stdout: string
}

const PEAK_EVERY_MS = 20

/**
 * Runs a program from start to end.
 * @throws Error with what it printed when it fails.
 */
export async function timeProgram(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Finished> {
  const start = performance.now()
  const child = spawn(command, args, {
    ...options,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString()
  })
  // The kernel keeps the high-water mark, so that reading it now and then, to the end, misses no earlier peak.
  let peakBytes: number | null = null
  const watching = setInterval(() => {
    peakBytes = (child.pid === undefined ? null : peakMemory(child.pid)) ?? peakBytes
  }, PEAK_EVERY_MS)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    if (code !== 0) {
      throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output.stdout}${output.stderr}`)
    }
  } finally {
    clearInterval(watching)
  }
  return { seconds: (performance.now() - start) / 1000, peakBytes, stdout: output.stdout }
}
