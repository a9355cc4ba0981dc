/** `sidekeep capture`: reads what is new from phones, backups and accounts where they are. */
import type { Command } from 'commander'
import type { Output } from '../../../preload/contract.ts'
import { Problem } from '../../problem.ts'
import { EXIT, runCommand, type Session, withCommonOptions } from '../run-command.ts'
import { withSecrets } from '../secrets-by-hand.ts'
import { bytes, counted, duration } from '../words.ts'
import {
  EXIT_HELP,
  type KindFlags,
  kindOption,
  kindsOf,
  type SecretFlags,
  withSecretOptions,
} from './source-flags.ts'
import { tellHeld, tellNamed } from './source-words.ts'

type Say = (line: string) => void
type Captured = Output<'links.capture'>

interface CaptureFlags extends SecretFlags, KindFlags {
  phone?: string
  accept?: boolean
}

export function addCapture(program: Command): void {
  withSecretOptions(withCommonOptions(program.command('capture [source]')))
    .description(
      'read what is new from a phone, a backup or an account; without a name, from all that belong to a phone',
    )
    .option('--phone <name>', 'the phone that it belongs to, there or new (default: a new one of its name)')
    .addOption(kindOption())
    .option('--accept', 'take away here what is gone there, however much it is')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep capture "Pixel 8" --phone "Ada’s Pixel"   the first time; later no --phone is needed
  $ sidekeep capture                                   all that are here now
  $ sidekeep capture "Pixel 8" --kind photos           only its photos and videos
  $ sidekeep capture "iCloud: ada" --accept            what is gone there may go here
Contacts come first, then calendars, then photos, the newest of them first.
A password is asked for; scripts give it by --password-stdin or in SIDEKEEP_SOURCE_PASSWORD.
${EXIT_HELP}`,
    )
    .action((source: string | undefined, flags: CaptureFlags) =>
      runCommand(flags, async (session, say) => {
        if (source !== undefined) return captureOne(session, source, flags, say)
        return captureEach(session, flags, say)
      }),
    )
}

async function captureOne({ call, watch }: Session, source: string, flags: CaptureFlags, say: Say) {
  const captured = await withSecrets(flags, source, watch.signal, (secrets) =>
    call('links.capture', { ...orderOf(source, flags), secrets }, watch),
  )
  tellCaptured(captured, say)
  return captured
}

// With the passwords that are kept, and no other: what was given for one source is not for all.
async function captureEach(session: Session, flags: CaptureFlags, say: Say) {
  const { call, watch } = session
  const all: (Captured | { source: string; problem: Problem })[] = []
  for (const { source, name } of await choices(session)) {
    say(`${name}:`)
    try {
      const captured = await call('links.capture', orderOf(source, flags), watch)
      tellCaptured(captured, say)
      all.push(captured)
    } catch (error) {
      if (!(error instanceof Problem) || error.code === 'cancelled') throw error
      say(`${error.message} ${error.next}`)
      all.push({ source, problem: error })
      process.exitCode = EXIT.incomplete
    }
  }
  return all
}

/** Those that belong to a phone and are here. */
async function choices({ call, watch }: Session) {
  const list = await call('links.list', {}, watch)
  const own = list.filter(({ phone, abilities }) => phone !== null && abilities !== null)
  if (own.length > 0) return own
  throw new Problem(
    'not-found',
    'Nothing that belongs to a phone is here.',
    'Name what is to be read for the first time; it is listed by: sidekeep links',
  )
}

function orderOf(source: string, flags: CaptureFlags) {
  const { phone, accept = false, keepPassword = false } = flags
  return {
    ...{ source, accept, keepSecrets: keepPassword },
    ...(phone === undefined ? {} : { phone }),
    ...kindsOf(flags),
  }
}

function tellCaptured(captured: Captured, say: Say): void {
  const { phone, contacts, calendar, files, missed, heldBack, vanished, seconds } = captured
  for (const [word, one] of [
    ['contact', contacts],
    ['event', calendar],
  ] as const) {
    if (one.added + one.changed + one.unchanged + one.gone === 0) continue
    const rest = `${one.changed} changed, ${one.unchanged} unchanged, ${one.gone} gone`
    say(`${counted(one.added, `new ${word}`)}, ${rest}.`)
  }
  if (files.added + files.changed + files.unchanged > 0) {
    const size = files.bytes > 0 ? ` (${bytes(files.bytes)})` : ''
    say(
      `${counted(files.added, 'new photo')}${size}, ${files.changed} changed, ${files.unchanged} unchanged.`,
    )
  }
  say(`It belongs to “${phone}”; read in ${duration(seconds)}.`)
  tellNamed('Not read', missed, say)
  tellHeld(heldBack, vanished, captured, say)
  if (missed.count + heldBack.contacts + heldBack.calendar > 0) process.exitCode = EXIT.incomplete
}
