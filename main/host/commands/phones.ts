/** `sidekeep phones`: pair, list, remove. */
import type { Command } from 'commander'
import type { Output } from '../../../preload/contract.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../run-command.ts'
import { counted, moment } from '../words.ts'

export function addPhones(program: Command): void {
  const phones = program.command('phones').description('pair phones, list and remove them')

  withCommonOptions(phones.command('add <name>'))
    .description('pair a phone and show, once, what its apps need')
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
        if (list.length === 0) say('No phone is paired yet. Pair one with: sidekeep phones add "My phone"')
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
        say(`To have it back: sidekeep phones add "${removed.name}"`)
        return removed
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

function tellPaired(paired: Output<'phones.add'>, say: (line: string) => void): void {
  const { name, user, password, carddav, caldav, files } = paired
  say(`“${name}” is paired. Its apps need:`)
  say(`  User      ${user}`)
  say(`  Password  ${password}   (shown only now)`)
  say(`  Contacts  ${carddav}`)
  say(`  Calendar  ${caldav}`)
  say(`  Photos    ${files}`)
}
