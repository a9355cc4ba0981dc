/** `sidekeep links`: the phones, backups and accounts that can be read where they are, and what became of each. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Output } from '../../../preload/contract.ts'
import { Problem } from '../../problem.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../run-command.ts'
import { withSecrets } from '../secrets-by-hand.ts'
import { counted } from '../words.ts'
import { addCapture } from './capture.ts'
import { addSend } from './send.ts'
import { EXIT_HELP, type SecretFlags, withSecretOptions } from './source-flags.ts'
import { describeRun, tellSource } from './source-words.ts'

export function addLinks(program: Command): void {
  const links = addList(program)
  addConnect(links)
  addForget(links)
  addAccept(links)
  addHistory(links)
  addCancel(links)
  addCapture(program)
  addSend(program)
}

function addList(program: Command): Command {
  return withCommonOptions(program.command('links'))
    .description('list the phones, backups and accounts that can be read where they are')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep links                                             what is here?
  $ sidekeep links connect cloud preset=icloud user=ada@icloud.example
  $ sidekeep capture "Pixel 8"                                 read it now, and from now on by itself
  $ sidekeep links history "Pixel 8"                           what was read and sent, and when?
  $ sidekeep links accept "Pixel 8"                            what was held back may go
  $ sidekeep send "Pixel 8" --dry-run                          what would go back to it?
${EXIT_HELP}`,
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
}

function addConnect(links: Command): void {
  withSecretOptions(withCommonOptions(links.command('connect <link> [options...]')))
    .description('make an account known, or another source that is not found by itself')
    .addHelpText(
      'after',
      `
The link is cloud, android or iphone. Options are words such as user=ada:
  cloud     preset=icloud, fastmail, nextcloud, mailboxorg, posteo, gmx, yahoo or own; user=…; url=… for Nextcloud,
            and for own servers where the user is no address that leads there.
            file=… for a .vcf, an .ics or a Google Takeout .zip; subscription=… for the address of one;
            folder=… for the address of a WebDAV folder of photos, with user=….
  android   address=… as the phone shows it under “Wireless debugging”, or nothing for the only phone that announces
            itself; for the first time also pairing=…, the address beside its pairing code, or pairing=find.
            folders=Download,Music to be read besides DCIM, Pictures and Movies; with phone=… where there are several.
  iphone    folder=… that holds its backups, where they are not in their usual place; encryption=on to have the
            backups of a connected iPhone encrypted from now on, with the password that is asked for.

Examples:
  $ sidekeep links connect cloud preset=fastmail user=ada@fastmail.example --keep-password
  $ sidekeep links connect cloud url=https://dav.example/ user=ada --password-stdin < password.txt
  $ sidekeep links connect android pairing=find
  $ sidekeep links connect android address=192.168.1.7:37099 pairing=192.168.1.7:41207
  $ sidekeep links connect iphone folder=/media/disk/Backup
  $ sidekeep links connect iphone encryption=on
A password or pairing code is asked for; scripts give it by --password-stdin or in SIDEKEEP_SOURCE_PASSWORD.
${EXIT_HELP}`,
    )
    .action((link: string, words: string[], flags: SecretFlags) =>
      runCommand(flags, ({ call, watch }, say) => {
        const asked = {
          link: linkOf(link),
          options: optionsOf(words),
          keepSecrets: flags.keepPassword ?? false,
        }
        return withSecrets(
          flags,
          link,
          watch.signal,
          async (secrets) => {
            const source = await call('links.connect', { ...asked, secrets }, watch)
            tellSource(source, say)
            say(`Read it now, and from now on by itself: sidekeep capture "${source.source}"`)
            return source
          },
          { name: asked.link === 'android' ? 'code' : 'password', isNew: asked.options.encryption === 'on' },
        )
      }),
    )
}

function addForget(links: Command): void {
  withCommonOptions(links.command('forget <source>'))
    .description('let go of a source and its password; what it brought is kept')
    .addHelpText('after', '\nExample:\n  $ sidekeep links forget "iCloud: ada@icloud.example"')
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

function addAccept(links: Command): void {
  withCommonOptions(links.command('accept <source>'))
    .description('take away here what is gone from a source and was held back; it need not be here now')
    .addHelpText(
      'after',
      `
The backup from before it is kept, so that all of it can be brought back.

Example:
  $ sidekeep links accept "Pixel 8"`,
    )
    .action((source: string, options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        const accepted = await call('links.accept', { source }, watch)
        const { contacts, calendar } = accepted
        if (contacts + calendar === 0) say('Nothing of it waited for your word.')
        else say(`Taken away: ${counted(contacts, 'contact')} and ${counted(calendar, 'event')}.`)
        return accepted
      }),
    )
}

interface HistoryFlags extends CommonOptions {
  limit: string
}

function addHistory(links: Command): void {
  withCommonOptions(links.command('history <source>'))
    .description('tell what was read from a source and sent to it: when, why, how it ended')
    .option('--limit <number>', 'how many, the newest first', '20')
    .addHelpText('after', '\nExample:\n  $ sidekeep links history "Pixel 8" --limit 5')
    .action((source: string, options: HistoryFlags) =>
      runCommand(options, async ({ call, watch }, say) => {
        const runs = await call('links.runs', { source, limit: Number(options.limit) }, watch)
        for (const run of runs) say(describeRun(run))
        if (runs.length === 0) say('It was never read.')
        return runs
      }),
    )
}

function addCancel(links: Command): void {
  withCommonOptions(links.command('cancel'))
    .description('stop what is being read or sent now; the next time goes on there')
    .addHelpText('after', '\nExample:\n  $ sidekeep links cancel')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        say('Asked to stop.')
        return call('links.cancel', {}, watch)
      }),
    )
}

function linkOf(text: string): Output<'links.list'>[number]['link'] {
  if (text === 'android' || text === 'iphone' || text === 'cloud') return text
  throw new Problem('bad-input', `There is no link called “${text}”.`, 'It is android, iphone or cloud.')
}

const PATHS = new Set(['file', 'folder'])

function optionsOf(words: string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 1) throw new Problem('bad-input', `“${word}” is no option.`, 'Write it as in user=ada.')
      const [name, value] = [word.slice(0, at), word.slice(at + 1)]
      // The engine that serves may run in another folder.
      return [name, PATHS.has(name) && !URL.canParse(value) ? resolve(value) : value]
    }),
  )
}
