/** `sidekeep verify`, `retention`, `schedule`, `vault`: look after the backups. */
import { text } from 'node:stream/consumers'
import { type Command, InvalidArgumentError } from 'commander'
import type { Input, Output } from '../../../preload/contract.ts'
import type { Plan } from '../../../preload/plan.ts'
import { type CommonOptions, EXIT, runCommand, withCommonOptions } from '../run-command.ts'
import { bytes, counted, duration, moment } from '../words.ts'

type Say = (line: string) => void

export function addCare(program: Command): void {
  addVerify(program)
  addRetention(program)
  addSchedule(program)
  addVault(program)
}

function addVerify(program: Command): void {
  withCommonOptions(program.command('verify'))
    .description('prove that the backups are whole')
    .option('--read-data', 'read every byte back and compare it')
    .action((options: CommonOptions & { readData?: boolean }) =>
      runCommand(options, async ({ call, watch }, say) => {
        const result = await call('verify', { readData: options.readData ?? false }, watch)
        for (const { severity, what } of result.findings) say(`${severity}: ${what}`)
        const { snapshots, packs, photos, bytesRead, seconds } = result
        const seen = `${counted(snapshots, 'backup')}, ${counted(packs, 'pack')}, ${counted(photos, 'photo')}`
        say(
          result.ok
            ? `All is whole: ${seen}${result.readData ? `, ${bytes(bytesRead)} read back and compared` : ''} (${duration(seconds)}).`
            : 'Something is damaged. Run `sidekeep vault repair` to mend what can be mended.',
        )
        if (!result.ok) process.exitCode = EXIT.incomplete
        return result
      }),
    )
}

type PolicyFlags = CommonOptions &
  Record<'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly', number | undefined> & {
    within?: string
  }

function addRetention(program: Command): void {
  const retention = withCommonOptions(program.command('retention'))
    .description('show which backups are kept, and why')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const shown = await call('retention.show', {})
        tellRetention(shown, say)
        return shown
      }),
    )
  const set = withCommonOptions(retention.command('set')).description(
    'set how many backups are kept (-1: all)',
  )
  for (const period of ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']) {
    set.option(`--${period} <count>`, `${period === 'last' ? 'newest' : period} backups`, keepCount)
  }
  set
    .option('--within <span>', 'all backups of the last span, such as 14d or 1y6m')
    .action(({ last, hourly, daily, weekly, monthly, yearly, within, ...options }: PolicyFlags) =>
      runCommand(options, async ({ call }, say) => {
        const wanted = { last, hourly, daily, weekly, monthly, yearly, within }
        const policy = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
        const shown = await call('retention.set', { policy } as Input<'retention.set'>)
        tellRetention(shown, say)
        return shown
      }),
    )
  withCommonOptions(retention.command('apply'))
    .description('remove what the rules don’t keep, and free the space')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        const done = await call('retention.apply', {}, watch)
        say(`${counted(done.remove.length, 'backup')} removed, ${counted(done.keep.length, 'backup')} kept.`)
        if (done.bytesFreed !== null) say(`${bytes(done.bytesFreed)} freed.`)
        return done
      }),
    )
}

function tellRetention({ policy, keep, remove }: Output<'retention.show'>, say: Say): void {
  say(
    `Rules: ${Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  )
  for (const { id, time, reasons } of keep)
    say(`keep    ${id.slice(0, 8)}  ${moment(time)}  ${reasons.join(', ')}`)
  for (const { id, time } of remove) say(`remove  ${id.slice(0, 8)}  ${moment(time)}`)
}

function keepCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < -1)
    throw new InvalidArgumentError('It is a whole number, or -1 for all.')
  return count
}

function addSchedule(program: Command): void {
  const schedule = withCommonOptions(program.command('schedule'))
    .description('show when automatic backups run, and how they went')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const shown = await call('schedule.show', {})
        tellSchedule(shown, say)
        return shown
      }),
    )
  const plans: [string, string, (...words: string[]) => Plan | null][] = [
    ['hourly', 'every hour', () => ({ every: 'hour', minute: 0 })],
    ['daily <time>', 'every day at a time, such as 19:30', (at) => ({ every: 'day', at: at! })],
    ['weekly <day> <time>', 'every week, such as: weekly sunday 10:00', (on, at) => weekly(on!, at!)],
    ['cron <expression>', 'by a cron expression of five fields', (cron) => ({ every: 'cron', cron: cron! })],
    ['off', 'no automatic backups', () => null],
  ]
  for (const [words, description, plan] of plans) {
    withCommonOptions(schedule.command(words))
      .description(description)
      .action((...all: unknown[]) => {
        const options = all.at(-2) as CommonOptions
        const given = all.slice(0, -2) as string[]
        return runCommand(options, async ({ call }, say) => {
          const shown = await call('schedule.set', { plan: plan(...given) })
          tellSchedule(shown, say)
          return shown
        })
      })
  }
}

function weekly(on: string, at: string): Plan {
  return { every: 'week', on: on.toLowerCase() as Extract<Plan, { every: 'week' }>['on'], at }
}

function tellSchedule({ plan, dueAt, runs }: Output<'schedule.show'>, say: Say): void {
  say(plan === null ? 'Automatic backups are off.' : `Automatic backups: ${planWords(plan)}.`)
  if (dueAt !== null) say(`Next: ${moment(dueAt)}`)
  for (const { startedAt, cause, result } of runs.slice(0, 10)) {
    say(`  ${moment(startedAt)}  ${cause}: ${result ?? 'running'}`)
  }
}

function planWords(plan: Plan): string {
  switch (plan.every) {
    case 'hour':
      return `every hour at :${String(plan.minute).padStart(2, '0')}`
    case 'day':
      return `every day at ${plan.at}`
    case 'week':
      return `every ${plan.on} at ${plan.at}`
    case 'cron':
      return `by cron, ${plan.cron}`
  }
}

function addVault(program: Command): void {
  const vault = program.command('vault').description('the vault that holds the backups')
  withCommonOptions(vault.command('password'))
    .description('print what stock restic needs to open the vault')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const opened = await call('vault.password', {})
        say(opened.password)
        return opened
      }),
    )
  withCommonOptions(vault.command('recovery-code'))
    .description('make a new code to print and keep; it opens the vault too, and an older code stops working')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const made = await call('vault.recoveryCode', {})
        say(made.code)
        return made
      }),
    )
  withCommonOptions(vault.command('unlock'))
    .description(
      'open a vault that came from another computer; reads its password or recovery code from standard input',
    )
    .addHelpText('after', '\nExample:\n  $ sidekeep vault unlock < recovery-code.txt')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call }, say) => {
        const opened = await call('vault.unlock', { password: (await text(process.stdin)).trim() })
        say(`The vault in ${opened.folder} is open. See what it holds: sidekeep snapshots`)
        return opened
      }),
    )
  withCommonOptions(vault.command('repair'))
    .description('mend what is damaged, with what this computer still holds')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ call, watch }, say) => {
        const result = await call('repair', {}, watch)
        for (const line of result.done) say(line)
        for (const line of result.lost) say(`Lost: ${line}`)
        if (result.done.length + result.lost.length === 0) say('Nothing needed mending.')
        if (result.lost.length > 0) process.exitCode = EXIT.incomplete
        return result
      }),
    )
}
