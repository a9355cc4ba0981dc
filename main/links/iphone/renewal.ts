/** When a connected iPhone makes a new backup before it is read: when its owner asks, else once a day. */
import { mkdir } from 'node:fs/promises'
import { Problem } from '../../problem.ts'
import type { Watch } from '../../progress.ts'
import type { CaptureRequest, CaptureSink, SourceState } from '../link.ts'
import { readBackupFolder } from './backup-folder.ts'
import { makeBackup } from './connected/make-backup.ts'
import type { RunTool } from './connected/tools.ts'
import { passwordNeeded } from './problems.ts'
import { BACKING_UP, idOf, type KnownPhone, WAITING } from './sources.ts'

export interface Renewal {
  /**
   * Lets the phone make a new backup where one is due. Where it can't, what is there is read, and the sink hears why there is none newer.
   * @throws Problem when there is nothing to read without it, and `cancelled`.
   */
  renew(known: KnownPhone, request: CaptureRequest, sink: CaptureSink, watch: Watch): Promise<void>
  /** Whether it would make one at this moment without having been asked. */
  isDue(known: KnownPhone): boolean
  /** What the phone is doing just now; undefined when no backup is made. */
  during(id: string): SourceState | undefined
}

export interface RenewalOptions {
  run: RunTool
  /** Where the backups go. */
  folder: string
  now(): number
}

// So new that it need not be made again, such as when its password is asked for once more.
const FRESH_MS = 10 * 60_000
// A phone wants its passcode each time: nobody is to be asked more than once a day without having asked for it.
const UNASKED_MS = 20 * 3_600_000

export function createRenewal({ run, folder, now }: RenewalOptions): Renewal {
  const busy = new Map<string, SourceState>()
  const lastTry = new Map<string, number>()

  const since = (at: number) => Math.abs(now() - at)
  const ageOf = ({ backup }: KnownPhone) =>
    backup && backup.fault === undefined ? since(backup.takenAt) : Infinity

  function isDue(known: KnownPhone): boolean {
    const { phone } = known
    if (!phone || phone.obstacle) return false
    return Math.min(ageOf(known), since(lastTry.get(idOf(phone)) ?? 0)) > UNASKED_MS
  }

  return {
    isDue,
    during: (id) => busy.get(id),
    async renew(known, request, sink, watch) {
      const { backup, phone } = known
      if (!phone || !(request.asked ? ageOf(known) > FRESH_MS : isDue(known))) return
      const id = idOf(phone)
      try {
        if (phone.obstacle) throw new Problem('not-allowed', phone.obstacle.sentence, phone.obstacle.next)
        // Hours may pass before it would be missed.
        if (phone.encrypts && !request.secrets.password) throw passwordNeeded()
        lastTry.set(id, now())
        await mkdir(folder, { recursive: true, mode: 0o700 })
        busy.set(id, WAITING)
        await makeBackup(run, phone.udid, folder, watch, () => busy.set(id, BACKING_UP))
      } catch (error) {
        // What was cut off may have begun to replace it.
        const left = backup && (await readBackupFolder(backup.folder))
        const isReadable = left !== undefined && left.fault === undefined
        if (!(error instanceof Problem) || !isReadable || PASSED_ON.has(error.code)) throw error
        sink.missed('A newer backup of the iPhone', `${error.message} ${error.next}`)
      } finally {
        busy.delete(id)
      }
    },
  }
}

const PASSED_ON: ReadonlySet<string> = new Set(['cancelled', 'wrong-password'])
