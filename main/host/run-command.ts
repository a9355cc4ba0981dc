/** What all commands share: the connection, progress on a terminal, Ctrl-C, JSON, errors in plain words, exit codes. */
import type { Command } from 'commander'
import { Problem } from '../problem.ts'
import type { Watch } from '../progress.ts'
import { realWorld } from '../world.ts'
import { type Connection, connect } from './connect.ts'
import { defaultDataFolder } from './data-folder.ts'
import { progressLine } from './progress-line.ts'

/** 0 is well, 1 a problem, 2 a wrong command line, 3 done but something is damaged or missing, 130 stopped by Ctrl-C. */
export const EXIT = { problem: 1, usage: 2, incomplete: 3, cancelled: 130 } as const

export interface CommonOptions {
  data: string
  json?: boolean
}

export interface Session extends Connection {
  /** Passed to calls that take long. */
  watch: Watch
}

/** Adds the options that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--data <folder>', 'folder with Sidekeep’s data', defaultDataFolder())
    .option('--json', 'print one JSON document for programs')
}

/**
 * Runs a command against the data folder's engine. `work` returns what --json prints and says the same in words with `say`.
 */
export async function runCommand(
  options: CommonOptions,
  work: (session: Session, say: (line: string) => void) => Promise<unknown>,
): Promise<void> {
  const progress = progressLine(process.stderr, realWorld.now)
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop)
  let connection: Connection | undefined
  try {
    connection = await connect(options.data, (line) => console.error(line))
    const { call, close } = connection
    const session: Session = { call, close, watch: { signal: stopping.signal, report: progress.report } }
    const lines: string[] = []
    const result = await work(session, (line) => lines.push(line))
    progress.end()
    console.log(options.json ? JSON.stringify(result) : lines.join('\n'))
  } catch (error) {
    progress.end()
    tellProblem(error, options.json)
  } finally {
    process.off('SIGINT', stop)
    await connection?.close()
  }
}

/** Prints a problem for people, or as JSON; a bug is thrown on. */
export function tellProblem(error: unknown, json: boolean | undefined): void {
  if (!(error instanceof Problem)) throw error
  if (json) console.log(JSON.stringify({ problem: error.toJSON() }))
  else console.error(`${error.message}\n${error.next}`)
  process.exitCode = error.code === 'cancelled' ? EXIT.cancelled : EXIT.problem
}
