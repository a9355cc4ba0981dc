/** Brings photos and films back to the paths they had on a phone, with their times, and tells the phone's gallery. */
import { hash } from 'node:crypto'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { escapeArg } from '@yume-chan/adb'
import { countDone, stopIfAsked, totalOf, type Watch } from '../../progress.ts'
import type { CapturedFile, SendReport, SendRequest } from '../link.ts'
import { type Device, type Entry, MOST_STREAMS } from './device.ts'
import type { Shell } from './shell.ts'
import { listRoots, placeOf } from './storage.ts'
import { inStreams } from './streams.ts'

/** File systems of cards keep times in steps of two seconds. */
const TIME_STEP = 2000

/** `untimed`: added, but the phone keeps a time of its own. */
type Outcome = 'added' | 'unchanged' | 'untimed' | { reason: string }

/**
 * Sends files; what is there already with the same size and time is left alone, and what is there otherwise is never overwritten.
 * @throws when the phone is gone.
 */
export async function sendPhotos(
  device: Device,
  { files, dryRun }: SendRequest,
  watch: Watch,
): Promise<SendReport> {
  const report: SendReport = { added: 0, changed: 0, unchanged: 0, failed: [], next: null }
  const done = countDone('Sending photos', totalOf(files), watch)
  const folders = createFolders(device)
  const roots = await listRoots(device)
  const there: string[] = []
  const untimed: string[] = []
  await inStreams(MOST_STREAMS, files, async (file) => {
    stopIfAsked(watch)
    const target = placeOf(file.path, roots)
    const outcome: Outcome =
      target === null
        ? { reason: 'Its path has no place on a phone.' }
        : await sendPhoto(device, file, target, { dryRun, folders })
    done(file)
    if (typeof outcome === 'string') {
      report[outcome === 'untimed' ? 'added' : outcome]++
      if (outcome === 'untimed') untimed.push(file.path)
      there.push(target!)
    } else report.failed.push({ name: file.path, reason: outcome.reason })
  })
  // Also of what came before the cable was pulled the last time.
  if (!dryRun && there.length > 0) await tellGallery(device.shell, there)
  const reason = 'The phone did not keep its time; the picture itself holds when it was taken.'
  return untimed.length === 0 ? report : { ...report, partial: untimed.map((name) => ({ name, reason })) }
}

/** The phone's folders as they were when the first file for each came: an answer for each file would take as long as the file. */
interface Folders {
  find(target: string): Promise<Omit<Entry, 'name'> | null>
  make(folder: string): Promise<void>
}

function createFolders(device: Device): Folders {
  const listed = new Map<string, Promise<Map<string, Entry>>>()
  const made = new Map<string, Promise<void>>()
  const list = async (folder: string) =>
    new Map((await device.list(folder)).map((entry) => [entry.name, entry]))
  return {
    async find(target) {
      const folder = posix.dirname(target)
      const entries = listed.get(folder) ?? list(folder)
      listed.set(folder, entries)
      const entry = (await entries).get(posix.basename(target))
      // A link counts as what it leads to.
      return entry?.kind === 'other' ? device.stat(target) : (entry ?? null)
    },
    make(folder) {
      const done = made.get(folder) ?? run(device.shell, ['mkdir', '-p', folder])
      made.set(folder, done)
      return done
    },
  }
}

async function sendPhoto(
  device: Device,
  file: CapturedFile,
  target: string,
  { dryRun, folders }: { dryRun: boolean; folders: Folders },
): Promise<Outcome> {
  const present = await folders.find(target)
  if (present) {
    const isSame = present.kind === 'file' && present.size === file.size && isTimed(present, file)
    return isSame ? 'unchanged' : { reason: 'Another file is in its place.' }
  }
  if (dryRun) return 'added'
  // Galleries pass over what begins with a dot, so that nobody sees half a picture.
  const folder = posix.dirname(target)
  const partial = posix.join(folder, `.sidekeep-${hash('sha256', target).slice(0, 16)}`)
  try {
    await folders.make(folder)
    await device.write(partial, Readable.from(await file.open(), { objectMode: false }), file.modifiedAt)
    await run(device.shell, ['mv', '-n', partial, target])
    const written = await device.stat(target)
    if (written?.size !== file.size) return { reason: 'The phone did not keep all of it.' }
    if (isTimed(written, file)) return 'added'
    await run(device.shell, ['touch', '-d', `@${Math.floor(file.modifiedAt / 1000)}`, target])
    const repaired = await device.stat(target)
    return repaired && isTimed(repaired, file) ? 'added' : 'untimed'
  } catch (error) {
    if (!(await device.isThere())) throw error
    await device.shell(['rm', '-f', partial])
    return { reason: `The phone refused it: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function isTimed({ modifiedAt }: Pick<Entry, 'modifiedAt'>, file: CapturedFile): boolean {
  return Math.abs(modifiedAt - file.modifiedAt) <= TIME_STEP
}

/** More than these, and the phone looks at all of its storage. */
const MOST_SCANNED = 20

/** Each call starts a virtual machine, and a look at the whole storage takes its time: so nobody waits for it. */
async function tellGallery(shell: Shell, targets: readonly string[]): Promise<void> {
  const wanted =
    targets.length > MOST_SCANNED
      ? [['scan_volume', 'external_primary']]
      : targets.map((target) => ['scan_file', target])
  const calls = wanted.map(([method, what]) =>
    ['content', 'call', '--uri', 'content://media', '--method', method!, '--arg', escapeArg(what!)].join(' '),
  )
  await shell(['sh', '-c', `(${calls.join(';')}) </dev/null >/dev/null 2>&1 &`])
}

async function run(shell: Shell, argv: readonly string[]): Promise<void> {
  const { exitCode, stderr, stdout } = await shell(argv)
  if (exitCode !== 0) throw new Error((stderr || stdout).trim().split('\n', 1)[0] || `${argv[0]} failed`)
}
