/** `sidekeep serve`: the engine without a window, until SIGTERM or Ctrl-C. */
import { type Command, InvalidArgumentError } from 'commander'
import { rootFile } from '../../tls/own-certificate.ts'
import { type CommonOptions, tellProblem, withCommonOptions } from '../run-command.ts'
import { serve, tlsFolder } from '../serve.ts'

const DEFAULT_PORT = 8553

interface ServeFlags extends CommonOptions {
  port: number
  host: string
  tls: boolean
  cert?: string
  key?: string
}

export function addServe(program: Command): void {
  withCommonOptions(program.command('serve'))
    .description('keep phones safe: answer their syncs and back up by the schedule')
    .option('--port <number>', 'port for the phones; 0 takes any free one', portNumber, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--cert <file>', 'certificate for TLS, in PEM form')
    .option('--key <file>', 'key of the certificate, in PEM form')
    .option('--no-tls', 'plain HTTP, for programs on this computer only')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep serve --no-tls                                  for programs on this computer
  $ sidekeep serve --host 0.0.0.0 --cert pc.pem --key pc.key   for phones in the same network`,
    )
    .action(run)
}

async function run(flags: ServeFlags, command: Command): Promise<void> {
  const { cert, key } = flags
  if ((cert === undefined) !== (key === undefined)) command.error('error: --cert and --key go together')
  const given = cert !== undefined && key !== undefined ? { cert, key } : 'own'
  const tls = flags.tls ? given : 'none'
  const { data: dataFolder, host, port, json } = flags
  try {
    const serving = await serve({ dataFolder, host, port, tls, log: (line) => console.error(line) })
    console.log(
      json
        ? JSON.stringify({ url: serving.url, pid: process.pid })
        : greeting(serving.url, dataFolder, tls === 'own'),
    )
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', () => resolve())
      process.once('SIGINT', () => resolve())
    })
    await serving.stop()
  } catch (error) {
    tellProblem(error, json)
  }
}

function greeting(url: string, dataFolder: string, ownRoot: boolean): string {
  return [
    `Sidekeep answers phones at ${url}`,
    `The data lies in ${dataFolder}`,
    ...(ownRoot ? [`Phones must trust ${rootFile(tlsFolder(dataFolder))}`] : []),
    'Pair a phone with: sidekeep phones add "My phone"',
    'Ctrl-C stops it.',
  ].join('\n')
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It is a number up to 65535.')
  return port
}
