/** `sidekeep status`: "Am I safe?", in words. */
import type { Command } from 'commander'
import type { Reason, ReasonCode, Safety } from '../../../preload/safety.ts'
import { type CommonOptions, EXIT, runCommand, withCommonOptions } from '../run-command.ts'
import { counted, moment } from '../words.ts'

export function addStatus(program: Command): void {
  withCommonOptions(program.command('status'))
    .description('say whether everything is safe, since when, and what to do if not')
    .addHelpText('after', '\nEnds with 3 while something needs to be seen to, so that a script can tell.')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const safety = await call('status.show', {})
        say(verdict(safety))
        for (const { name, kinds } of safety.phones) {
          for (const { kind, here, newer, safeAt, state } of kinds) {
            if (state === 'empty') continue
            const until = safeAt === null ? 'in no backup that is known of' : `safe as of ${moment(safeAt)}`
            const more = newer === 0 ? '' : `; ${counted(newer, 'change')} since, for the next backup`
            say(`  ${name}: ${NAMES[kind](here)}, ${until}${more}`)
          }
        }
        const { checkedAt, dueAt, reasons } = safety
        if (checkedAt !== null) say(`  Last check: ${moment(checkedAt)}.`)
        if (dueAt !== null) say(`  Next backup: ${moment(dueAt)}.`)
        for (const reason of reasons) say(`! ${tell(reason)}`)
        if (safety.state !== 'safe') process.exitCode = EXIT.incomplete
        return safety
      }),
    )
}

const NAMES = {
  contacts: (n: number) => counted(n, 'contact'),
  calendar: (n: number) => counted(n, 'event'),
  photos: (n: number) => counted(n, 'photo'),
} as const

function verdict({ state, safeAt }: Safety): string {
  if (state === 'safe' && safeAt !== null) return `Everything was safe at ${moment(safeAt)}.`
  if (state === 'empty') return 'Nothing is kept here yet.'
  return state === 'danger' ? 'Something may be lost if nobody sees to it.' : 'Something needs to be seen to.'
}

const SENTENCES: Record<ReasonCode, (reason: Reason) => string> = {
  'no-phone': () => 'No phone is paired. Pair one: sidekeep pair',
  'nothing-came': ({ phone }) => `Nothing has come from “${phone}” yet. Finish setting it up on the phone.`,
  silent: ({ phone, kind, since }) =>
    `“${phone}” has not told of its ${kind} ${since === null ? 'since it was paired' : `since ${moment(since)}`}. Bring it into this network, and see that it still syncs.`,
  'deletions-held': ({ phone, kind, items }) =>
    `${counted(items ?? 0, 'deletion')} in the ${kind} of “${phone}” wait for your word: sidekeep links`,
  'no-backup': () => 'There is no backup yet. Take one: sidekeep backup',
  overdue: ({ since }) =>
    `A backup has been due since ${moment(since ?? 0)}. See why: sidekeep schedule; or take one: sidekeep backup`,
  'automatic-off': () => 'No automatic backups are taken. Switch them on: sidekeep schedule hourly',
  'never-checked': () => 'The backups were never read back. Do it: sidekeep verify --read-data',
  'check-old': ({ since }) =>
    `The backups were last read back on ${moment(since ?? 0)}. Do it again: sidekeep verify --read-data`,
  damaged: ({ since }) =>
    `The check of ${moment(since ?? 0)} found damage. Mend it: sidekeep vault repair; then sidekeep verify --read-data`,
}

function tell(reason: Reason): string {
  return SENTENCES[reason.code](reason)
}
