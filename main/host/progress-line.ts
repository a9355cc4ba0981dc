/** One line on a terminal that tells how far the work is; nothing where nobody watches. */
import { clearLine, cursorTo } from 'node:readline'
import type { WriteStream } from 'node:tty'
import { hasCounts, type Progress } from '../progress.ts'
import { bytes, counted, duration } from './words.ts'

export interface ProgressLine {
  report(progress: Progress): void
  /** Takes the line away again. */
  end(): void
}

const REDRAW_EVERY = 100
// Time left is told once it is steady: after some seconds and some of the way.
const STEADY_AFTER = 3000
const STEADY_SHARE = 0.05

export function progressLine(out: WriteStream, now: () => number): ProgressLine {
  if (!out.isTTY) return { report: () => undefined, end: () => undefined }
  let drawn = false
  let drawnAt = 0
  let phase = ''
  let began = 0
  return {
    report(progress) {
      const at = now()
      if (progress.phase !== phase) {
        phase = progress.phase
        began = at
      } else if (at - drawnAt < REDRAW_EVERY) return
      drawnAt = at
      drawn = true
      cursorTo(out, 0)
      clearLine(out, 0)
      out.write(describe(progress, at - began).slice(0, out.columns - 1))
    },
    end() {
      if (!drawn) return
      cursorTo(out, 0)
      clearLine(out, 0)
    },
  }
}

/** `Reading photos: 120 of 4,000 items, 240.0 MB of 8.1 GB, 3 min left`; the phase alone where nothing is counted. */
export function describe(progress: Progress, elapsed: number): string {
  const { phase, items, itemsTotal, bytes: done, bytesTotal } = progress
  if (!hasCounts(progress)) return phase
  const parts = [
    itemsTotal === null
      ? counted(items, 'item')
      : `${items.toLocaleString('en')} of ${counted(itemsTotal, 'item')}`,
  ]
  if (done > 0 || bytesTotal)
    parts.push(bytesTotal === null ? bytes(done) : `${bytes(done)} of ${bytes(bytesTotal)}`)
  const share = bytesTotal ? done / bytesTotal : itemsTotal ? items / itemsTotal : 0
  if (elapsed >= STEADY_AFTER && share >= STEADY_SHARE && share < 1) {
    parts.push(`${duration(((elapsed / 1000) * (1 - share)) / share)} left`)
  }
  return `${phase}: ${parts.join(', ')}`
}
