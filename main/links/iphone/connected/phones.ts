/** iPhones on a cable of this computer: which are there, and whether they let us in. */
import type { SourceState } from '../../link.ts'
import { oneLine, type RunTool } from './tools.ts'

export interface ConnectedPhone {
  /** As the tools spell it. */
  udid: string
  /** How its owner named it. */
  name: string
  /** What a person has to do before the phone lets us in; undefined when it does. */
  obstacle: SourceState | undefined
  /** Whether its backups are encrypted; undefined as long as it does not say. */
  encrypts: boolean | undefined
}

// They answer at once, unless the phone does not.
const TIMEOUT_MS = 15_000

/** The iPhones that are here; none where the tools are not installed. The phone asks its owner to trust the computer where it does not yet. */
export async function listConnected(
  run: RunTool,
  signal: AbortSignal | undefined,
): Promise<ConnectedPhone[]> {
  const options = { signal, timeout: TIMEOUT_MS }
  const listed = await run('idevice_id', ['-l'], options)
  if (listed?.code !== 0) return []
  const udids = listed.output
    .split('\n')
    .flatMap((line) => /^[0-9a-f][0-9a-f-]{19,59}$/i.exec(line.trim()) ?? [])
  const found = await Promise.all(
    [...new Set(udids)].map(async (udid) => {
      const [name, trust] = [await readName(run, udid, options), await askForTrust(run, udid, options)]
      if (trust === 'gone') return []
      const encrypts = trust ? undefined : await readEncryption(run, udid, options)
      return [{ udid, name, obstacle: trust, encrypts }]
    }),
  )
  return found.flat()
}

type Options = Parameters<RunTool>[2]

/** Simple mode asks for no trust. */
async function readName(run: RunTool, udid: string, options: Options): Promise<string> {
  const told = await run('ideviceinfo', ['-s', '-u', udid, '-k', 'DeviceName'], options)
  return (told?.code === 0 && oneLine(told.output)) || 'iPhone'
}

async function readEncryption(run: RunTool, udid: string, options: Options): Promise<boolean | undefined> {
  const args = ['-u', udid, '-q', 'com.apple.mobile.backup', '-k', 'WillEncrypt']
  const told = await run('ideviceinfo', args, options)
  if (told?.code !== 0) return undefined
  // A phone that was never asked to encrypt does not know the word.
  return told.output.trim() === 'true'
}

async function askForTrust(
  run: RunTool,
  udid: string,
  options: Options,
): Promise<SourceState | 'gone' | undefined> {
  const validated = await run('idevicepair', ['-u', udid, 'validate'], options)
  // Reset since it was paired: what we know of it opens nothing any more.
  const forgotten = validated?.output.includes('is not paired with this host')
  const answer = forgotten ? await run('idevicepair', ['-u', udid, 'pair'], options) : validated
  return answer?.code === 0 ? undefined : obstacleOf(answer?.output ?? '')
}

const OBSTACLES: readonly [words: RegExp, state: SourceState | 'gone'][] = [
  [/No device found/, 'gone'],
  [
    /a passcode is set/,
    {
      code: 'locked',
      sentence: 'The iPhone is locked.',
      next: 'Unlock it, tap Trust if it asks whether to trust this computer, and leave it unlocked for a moment.',
    },
  ],
  [
    /accept the trust dialog|is not paired/,
    {
      code: 'unauthorised',
      sentence: 'The iPhone does not trust this computer yet.',
      next: 'Unlock it, tap Trust in its question, and type its passcode there.',
    },
  ],
  [
    /denied the trust dialog/,
    {
      code: 'unauthorised',
      sentence: 'Someone tapped Don’t Trust on the iPhone.',
      next: 'Unplug it, plug it in again, unlock it and tap Trust.',
    },
  ],
]

const SILENT: SourceState = {
  code: 'offline',
  sentence: 'The iPhone does not answer.',
  next: 'Unlock it, then unplug it and plug it in again.',
}

function obstacleOf(output: string): SourceState | 'gone' {
  return OBSTACLES.find(([words]) => words.test(output))?.[1] ?? SILENT
}
