/** The servers that benchmarks run against, each in its own process on loopback: Radicale, Xandikos and rclone's WebDAV. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeLeaf, makeRoot } from '../../main/tls/authority.ts'
import { realWorld } from '../../main/world.ts'
import { findPeer, type Peer, type PeerName } from '../peers/peers.ts'
import { createLoadClient } from './load.ts'

export interface Server {
  /** With its version. */
  who: string
  pid: number
  /** The address book or folder to work in; ends with `/`. */
  base: URL
  credentials?: { user: string; password: string }
  /** Where it speaks TLS: the root certificate to trust, in PEM form. */
  root?: string
  stop(): Promise<void>
}

/** @throws Error when it is not here. */
export function requirePeer(name: PeerName): Peer {
  const peer = findPeer(name)
  if (!peer) throw new Error(`This benchmark needs ${name}; build/setup.sh brings it.`)
  return peer
}

/** Radicale with its defaults but a password file in place of "let everyone in", and with an address book. A folder that it served before is served again. */
export async function startRadicale(folder: string): Promise<Server> {
  const radicale = requirePeer('radicale')
  mkdirSync(folder, { recursive: true })
  const credentials = { user: 'bench', password: 'bench' }
  const users = join(folder, 'users')
  writeFileSync(users, `${credentials.user}:${credentials.password}\n`)
  const port = await freePort()
  const settings = {
    server: { hosts: `127.0.0.1:${port}` },
    auth: { type: 'htpasswd', htpasswd_filename: users, htpasswd_encryption: 'plain', delay: '0' },
    storage: { filesystem_folder: join(folder, 'collections') },
    logging: { level: 'error' },
  }
  const isNew = !existsSync(join(folder, 'collections'))
  const config = join(folder, 'config')
  writeFileSync(
    config,
    Object.entries(settings)
      .map(([section, values]) =>
        [`[${section}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
      )
      .join('\n'),
  )
  const process = await startProcess(radicale, ['--config', config], port)
  const base = new URL(`http://127.0.0.1:${port}/bench/contacts/`)
  if (isNew) {
    const client = createLoadClient(base, credentials)
    await client.send('MKCOL', '', MAKE_BOOK, { 'content-type': 'application/xml' })
    client.close()
  }
  return { who: named(radicale), base, credentials, ...process }
}

// Extended MKCOL (RFC 5689).
const MAKE_BOOK = `<?xml version="1.0" encoding="utf-8"?>
<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><set><prop>
<resourcetype><collection/><C:addressbook/></resourcetype><displayname>Contacts</displayname>
</prop></set></mkcol>`

/** Xandikos with the address book it makes by itself. It has no passwords. */
export async function startXandikos(folder: string): Promise<Server> {
  const xandikos = requirePeer('xandikos')
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const options = ['--defaults', '--current-user-principal', '/bench/', '-l', '127.0.0.1', '-p', String(port)]
  const process = await startProcess(xandikos, ['-d', folder, ...options], port)
  return {
    who: named(xandikos),
    base: new URL(`http://127.0.0.1:${port}/bench/contacts/addressbook/`),
    ...process,
  }
}

/**
 * Puts cards into Xandikos' book in one commit to its Git store, while it does not run; by PUT, 5,000 take six minutes.
 * The folder has been served once, so that the book is there.
 */
export function fillXandikos(folder: string, cards: Iterable<{ name: string; bytes: Buffer }>): void {
  const book = join(folder, 'bench', 'contacts', 'addressbook')
  for (const { name, bytes } of cards) writeFileSync(join(book, name), bytes)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@home.example', ...args], {
      cwd: book,
    })
  git('add', '.')
  git('commit', '--quiet', '--message', 'Fill')
}

/** rclone's WebDAV server over a folder, with its defaults. */
export async function startRclone(folder: string): Promise<Server> {
  const rclone = requirePeer('rclone')
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const process = await startProcess(rclone, ['serve', 'webdav', folder, '--addr', `127.0.0.1:${port}`], port)
  return { who: named(rclone), base: new URL(`http://127.0.0.1:${port}/`), ...process }
}

/** The same over TLS, with a certificate such as Sidekeep has. */
export async function startRcloneOverTls(folder: string): Promise<Server> {
  const rclone = requirePeer('rclone')
  const [files, cert, key] = ['files', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as Three
  mkdirSync(files, { recursive: true })
  const root = await makeRoot(realWorld, 'bench')
  const leaf = await makeLeaf(realWorld, root, ['127.0.0.1'])
  writeFileSync(cert, leaf.certificate)
  writeFileSync(key, leaf.key)
  const port = await freePort()
  const secured = ['--addr', `127.0.0.1:${port}`, '--cert', cert, '--key', key]
  // Asked in clear, it answers 400: it is there.
  const process = await startProcess(rclone, ['serve', 'webdav', files, ...secured], port)
  return {
    who: named(rclone),
    base: new URL(`https://127.0.0.1:${port}/`),
    root: root.certificate,
    ...process,
  }
}

type Three = [string, string, string]

export function named({ name, version }: Peer): string {
  return `${name} ${version}`
}

// These servers cannot be asked to choose a port and tell it; between here and their start it may be taken, which fails aloud.
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const START_TIMEOUT_MS = 30_000

async function startProcess(
  peer: Peer,
  args: string[],
  port: number,
): Promise<{ pid: number; stop(): Promise<void> }> {
  const child = endWithUs(spawn(peer.path, args, { stdio: ['ignore', 'ignore', 'pipe'] }))
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000)
  })
  const failed = () => new Error(`${peer.path} ${args.join(' ')} did not start:\n${errors}`)
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) throw failed()
    if (await answers(port)) return { pid: child.pid, stop: () => stopProcess(child) }
    if (performance.now() > deadline) {
      await stopProcess(child)
      throw failed()
    }
    await pause(50)
  }
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`, { method: 'OPTIONS' }).then(
    () => true,
    () => false,
  )
}

/** No server outlives a benchmark that fails or is stopped. */
export function endWithUs<Child extends ChildProcess>(child: Child): Child {
  const end = () => child.kill('SIGKILL')
  process.prependOnceListener('exit', end)
  child.once('exit', () => process.off('exit', end))
  return child
}

/** Asks it to end, and waits until it has. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}
