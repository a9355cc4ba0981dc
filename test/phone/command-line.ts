/** Drives the real `sidekeep` command line, each command in a process of its own, as a person or a script would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { SIDEKEEP } from '../program.ts'

const STOP_TIMEOUT_MS = 10_000

export interface Serving {
  /** Where phones reach it. */
  url: string
  /** What it has logged so far. */
  logged(): string
  /** Ends it as SIGTERM does, and waits for it. */
  stop(): Promise<void>
  /** Ends it as a power cut does. */
  kill(): Promise<void>
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...SIDEKEEP, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/**
 * Runs a command with `--json` to its end.
 * @returns what it printed. What is expected of it is the caller's to check.
 * @throws Error with what it said when it fails, or when `signal` stops it.
 */
export async function sidekeep(
  dataFolder: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<unknown> {
  const child = start([...args, '--data', dataFolder, '--json'])
  const stop = (): void => {
    child.kill()
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const said = collect(child)
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`sidekeep ${args.join(' ')} ended with ${code}.\n${said.err}${said.out}`)
    return JSON.parse(said.out)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** Starts `sidekeep serve` on loopback, and resolves once it answers. @param tls by its own root certificate. */
export async function serve(dataFolder: string, port = 0, tls = false): Promise<Serving> {
  const side = tls ? ['--host', '127.0.0.1', '--no-announce'] : ['--no-tls']
  const child = start(['serve', '--data', dataFolder, '--port', String(port), ...side, '--json'])
  const ended = once(child, 'exit')
  const said = collect(child)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(late)
  }
  const firstLine = once(createInterface({ input: child.stdout! }), 'line') as Promise<[string]>
  const begun = await Promise.race([firstLine, ended])
  if (typeof begun[0] !== 'string' || !begun[0].startsWith('{')) {
    throw new Error(`sidekeep serve did not start.\n${said.err}${said.out}`)
  }
  const { url } = JSON.parse(begun[0]) as { url: string }
  return { url, logged: () => said.err, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

function collect(child: ChildProcess): { out: string; err: string } {
  const said = { out: '', err: '' }
  child.stdout!.on('data', (chunk: Buffer) => {
    said.out += chunk
  })
  child.stderr!.on('data', (chunk: Buffer) => {
    said.err += chunk
  })
  return said
}
