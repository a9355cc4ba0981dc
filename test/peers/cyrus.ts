/**
 * Cyrus IMAP's server for CardDAV and CalDAV, in a folder of its own. Nothing of the system's configuration is used, and no mail is
 * served. It never runs as root: started by root, it becomes the user that its package made.
 */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, named, requirePeer, type Server } from '../bench/servers.ts'

/** What it takes passwords by: PLAIN is Basic in HTTP, DIGEST-MD5 is Digest. */
export type Mechanism = 'PLAIN' | 'DIGEST-MD5'

export const CYRUS_USERS = ['bench', 'other'] as const

/** With an address book and a calendar, both called Default, for each user, whose password is `bench`. A folder that it served before is served again. */
export async function startCyrus(folder: string, mechanism: Mechanism = 'PLAIN'): Promise<Server> {
  const cyrus = requirePeer('cyrmaster')
  const isNew = !existsSync(folder)
  const port = await freePort()
  if (isNew) lay(folder)
  configure(folder, port, mechanism)
  giveAway(folder)
  // A group of its own, since it ends its helpers by telling the whole group.
  const files = ['-C', at(folder, 'imapd.conf'), '-M', at(folder, 'cyrus.conf'), '-p', at(folder, 'pid')]
  const child = spawn(cyrus.path, [...files, '-D'], { stdio: 'ignore', detached: true })
  const end = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // All of it has ended already.
    }
  }
  const endAtExit = () => end('SIGKILL')
  process.once('exit', endAtExit)
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    end('SIGTERM')
    await exited
    process.off('exit', endAtExit)
    // A socket can't be copied, as tests do with the folder.
    rmSync(lmtpOf(folder), { force: true })
  }
  const base = new URL(`http://127.0.0.1:${port}/dav/addressbooks/user/bench/Default/`)
  try {
    await until(() => answers(base))
    if (isNew) for (const user of CYRUS_USERS) await welcome(folder, base, user, mechanism)
  } catch (error) {
    await stop()
    throw error
  }
  const credentials = { user: 'bench', password: 'bench' }
  return { who: named(cyrus), pid: child.pid!, base, credentials, stop }
}

const at = (folder: string, name: string) => join(folder, name)

const FOLDERS = ['db', 'lock', 'log', 'msg', 'proc', 'quota', 'socket', 'user']

function lay(folder: string): void {
  for (const name of FOLDERS) mkdirSync(join(folder, 'conf', name), { recursive: true })
  mkdirSync(at(folder, 'spool'))
  for (const user of CYRUS_USERS) {
    const args = ['-p', '-c', '-f', at(folder, 'sasldb'), '-u', 'localhost', user]
    execFileSync('saslpasswd2', args, { input: 'bench', env: { ...process.env, PATH: SEARCHED } })
  }
}

const SEARCHED = `${process.env.PATH}:/usr/sbin`

function configure(folder: string, port: number, mechanism: Mechanism): void {
  const settings = {
    configdirectory: at(folder, 'conf'),
    defaultpartition: 'default',
    'partition-default': at(folder, 'spool'),
    cyrus_user: isRoot() ? 'cyrus' : userInfo().username,
    servername: 'localhost',
    sasl_pwcheck_method: 'auxprop',
    sasl_auxprop_plugin: 'sasldb',
    sasl_sasldb_path: at(folder, 'sasldb'),
    sasl_mech_list: mechanism,
    allowplaintext: mechanism === 'PLAIN' ? 'yes' : 'no',
    httpmodules: 'carddav caldav',
    // A user's mailbox, without which there are no address books, is made when the first letter comes.
    autocreate_quota: '0',
    autocreate_post: 'yes',
    unixhierarchysep: 'yes',
    altnamespace: 'yes',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`)
  writeFileSync(at(folder, 'imapd.conf'), lines.join(''))
  const command = (name: string) => `cmd="${name} -C ${at(folder, 'imapd.conf')}"`
  writeFileSync(
    at(folder, 'cyrus.conf'),
    `START {\n  recover ${command('ctl_cyrusdb')} -r\n}
SERVICES {
  http ${command('httpd')} listen="127.0.0.1:${port}" prefork=1
  lmtp ${command('lmtpd')} listen="${lmtpOf(folder)}" prefork=0
}
EVENTS {\n}\nDAEMON {\n}\n`.replace(/" -r/, ' -r"'),
  )
}

function lmtpOf(folder: string): string {
  return join(folder, 'conf', 'socket', 'lmtp')
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function giveAway(folder: string): void {
  if (!isRoot()) return
  // A test's folder is its owner's alone; it must be passed through.
  chmodSync(dirname(folder), 0o711)
  execFileSync('chown', ['-R', 'cyrus:mail', folder])
}

/** Makes the user's mailbox, and with the first request what belongs to it. */
async function welcome(folder: string, base: URL, user: string, mechanism: Mechanism): Promise<void> {
  await announceLetter(lmtpOf(folder), user)
  if (mechanism !== 'PLAIN') return
  const authorization = `Basic ${Buffer.from(`${user}:bench`).toString('base64')}`
  const { status } = await fetch(new URL(`/dav/principals/user/${user}/`, base), {
    method: 'PROPFIND',
    headers: { authorization, depth: '0' },
  })
  if (status !== 207) throw new Error(`Cyrus answers ${status} to ${user}`)
}

/** Says by LMTP (RFC 2033) that there is a letter for the user, and then sends none. */
async function announceLetter(path: string, user: string): Promise<void> {
  const socket = connect(path)
  try {
    const answers = createInterface(socket)[Symbol.asyncIterator]()
    for (const order of [null, 'LHLO test', 'MAIL FROM:<>', `RCPT TO:<${user}>`]) {
      if (order !== null) socket.write(`${order}\r\n`)
      let line: string
      // Of an answer in several lines all but the last have a dash behind the number.
      do line = (await answers.next()).value ?? ''
      while (line[3] === '-')
      if (!line.startsWith('2')) throw new Error(`Cyrus answered “${line}” to ${order}`)
    }
  } finally {
    socket.destroy()
  }
}

async function answers(url: URL): Promise<boolean> {
  return fetch(url, { method: 'OPTIONS' }).then(
    () => true,
    () => false,
  )
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('Cyrus did not start')
    await pause(50)
  }
}
