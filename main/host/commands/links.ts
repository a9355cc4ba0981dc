/** `sidekeep links`, `capture`, `send`: phones, backups and accounts read where they are, and written back to. */
import { type Command, Option } from 'commander'
import type { Output } from '../../../preload/contract.ts'
import { Problem } from '../../problem.ts'
import { type CommonOptions, EXIT, runCommand, type Session, withCommonOptions } from '../run-command.ts'
import { withSecrets } from '../secrets-by-hand.ts'
import { bytes, counted, duration, moment } from '../words.ts'

type Say = (line: string) => void
type Source = Output<'links.list'>[number]
type Captured = Output<'links.capture'>

const KINDS = { contacts: 'contacts', calendars: 'calendar', photos: 'photos' } as const

interface SecretFlags extends CommonOptions {
  passwordStdin?: boolean
  keepPassword?: boolean
}

interface CaptureFlags extends SecretFlags {
  phone?: string
  kind?: (keyof typeof KINDS)[]
  accept?: boolean
}

interface SendFlags extends SecretFlags {
  phone?: string
  at?: string
  kind?: (keyof typeof KINDS)[]
  collection?: string[]
  dryRun?: boolean
}

export function addLinks(program: Command): void {
  addList(program)
  addCapture(program)
  addSend(program)
}

function addList(program: Command): void {
  const links = withCommonOptions(program.command('links'))
    .description('list the phones, backups and accounts that can be read where they are')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep links                                             what is here?
  $ sidekeep links connect cloud preset=icloud user=ada@icloud.example
  $ sidekeep capture "Pixel 8"                                 read it now, and from now on by itself
  $ sidekeep send "Pixel 8" --dry-run                          what would go back to it?`,
    )
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        const list = await call('links.list', {}, watch)
        for (const source of list) tellSource(source, say)
        if (list.length === 0)
          say('Nothing is here. Plug in a phone, or connect an account: sidekeep links connect --help')
        return list
      }),
    )

  withSecretOptions(withCommonOptions(links.command('connect <link> [options...]')))
    .description('make an account known, or another source that is not found by itself')
    .addHelpText(
      'after',
      `
Options are words such as preset=icloud, user=ada and url=https://cloud.example; presets for the cloud
link: icloud, fastmail, nextcloud, mailboxorg, posteo, gmx, yahoo, own.

Examples:
  $ sidekeep links connect cloud preset=fastmail user=ada@fastmail.example --keep-password
  $ sidekeep links connect cloud url=https://dav.example/ user=ada --password-stdin < password.txt`,
    )
    .action((link: string, words: string[], flags: SecretFlags) =>
      runCommand(flags, ({ call, watch }, say) =>
        withSecrets(flags, link, watch.signal, async (secrets) => {
          const asked = { link: linkOf(link), options: optionsOf(words), secrets }
          const source = await call(
            'links.connect',
            { ...asked, keepSecrets: flags.keepPassword ?? false },
            watch,
          )
          tellSource(source, say)
          say(`Read it now, and from now on by itself: sidekeep capture "${source.source}"`)
          return source
        }),
      ),
    )

  withCommonOptions(links.command('forget <source>'))
    .description('let go of a source and its password; what it brought is kept')
    .action((source: string, options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        const forgotten = await call('links.forget', { source }, watch)
        say(
          forgotten.phone === null
            ? 'It is forgotten.'
            : `It is forgotten. All it brought stays with “${forgotten.phone}”.`,
        )
        return forgotten
      }),
    )
}

function addCapture(program: Command): void {
  withSecretOptions(withCommonOptions(program.command('capture [source]')))
    .description(
      'read what is new from a phone, a backup or an account; without a name, from all that belong to a phone',
    )
    .option('--phone <name>', 'the phone that it belongs to, there or new (default: a new one of its name)')
    .addOption(new Option('--kind <kinds...>', 'only these').choices(Object.keys(KINDS)))
    .option('--accept', 'take away here what is gone there, however much it is')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep capture "Pixel 8" --phone "Ada’s Pixel"   the first time; later no --phone is needed
  $ sidekeep capture                                   all that are here now
  $ sidekeep capture "Pixel 8" --accept                the deletions that were held back are right
A password is asked for; scripts give it by --password-stdin or in SIDEKEEP_SOURCE_PASSWORD.`,
    )
    .action((source: string | undefined, flags: CaptureFlags) =>
      runCommand(flags, async (session, say) => {
        if (source !== undefined) return captureOne(session, source, flags, say)
        return captureEach(session, flags, say)
      }),
    )
}

function addSend(program: Command): void {
  withSecretOptions(withCommonOptions(program.command('send <source>')))
    .description('bring what the computer holds back into a phone or an account')
    .option('--phone <name>', 'whose data (default: that of the source’s own phone)')
    .option('--at <snapshot|time>', 'as of a backup or a time such as "2026-11-22 14:30" (default: now)')
    .addOption(new Option('--kind <kinds...>', 'only these').choices(Object.keys(KINDS)))
    .option('--collection <names...>', 'only these address books and calendars')
    .option('--dry-run', 'only tell what would be done')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep send "Pixel 8" --dry-run              what would be done?
  $ sidekeep send "Pixel 8" --at 2026-11-20        as it was on that day
  $ sidekeep send "iCloud: ada" --phone "Pixel 8" --kind contacts   from one to the other
Run twice, it adds nothing twice.`,
    )
    .action((source: string, flags: SendFlags) =>
      runCommand(flags, ({ call, watch }, say) =>
        withSecrets(flags, source, watch.signal, async (secrets) => {
          const { phone, at, kind, collection, dryRun = false } = flags
          const request = {
            ...{ source, secrets, dryRun },
            ...(phone === undefined ? {} : { phone }),
            ...(at === undefined ? {} : { at }),
            ...(kind ? { kinds: kind.map((one) => KINDS[one]) } : {}),
            ...(collection ? { collections: collection } : {}),
          }
          const result = await call('links.send', request, watch)
          tellSent(result, say)
          return result
        }),
      ),
    )
}

function withSecretOptions(command: Command): Command {
  return command
    .option('--password-stdin', 'read its password from standard input')
    .option('--keep-password', 'keep the password for the next time, once it was right')
}

/** Those that belong to a phone and are here. */
async function choices({ call, watch }: Session): Promise<Source[]> {
  const list = await call('links.list', {}, watch)
  const own = list.filter(({ phone, abilities }) => phone !== null && abilities !== null)
  if (own.length > 0) return own
  throw new Problem(
    'not-found',
    'Nothing that belongs to a phone is here.',
    'Name what is to be read for the first time; it is listed by: sidekeep links',
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

function orderOf(source: string, { phone, kind, accept = false, keepPassword = false }: CaptureFlags) {
  return {
    ...{ source, accept, keepSecrets: keepPassword },
    ...(phone === undefined ? {} : { phone }),
    ...(kind ? { kinds: kind.map((one) => KINDS[one]) } : {}),
  }
}

function linkOf(text: string): Source['link'] {
  if (text === 'android' || text === 'iphone' || text === 'cloud') return text
  throw new Problem('bad-input', `There is no link called “${text}”.`, 'It is android, iphone or cloud.')
}

function optionsOf(words: string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 1) throw new Problem('bad-input', `“${word}” is no option.`, 'Write it as in user=ada.')
      return [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

function tellSource(source: Source, say: Say): void {
  const { name, phone, state, since, capturedAt, heldBack, running, lastRun } = source
  say(`${name}  (${source.source}${phone === null ? '' : `, belongs to “${phone}”`})`)
  if (state.code !== 'ready')
    say(`  ${state.sentence} ${state.next}${since === null ? '' : ` (since ${moment(since)})`}`)
  if (running) say(`  is being read since ${moment(running.startedAt)}`)
  else if (capturedAt !== null) say(`  read ${moment(capturedAt)}`)
  else if (phone === null && state.code === 'ready') say(`  not read yet: sidekeep capture "${name}"`)
  if (lastRun?.result === 'failed') say(`  the last try failed, ${moment(lastRun.startedAt)}`)
  tellHeld(heldBack, source.source, say)
}

function tellHeld(held: { contacts: number; calendar: number }, source: string, say: Say): void {
  if (held.contacts + held.calendar === 0) return
  say(
    `  Held back: ${counted(held.contacts, 'contact')} and ${counted(held.calendar, 'event')} are gone there and kept here.`,
  )
  say(
    `  If that is right: sidekeep capture "${source}" --accept. If they were lost: sidekeep send "${source}"`,
  )
}

function tellCaptured(captured: Captured, say: Say): void {
  const { source, phone, contacts, calendar, files, missed, heldBack, seconds } = captured
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
  for (const { what, reason } of missed.named) say(`Not read: ${what} (${reason})`)
  if (missed.count > missed.named.length) say(`and ${missed.count - missed.named.length} more.`)
  tellHeld(heldBack, source, say)
  if (missed.count + heldBack.contacts + heldBack.calendar > 0) process.exitCode = EXIT.incomplete
}

function tellSent(sent: Output<'links.send'>, say: Say): void {
  const { dryRun, point, items, files, added, changed, unchanged, failed, next } = sent
  say(
    `As of ${moment(point.at)}: ${counted(items, 'contact or event', 'contacts and events')}, ${counted(files, 'photo')} (${bytes(sent.bytes)}).`,
  )
  const words = dryRun ? ['to add', 'to change'] : ['added', 'changed']
  say(`${added} ${words[0]}, ${changed} ${words[1]}, ${unchanged} there already.`)
  for (const { name, reason } of failed) say(`Not sent: ${name} (${reason})`)
  if (next !== null) say(next)
  if (dryRun) say('Nothing was changed.')
  if (failed.length > 0) process.exitCode = EXIT.incomplete
}
