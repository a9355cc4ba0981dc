/** `sidekeep send`: brings what the computer holds back into a phone or an account. */
import type { Command } from 'commander'
import type { Output } from '../../../preload/contract.ts'
import { EXIT, runCommand, withCommonOptions } from '../run-command.ts'
import { withSecrets } from '../secrets-by-hand.ts'
import { bytes, counted, moment } from '../words.ts'
import {
  EXIT_HELP,
  type KindFlags,
  kindOption,
  kindsOf,
  type SecretFlags,
  withSecretOptions,
} from './source-flags.ts'
import { tellNamed } from './source-words.ts'

interface SendFlags extends SecretFlags, KindFlags {
  phone?: string
  at?: string
  collection?: string[]
  dryRun?: boolean
}

export function addSend(program: Command): void {
  withSecretOptions(withCommonOptions(program.command('send <source>')))
    .description('bring what the computer holds back into a phone or an account')
    .option('--phone <name>', 'whose data (default: that of the source’s own phone)')
    .option('--at <snapshot|time>', 'as of a backup or a time such as "2026-11-22 14:30" (default: now)')
    .addOption(kindOption())
    .option('--collection <names...>', 'only these address books and calendars')
    .option('--dry-run', 'only tell what would be done')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep send "Pixel 8" --dry-run              what would be done?
  $ sidekeep send "Pixel 8" --at 2026-11-20        as it was on that day
  $ sidekeep send "iCloud: ada" --phone "Pixel 8" --kind contacts   from one to the other
Run twice, it adds nothing twice. What is there and is not held here stays.
${EXIT_HELP}`,
    )
    .action((source: string, flags: SendFlags) =>
      runCommand(flags, ({ call, watch }, say) =>
        withSecrets(flags, source, watch.signal, async (secrets) => {
          const { phone, at, collection, dryRun = false } = flags
          const request = {
            ...{ source, secrets, dryRun },
            ...(phone === undefined ? {} : { phone }),
            ...(at === undefined ? {} : { at }),
            ...kindsOf(flags),
            ...(collection ? { collections: collection } : {}),
          }
          const result = await call('links.send', request, watch)
          tellSent(result, say)
          return result
        }),
      ),
    )
}

function tellSent(sent: Output<'links.send'>, say: (line: string) => void): void {
  const { dryRun, point, items, files, added, changed, unchanged, failed, partial, next } = sent
  say(
    `As of ${moment(point.at)}: ${counted(items, 'contact or event', 'contacts and events')}, ${counted(files, 'photo')} (${bytes(sent.bytes)}).`,
  )
  const words = dryRun ? ['to add', 'to change'] : ['added', 'changed']
  say(`${added} ${words[0]}, ${changed} ${words[1]}, ${unchanged} there already.`)
  tellNamed('Not sent', named(failed), say)
  tellNamed('Sent in part', named(partial), say)
  if (next !== null) say(next)
  if (dryRun) say('Nothing was changed.')
  if (failed.length + partial.length > 0) process.exitCode = EXIT.incomplete
}

function named(all: { name: string; reason: string }[]) {
  return { count: all.length, named: all.map(({ name, reason }) => ({ what: name, reason })) }
}
