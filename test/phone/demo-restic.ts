/** The demo's last chapter: stock restic opens the vault, checks it, lists it, and gives one contact back. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface VaultAccess {
  folder: string
  password: string
}

export interface Restic {
  version: string
  /** @throws Error with restic's words when it finds anything wrong. */
  check(): Promise<void>
  /** Paths of all files in a snapshot. */
  list(snapshot: string): Promise<string[]>
  /** One file, restored into a folder that is removed again. */
  restore(snapshot: string, path: string): Promise<Buffer>
}

/** Undefined when restic is not installed. */
export async function findRestic(vault: VaultAccess, signal: AbortSignal): Promise<Restic | undefined> {
  const run = (args: string[]): Promise<string> => runRestic(vault, args, signal)
  let version: string
  try {
    version = /\d+(\.\d+)+/.exec(await run(['version']))?.[0] ?? 'of an unknown version'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return {
    version,
    async check() {
      await run(['check', '--read-data'])
    },
    async list(snapshot) {
      const lines = (await run(['ls', snapshot, '--json'])).trim().split('\n')
      const nodes = lines.map((line) => JSON.parse(line) as { type?: string; path?: string })
      return nodes.flatMap(({ type, path }) => (type === 'file' && path ? [path] : []))
    },
    async restore(snapshot, path) {
      const target = await mkdtemp(join(tmpdir(), 'sidekeep-restic-'))
      try {
        await run(['restore', snapshot, '--target', target, '--include', path])
        return await readFile(join(target, path))
      } finally {
        await rm(target, { recursive: true, force: true })
      }
    },
  }
}

async function runRestic(
  { folder, password }: VaultAccess,
  args: string[],
  signal: AbortSignal,
): Promise<string> {
  const child = spawn('restic', ['--repo', folder, '--no-cache', ...args], {
    env: { ...process.env, RESTIC_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  // Some versions answer an unknown snapshot with a warning and a status of 0.
  if (code !== 0 || (err && !out)) throw new Error(`restic ${args[0]} ended with ${code}:\n${err || out}`)
  return out
}
