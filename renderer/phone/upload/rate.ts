/** How fast bytes go, and how long the rest will take: said only once it is steady. */

export interface Rate {
  /** @param at milliseconds @param total bytes sent so far, never less than before */
  note(at: number, total: number): void
  /** Forgets the past, after a pause. */
  reset(): void
  /** Bytes a second over the last seconds; null while too little is known. */
  perSecond(): number | null
  /** Seconds for so many bytes; null while the pace is not steady. */
  secondsFor(bytes: number): number | null
}

const WINDOW_MS = 20_000
const LEAST_MS = 2000
const STEADY_MS = 8000
/** How far the pace of the window's halves may be apart. */
const STEADY_RATIO = 1.6

export function createRate(): Rate {
  let samples: { at: number; total: number }[] = []

  function pace(from: number, to: number): number | null {
    const [first, last] = [samples[from], samples[to]]
    if (!first || !last || last.at === first.at) return null
    return ((last.total - first.total) * 1000) / (last.at - first.at)
  }

  const span = () => samples[samples.length - 1]!.at - samples[0]!.at

  function perSecond(): number | null {
    return samples.length < 2 || span() < LEAST_MS ? null : pace(0, samples.length - 1)
  }

  return {
    note(at, total) {
      samples.push({ at, total })
      samples = samples.filter((sample) => at - sample.at <= WINDOW_MS)
    },
    reset() {
      samples = []
    },
    perSecond,
    secondsFor(bytes) {
      const now = perSecond()
      if (now === null || now === 0 || span() < STEADY_MS) return null
      const middle = Math.floor(samples.length / 2)
      const [before, after] = [pace(0, middle), pace(middle, samples.length - 1)]
      if (!before || !after || Math.max(before / after, after / before) > STEADY_RATIO) return null
      return bytes / now
    },
  }
}
