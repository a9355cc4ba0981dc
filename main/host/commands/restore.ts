/** `sidekeep restore` and `export`: bring a phone's data back, or out. */
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Output } from '../../../preload/contract.ts'
import { type CommonOptions, EXIT, runCommand, type Session, withCommonOptions } from '../run-command.ts'
import { bytes, counted, moment } from '../words.ts'

const KINDS = { contacts: 'contacts', calendars: 'calendar', photos: 'files' } as const

interface RestoreFlags extends CommonOptions {
  phone?: string
  at?: string
  to?: string
  exact?: boolean
  intoAccount?: boolean
  dryRun?: boolean
  kind?: (keyof typeof KINDS)[]
  collection?: string[]
  item?: string[]
  undo?: string
  list?: boolean
}

type Say = (line: string) => void

export function addRestore(program: Command): void {
  withCommonOptions(program.command('restore'))
    .description('bring a phone’s data back; its next sync fetches it')
    .option('--phone <name>', 'the phone')
    .option(
      '--at <snapshot|time>',
      'a backup’s id, or a time such as "2026-11-22 14:30" (default: the newest backup)',
    )
    .option('--to <folder>', 'write the files into a folder instead of bringing them back to the phone')
    .option('--exact', 'make all as it was: what changed goes back, what came since is taken away')
    .option('--into-account', 'bring what was read elsewhere into the phone’s account with Sidekeep')
    .option('--dry-run', 'only show what would be done')
    .addOption(new Option('--kind <kinds...>', 'only these').choices(Object.keys(KINDS)))
    .option('--collection <names...>', 'only these address books and calendars')
    .option('--item <names...>', 'only these items, such as contacts/contacts/ada.vcf')
    .option('--undo <restore>', 'take a restore back, by its number')
    .option('--list', 'list the restores there were')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep restore --phone "Ada’s Pixel" --dry-run         what is missing?
  $ sidekeep restore --phone "Ada’s Pixel"                   bring back what is missing
  $ sidekeep restore --phone "Ada’s Pixel" --at 2026-11-20 --exact
  $ sidekeep restore --phone "Ada’s Pixel" --into-account    what was in another account, for its next sync
  $ sidekeep restore --undo 3`,
    )
    .action((flags: RestoreFlags, command: Command) =>
      runCommand(flags, (session, say) => {
        if (flags.list) return listAll(session, say)
        if (flags.undo !== undefined) return undo(session, flags.undo, say)
        if (flags.phone === undefined) return command.error('error: say which phone with --phone NAME')
        return flags.to === undefined
          ? bringBack(session, flags.phone, flags, say)
          : extract(session, flags.phone, flags.to, flags, say, command)
      }),
    )

  withCommonOptions(program.command('export <phone> <folder>'))
    .description('write open files that any program takes: .vcf, .ics and photo folders')
    .option('--at <snapshot|time>', 'a backup’s id or a time (default: the newest backup)')
    .action((phone: string, folder: string, flags: RestoreFlags) =>
      runCommand(flags, async ({ call, watch }, say) => {
        const at = flags.at === undefined ? {} : { at: flags.at }
        const result = await call('restore.export', { phone, to: resolve(folder), ...at }, watch)
        const { contacts, events, photos } = result
        const holds = [counted(contacts, 'contact'), counted(events, 'event'), counted(photos, 'photo')].join(
          ', ',
        )
        say(`${holds} (${bytes(result.bytes)}) are in ${result.folder}`)
        return result
      }),
    )
}

async function bringBack({ call, watch }: Session, phone: string, flags: RestoreFlags, say: Say) {
  const request = {
    phone,
    exact: flags.exact ?? false,
    intoAccount: flags.intoAccount ?? false,
    ...(flags.at === undefined ? {} : { at: flags.at }),
    ...(flags.kind ? { kinds: flags.kind.map((kind) => KINDS[kind]) } : {}),
    ...(flags.collection ? { collections: flags.collection } : {}),
    ...(flags.item ? { items: flags.item } : {}),
  }
  if (flags.dryRun) {
    const preview = await call('restore.preview', request, watch)
    tellPreview(preview, say)
    say('Nothing was changed.')
    return preview
  }
  const result = await call('restore.run', request, watch)
  tellPreview(result.preview, say)
  tellResult(result, say)
  return result
}

async function undo({ call, watch }: Session, number: string, say: Say) {
  const result = await call('restore.undo', { restore: Number(number) }, watch)
  tellResult(result, say)
  return result
}

async function extract(
  { call, watch }: Session,
  phone: string,
  to: string,
  { at, kind, collection, item, exact, intoAccount, dryRun }: RestoreFlags,
  say: Say,
  command: Command,
) {
  if (collection || item || exact || intoAccount || dryRun)
    command.error('error: --to goes with --at and --kind only')
  const request = {
    phone,
    to: resolve(to),
    ...(at === undefined ? {} : { at }),
    ...(kind ? { kinds: kind.map((one) => KINDS[one]) } : {}),
  }
  const result = await call('restore.extract', request, watch)
  say(`${counted(result.files, 'file')} (${bytes(result.bytes)}) are in ${result.folder}`)
  for (const { path, reason } of result.skipped) say(`Not written: ${path} (${reason})`)
  if (result.skipped.length > 0) process.exitCode = EXIT.incomplete
  return result
}

async function listAll({ call }: Session, say: Say) {
  const list = await call('restore.list', {})
  for (const { id, phone, startedAt, endedAt, undoneAt, pointAt, added, reverted, removed } of list) {
    const state = undoneAt === null ? (endedAt === null ? ', not finished' : '') : ', undone'
    say(
      `${id}  ${moment(startedAt)}  ${phone}, as of ${moment(pointAt)}: ` +
        `${added} brought back, ${reverted} set back, ${removed} taken away${state}`,
    )
  }
  if (list.length === 0) say('Nothing was restored yet.')
  return list
}

const KIND_WORDS = { contacts: 'Contacts', calendar: 'Calendar', files: 'Photos' } as const

function tellPreview(
  { point, mode, collections, newCollections, totals }: Output<'restore.preview'>,
  say: Say,
): void {
  say(`As of ${moment(point.at)}:`)
  for (const { kind, displayName, add, revert, unchanged, onlyOnPhone } of collections) {
    const changed = mode === 'exact' ? 'to set back' : 'changed since (left as they are)'
    const newer = mode === 'exact' ? 'to take away' : 'only on the phone (left as they are)'
    const parts = [`${add} to bring back`, `${unchanged} unchanged`]
    if (revert > 0) parts.push(`${revert} ${changed}`)
    if (onlyOnPhone > 0) parts.push(`${onlyOnPhone} ${newer}`)
    const name = displayName === KIND_WORDS[kind] ? displayName : `${KIND_WORDS[kind]} “${displayName}”`
    say(`  ${name}: ${parts.join(', ')}`)
  }
  if (mode === 'exact')
    for (const { displayName } of newCollections) say(`  “${displayName}”: to take away, it came since`)
  if (totals.add === 0 && (mode === 'missing' || totals.revert + totals.onlyOnPhone === 0))
    say('Nothing is missing.')
}

function tellResult(result: Output<'restore.run'>, say: Say): void {
  const { restore, added, reverted, removed, failed, different } = result
  say(
    `${counted(added, 'item')} brought back, ${reverted} set back, ${removed} taken away. The phone’s next sync fetches them.`,
  )
  for (const { name, reason } of failed) say(`Not brought back: ${name} (${reason})`)
  for (const name of different) say(`Differs from the backup when read back: ${name}`)
  if (failed.length + different.length > 0) process.exitCode = EXIT.incomplete
  else say('All of it was read back and compared.')
  say(`To take it back: sidekeep restore --undo ${restore}`)
}
