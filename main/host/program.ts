/** The command line: `sidekeep serve | window | status | demo | pair | phones | links | capture | send | backup | snapshots | diff | restore | export | verify | retention | schedule | vault`. */
import { Command } from 'commander'
import { addBackups } from './commands/backups.ts'
import { addCare } from './commands/care.ts'
import { addDemo } from './commands/demo.ts'
import { addLinks } from './commands/links.ts'
import { addPair } from './commands/pair.ts'
import { addPhones } from './commands/phones.ts'
import { addRestore } from './commands/restore.ts'
import { addServe } from './commands/serve.ts'
import { addStatus } from './commands/status.ts'
import { addWindow } from './commands/window.ts'
import { EXIT } from './run-command.ts'

// restic's `unlock` probes the process named in a lock with this signal, and Node's default is to die of it.
process.on('SIGHUP', () => undefined)

const program = new Command('sidekeep')
  .description('Keeps a phone’s contacts, calendars and photos safe on this computer.')
  // `schedule daily 19:30 --json`: what follows a subcommand is the subcommand's.
  .enablePositionalOptions()
  .showHelpAfterError('Add --help for how to use it.')
  .configureOutput({ outputError: (text, write) => write(text) })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : EXIT.usage)
  })

addServe(program)
addDemo(program)
addPair(program)
addPhones(program)
addLinks(program)
addBackups(program)
addRestore(program)
addCare(program)
addStatus(program)
addWindow(program)

await program.parseAsync()
