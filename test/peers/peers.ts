/** Finds the real programs that Sidekeep is tried with, and makes tests wait on them: skipped by name where one is missing, failed in CI. */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe } from 'vitest'
import { reportMissing } from '../missing.ts'

/** How each program tells its version. */
const VERSION_ARGUMENTS = {
  restic: ['version'],
  rclone: ['version'],
  litmus: ['--version'],
  vdirsyncer: ['--version'],
  khard: ['--version'],
  khal: ['--version'],
  radicale: ['--version'],
  xandikos: ['--version'],
  nextcloudcmd: ['--version'],
  openssl: ['version'],
  python3: ['--version'],
  sqlite3: ['--version'],
  unzip: ['-v'],
  chromium: ['--version'],
  adb: ['--version'],
  adbd: ['--version'],
  mksh: ['-c', 'echo "0.$KSH_VERSION" | sed "s/@.*R//"'],
  toybox: ['--version'],
  bwrap: ['--version'],
  idevicebackup2: ['--version'],
  cyrmaster: ['-V'],
} as const

export type PeerName = keyof typeof VERSION_ARGUMENTS

export interface Peer {
  name: PeerName
  /** Absolute path of the program. */
  path: string
  /** As in `0.19.1`. */
  version: string
}

/** Where build/setup.sh puts newer programs than the system has. */
const NEWER = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sidekeep-peers', 'bin')

function searchFolders(): string[] {
  return [NEWER, ...(process.env.PATH ?? '').split(delimiter)]
}

/** Every version of the program that is here, the newest first. */
export function findPeers(name: PeerName, folders = searchFolders()): Peer[] {
  const programs = folders.map((folder) => join(folder, name)).filter(isProgram)
  const peers = [...new Set(programs.map((path) => realpathSync(path)))].map((path) => ({
    name,
    path,
    version: readVersion(name, path),
  }))
  return peers.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))
}

/** The newest version of the program, if there is any. */
export function findPeer(name: PeerName): Peer | undefined {
  return findPeers(name)[0]
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function readVersion(name: PeerName, path: string): string {
  const { stdout, stderr } = spawnSync(path, VERSION_ARGUMENTS[name], { encoding: 'utf8', timeout: 20_000 })
  const version = /\d+(\.\d+)+/.exec(`${stdout}\n${stderr}`)?.[0]
  if (!version) throw new Error(`${path} does not tell its version: ${stdout}${stderr}`)
  return version
}

/** A suite that needs a program, in its newest version here; `suite` gets it. */
export function describePeer(name: PeerName, title: string, suite: (peer: Peer) => void): void {
  describePeers(name, title, suite, (peers) => peers.slice(0, 1))
}

/** The same suite once with every version of a program that is here. */
export function describeEachPeer(name: PeerName, title: string, suite: (peer: Peer) => void): void {
  describePeers(name, title, suite, (peers) => peers)
}

function describePeers(
  name: PeerName,
  title: string,
  suite: (peer: Peer) => void,
  choose: (peers: Peer[]) => Peer[],
): void {
  const peers = choose(findPeers(name))
  for (const peer of peers) describe(`${title} (${name} ${peer.version})`, () => suite(peer))
  if (peers.length > 0) return
  describe(`${title} (${name})`, () => {
    reportMissing(`needs ${name}, which is not installed; build/setup.sh brings it`)
  })
}

export interface RunResult {
  /** Exit status; null when a signal ended the program, a timeout's too. */
  code: number | null
  stdout: Buffer
  stderr: string
}

export interface RunOptions {
  cwd?: string
  /** Added to the environment of this process. */
  env?: Record<string, string>
  /** Written to its standard input, which is empty otherwise. */
  input?: string | Uint8Array
  /** Milliseconds after which it is killed; a minute unless told. */
  timeout?: number
}

/**
 * Runs a program to its end, without a shell. Unlike a synchronous call it leaves a server in this process free to answer it.
 * @throws the system's error when it cannot be started.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeout ?? 60_000,
      killSignal: 'SIGKILL',
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() })
    })
    // A program that does not read its input closes it early; that is no failure.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input)
  })
}
