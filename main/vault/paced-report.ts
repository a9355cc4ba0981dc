/** Progress told a few times a second, however often there is some. */
import type { Progress, Watch } from '../progress.ts'
import type { World } from '../world.ts'

const EVERY = 200

/** A report that passes on the first of each phase, and then at most one each fifth of a second. */
export function pacedReport(watch: Watch, world: World): (progress: Progress) => void {
  let reportedAt = Number.NEGATIVE_INFINITY
  let phase = ''
  return (progress) => {
    const now = world.now()
    if (!watch.report || (progress.phase === phase && now - reportedAt < EVERY)) return
    phase = progress.phase
    reportedAt = now
    watch.report(progress)
  }
}
