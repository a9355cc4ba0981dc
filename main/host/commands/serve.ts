/** `sidekeep serve`: the engine without a window, until SIGTERM or Ctrl-C. */
import { X509Certificate } from 'node:crypto'
import { type Command, InvalidArgumentError } from 'commander'
import type { Reach } from '../../reach.ts'
import { type CommonOptions, tellProblem, withCommonOptions } from '../run-command.ts'
import { serve } from '../serve.ts'

const DEFAULT_PORT = 8553

interface ServeFlags extends CommonOptions {
  port: number
  host?: string
  tls: boolean
  cert?: string
  key?: string
  announce: boolean
}

export function addServe(program: Command): void {
  withCommonOptions(program.command('serve'))
    .description('keep phones safe: answer their syncs and back up by the schedule')
    .option('--port <number>', 'port for the phones; 0 takes any free one', portNumber, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on (default: all; with --no-tls 127.0.0.1)')
    .option('--cert <file>', 'certificate for TLS that phones trust already, in PEM form')
    .option('--key <file>', 'key of the certificate, in PEM form')
    .option('--no-tls', 'plain HTTP, for programs on this computer only')
    .option('--no-announce', 'do not let phones find this computer by itself (multicast DNS)')
    .addHelpText(
      'after',
      `
Examples:
  $ sidekeep serve                             for phones in the same network
  $ sidekeep serve --no-tls                    for programs on this computer
  $ sidekeep serve --cert pc.pem --key pc.key  with a certificate of your own`,
    )
    .action(run)
}

async function run(flags: ServeFlags, command: Command): Promise<void> {
  const { cert, key } = flags
  if ((cert === undefined) !== (key === undefined)) command.error('error: --cert and --key go together')
  const given = cert !== undefined && key !== undefined ? { cert, key } : 'own'
  const tls = flags.tls ? given : 'none'
  const { data: dataFolder, host, port, json, announce } = flags
  const log = (line: string) => console.error(line)
  try {
    const { reach, stop } = await serve({ dataFolder, host, port, tls, announce, log })
    console.log(json ? JSON.stringify(summary(reach)) : greeting(reach, dataFolder))
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', () => resolve())
      process.once('SIGINT', () => resolve())
    })
    await stop()
  } catch (error) {
    tellProblem(error, json)
  }
}

function summary({ url, urlsByAddress, welcomeUrls }: Reach) {
  return { url, welcome: welcomeUrls[0] ?? null, addresses: urlsByAddress, pid: process.pid }
}

function greeting({ url, urlsByAddress, root }: Reach, dataFolder: string): string {
  const others = urlsByAddress.filter((other) => other !== url)
  return [
    `Sidekeep answers phones at ${url}`,
    ...(others.length === 0 ? [] : [`and at ${others.join(', ')}`]),
    `The data lies in ${dataFolder}`,
    ...(root === null ? [] : [`Fingerprint of its certificate: ${new X509Certificate(root).fingerprint256}`]),
    '',
    'Connect a phone, in another window: sidekeep pair',
    'Ctrl-C stops it.',
  ].join('\n')
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It is a number up to 65535.')
  return port
}
