/** `sidekeep phones`: list, remove, their passwords, what their apps came for; and adding one by hand. */
import type { Command } from 'commander'
import type { Output } from '../../../preload/contract.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../run-command.ts'
import { counted, moment } from '../words.ts'

export function addPhones(program: Command): void {
  const phones = program
    .command('phones')
    .description('list phones, remove them, and see their apps’ passwords')

  withCommonOptions(phones.command('add <name>'))
    .description('add a phone by hand and show, once, what its apps need')
    .addHelpText('after', '\nExample:\n  $ sidekeep phones add "Ada’s Pixel"')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const paired = await call('phones.add', { name })
        tellPaired(paired, say)
        return paired
      }),
    )

  withCommonOptions(phones.command('list', { isDefault: true }))
    .description('list the paired phones')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const list = await call('phones.list', {})
        if (list.length === 0) say('No phone is paired yet. Pair one with: sidekeep pair')
        for (const { name, user, addedAt, items } of list) {
          say(`${name}  (user ${user}, since ${moment(addedAt)}, ${counted(items, 'item')})`)
        }
        return list
      }),
    )

  withCommonOptions(phones.command('password <phone>'))
    .description('give a phone a new password, after a reset say; the old one stops working')
    .action((phone: string, options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const paired = await call('phones.renewPassword', { phone })
        tellPaired(paired, say)
        return paired
      }),
    )

  withCommonOptions(phones.command('remove <phone>'))
    .description('take a phone’s password away; all its data is kept')
    .action((phone: string, options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const removed = await call('phones.remove', { phone })
        say(
          `“${removed.name}” can no longer connect. Its ${counted(removed.items, 'item')} and all backups are kept.`,
        )
        say(`To have it back: sidekeep pair --as "${removed.name}"`)
        return removed
      }),
    )

  withCommonOptions(phones.command('apps <phone>'))
    .description('list a phone’s apps that have a password, and when each was here')
    .action((phone: string, options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const credentials = await call('phones.credentials', { phone })
        tellCredentials(credentials, say)
        return credentials
      }),
    )

  withCommonOptions(phones.command('revoke <phone> <number>'))
    .description('take one app’s password away; the phone’s browsers must pair again')
    .action((phone: string, number: string, options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const left = await call('phones.revokeCredential', { phone, credential: Number(number) })
        say('This app can no longer connect. Its data is kept.')
        tellCredentials(left, say)
        return left
      }),
    )

  withCommonOptions(phones.command('services <phone>'))
    .description('show what a phone’s apps came for last, and when')
    .action((phone: string, options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const services = await call('phones.services', { phone })
        for (const { service, seenAt, client } of services) {
          say(`${service.padEnd(10)} ${seenAt === null ? 'never' : `${moment(seenAt)}  ${client ?? ''}`}`)
        }
        return services
      }),
    )

  withCommonOptions(phones.command('reindex'))
    .description('read names, times and places of all items anew from their bytes')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        const { contacts, events, photos, unreadable, ...rest } = await call('index.rebuild', {}, watch)
        say(
          `${counted(contacts, 'contact')}, ${counted(events, 'event')}, ${counted(photos, 'photo')} read anew.`,
        )
        if (unreadable > 0)
          say(`${counted(unreadable, 'item')} could not be read; kept and backed up all the same.`)
        return { contacts, events, photos, unreadable, ...rest }
      }),
    )
}

function tellCredentials(credentials: Output<'phones.credentials'>, say: (line: string) => void): void {
  if (credentials.length === 0) say('No app has a password.')
  for (const { id, label, madeAt, lastUsedAt } of credentials) {
    const used = lastUsedAt === null ? 'never used' : `last used ${moment(lastUsedAt)}`
    say(`${id}  ${label}  (made ${moment(madeAt)}, ${used})`)
  }
}

function tellPaired(paired: Output<'phones.add'>, say: (line: string) => void): void {
  const { name, user, password, carddav, caldav, files } = paired
  say(`“${name}” is paired. Its apps need:`)
  say(`  User      ${user}`)
  say(`  Password  ${password}   (shown only now)`)
  say(`  Contacts  ${carddav}`)
  say(`  Calendar  ${caldav}`)
  say(`  Photos    ${files}`)
}
