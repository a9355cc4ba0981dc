/** Lets idevicebackup2 make a backup of a connected iPhone, or switch the encryption of its backups on. It is never switched off. */
import { Problem, type ProblemCode } from '../../../problem.ts'
import { stopIfAsked, type Watch } from '../../../progress.ts'
import { oneLine, type RunTool } from './tools.ts'

const MAKING = 'The iPhone makes its backup'

/**
 * Makes or renews the phone's backup below a folder; one that was cut off is gone on with.
 * @param begun hears that the phone has begun to send, for which it wants its passcode since iOS 16.1.
 * @throws Problem with what the phone or its owner has to do, and `cancelled`.
 */
export async function makeBackup(
  run: RunTool,
  udid: string,
  folder: string,
  watch: Watch,
  begun: () => void,
): Promise<void> {
  let phase = ''
  const report = (now: string) => {
    if (now !== phase) watch.report?.({ phase: now, items: 0, itemsTotal: null, bytes: 0, bytesTotal: null })
    phase = now
  }
  report('Type the passcode on your iPhone if it asks for it')
  const progress = readProgress()
  const onOutput = (text: string) => {
    const percent = progress(text)
    // Into a pipe it says nothing before the first file comes: until then the phone waits for its owner.
    if (percent === undefined && !text.includes('%')) return
    begun()
    if (percent === undefined) report(phase.startsWith(MAKING) ? phase : MAKING)
    else report(`${MAKING}: ${percent} %`)
  }
  const made = await run('idevicebackup2', ['-u', udid, 'backup', folder], { signal: watch.signal, onOutput })
  stopIfAsked(watch)
  if (!made) throw notInstalled()
  if (made.code !== 0 || !/^Backup Successful\.$/m.test(made.output)) throw failureOf(made.output)
}

/**
 * @param password that later opens the backups.
 * @throws Problem when the phone's owner has to do it another way, or did not type the passcode.
 */
export async function switchEncryptionOn(
  run: RunTool,
  udid: string,
  password: string,
  watch: Watch,
): Promise<void> {
  const phase = 'Type the passcode on your iPhone to switch encryption on'
  watch.report?.({ phase, items: 0, itemsTotal: null, bytes: 0, bytesTotal: null })
  const options = { signal: watch.signal, env: { BACKUP_PASSWORD_NEW: password } }
  const done = await run('idevicebackup2', ['-u', udid, 'encryption', 'on'], options)
  stopIfAsked(watch)
  if (!done) throw notInstalled()
  if (/encryption is already enabled|has been enabled successfully/.test(done.output)) return
  if (done.output.includes("Can't get password input")) {
    throw new Problem(
      'not-allowed',
      'The installed idevicebackup2 is too old to be handed a password unseen.',
      'Type it there yourself, in a terminal: idevicebackup2 -i encryption on',
    )
  }
  throw failureOf(done.output)
}

/** @returns the newest percentage of the whole in what was said, in the form of either version; undefined when none was. */
function readProgress(): (text: string) => number | undefined {
  let line = ''
  return (text) => {
    line += text
    const told = [...line.matchAll(WHOLE)].at(-1)
    // A line may come in pieces.
    line = line.slice(Math.max(line.lastIndexOf('\n') + 1, line.length - 400))
    return told && Number(told[1] ?? told[2])
  }
}

// 1.3 and 1.4: `[=====   ]  12% Finished`, beside `[==  ]  33% (1.2 MB/3.6 MB)` for a file; later: `Backup     [###...]  12%`.
const WHOLE = /\]\s+(\d{1,3})% Finished|Backup\s+\[[^\]]*\]\s+(\d{1,3})%/g

interface Failure {
  words: RegExp
  code: ProblemCode
  sentence: string
  next: string
}

const FAILURES: readonly Failure[] = [
  {
    words: /MBErrorDomain\/208|ErrorCode 208\b|Error Code 208\b/,
    code: 'not-allowed',
    sentence: 'Nobody typed the passcode on the iPhone in time.',
    next: 'Start again, and type the passcode on the iPhone within three minutes when it asks for it.',
  },
  {
    words: /MBErrorDomain\/105|ErrorCode 105\b|Error Code 105\b/,
    code: 'disk-full',
    sentence: 'There is too little room on this computer for the iPhone’s backup.',
    next: 'Make room on the disk, and start again.',
  },
  {
    words: /User has cancelled the backup process on the device/,
    code: 'not-allowed',
    sentence: 'The backup was stopped on the iPhone.',
    next: 'Start it again when it suits.',
  },
  {
    words: /No device found|Could not receive from mobilebackup2|Could not connect to lockdownd/,
    code: 'unreachable',
    sentence: 'The iPhone was lost from its cable.',
    next: 'Plug it in and start again; what was backed up so far is gone on with.',
  },
]

function failureOf(output: string): Problem {
  const known = FAILURES.find(({ words }) => words.test(output))
  if (known) return new Problem(known.code, known.sentence, known.next)
  const told = output
    .split(/[\r\n]+/)
    .findLast((line) => /^\s*(?:ERROR|ErrorCode|Error|Could not)/.test(line))
  return new Problem(
    'unreachable',
    `The iPhone did not finish its backup${told ? ` (“${oneLine(told)}”)` : ''}.`,
    'Unlock it, unplug it and plug it in again, and start again.',
  )
}

function notInstalled(): Problem {
  return new Problem(
    'not-found',
    'idevicebackup2 is not installed on this computer.',
    'Install libimobiledevice’s tools, or make the backup with Finder, iTunes or Apple Devices.',
  )
}
