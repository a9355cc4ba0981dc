/** `sidekeep backup`, `snapshots`, `diff`: take backups and look into them. */
import type { Command } from 'commander'
import { type CommonOptions, EXIT, runCommand, withCommonOptions } from '../run-command.ts'
import { bytes, counted, duration, moment } from '../words.ts'

export function addBackups(program: Command): void {
  withCommonOptions(program.command('backup'))
    .description('take a backup now; only what changed is written')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        const result = await call('backup.run', {}, watch)
        const { snapshot, added, changed, deleted, bytesWritten, seconds, unreadable } = result
        say(`Backup ${snapshot.slice(0, 8)}: ${added} added, ${changed} changed, ${deleted} deleted.`)
        say(`${bytes(bytesWritten)} written in ${duration(seconds)}.`)
        for (const { path, reason } of unreadable) say(`Not in this backup: ${path} (${reason})`)
        if (unreadable.length > 0) process.exitCode = EXIT.incomplete
        return result
      }),
    )

  const snapshots = withCommonOptions(program.command('snapshots'))
    .description('list the backups with what each holds')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const list = await call('snapshots.list', {})
        if (list.length === 0) say('There is no backup yet. Take one with: sidekeep backup')
        for (const { id, time, pinned, phones } of list) {
          const holds = phones.map(
            ({ name, contacts, events, photos }) =>
              `${name}: ${counted(contacts, 'contact')}, ${counted(events, 'event')}, ${counted(photos, 'photo')}`,
          )
          say(`${id.slice(0, 8)}  ${moment(time)}${pinned ? '  (pinned)' : ''}  ${holds.join('; ')}`)
        }
        return list
      }),
    )
  for (const pinned of [true, false]) {
    withCommonOptions(snapshots.command(pinned ? 'pin <snapshot>' : 'unpin <snapshot>'))
      .description(
        pinned ? 'keep a backup whatever the rules say' : 'let the rules decide about a backup again',
      )
      .action((snapshot: string, options: CommonOptions) =>
        runCommand(options, async ({ call }, say) => {
          const saved = await call('snapshots.pin', { snapshot, pinned })
          say(`${saved.id.slice(0, 8)} is ${pinned ? 'kept for ever' : 'kept as the rules say'}.`)
          return saved
        }),
      )
  }

  withCommonOptions(program.command('diff <from> [to]'))
    .description('show what changed between two backups (the newest, if only one is given)')
    .action((from: string, to: string | undefined, options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const diff = await call('snapshots.diff', { from, to: to ?? 'latest' })
        for (const path of diff.added) say(`+ ${path}`)
        for (const path of diff.changed) say(`~ ${path}`)
        for (const path of diff.removed) say(`- ${path}`)
        say(`${diff.added.length} added, ${diff.changed.length} changed, ${diff.removed.length} removed`)
        return diff
      }),
    )
}
