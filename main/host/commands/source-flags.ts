/** Options and words that the commands on sources share. */
import { type Command, Option } from 'commander'
import type { CommonOptions } from '../run-command.ts'

/** Kinds of data, as a person calls them and as the contract does. */
export const KINDS = { contacts: 'contacts', calendars: 'calendar', photos: 'photos' } as const

export interface SecretFlags extends CommonOptions {
  passwordStdin?: boolean
  keepPassword?: boolean
}

export interface KindFlags {
  kind?: (keyof typeof KINDS)[]
}

export function withSecretOptions(command: Command): Command {
  return command
    .option('--password-stdin', 'read its password from standard input')
    .option('--keep-password', 'keep the password for the next time, once it was right')
}

export function kindOption(): Option {
  return new Option('--kind <kinds...>', 'only these').choices(Object.keys(KINDS))
}

/** As the contract takes it: nothing for all. */
export function kindsOf({ kind }: KindFlags) {
  return kind ? { kinds: kind.map((one) => KINDS[one]) } : {}
}

/** At the end of a command's help. */
export const EXIT_HELP = `
Exit status: 0 all is well, 1 it could not be done, 2 a wrong command line, 3 done but for what is told,
130 stopped by Ctrl-C; what came or went so far stays, and the next time goes on there.`
