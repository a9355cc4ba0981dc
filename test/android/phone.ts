/**
 * A phone made of real parts: Debian's `adbd` answers Debian's `adb` in a network of their own, where nobody else gets at them; only the
 * server's socket reaches out. What lies in the phone is a folder and a database here. It proves the protocol and our reading,
 * never how a phone behaves.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type ContentStandIn, createContentStandIn } from './content-stand-in.ts'

export interface Phone {
  /** The ADB server's socket. */
  socket: string
  /** What is in `/sdcard`. */
  storage: string
  content: ContentStandIn
  /** What `am` was asked for. */
  intents(): Promise<string>
  /** Connects it; resolves when the server sees it. */
  plugIn(): Promise<void>
  unplug(): void
  stop(): Promise<void>
}

export interface PhoneSettings {
  /** Programs that build/setup.sh brings. */
  adb: string
  adbd: string
  bwrap: string
  serial: string
}

const PROJECT = join(import.meta.dirname, '../..')
const NODE = join(PROJECT, 'node_modules/node/bin/node')

export async function startPhone({ adb, adbd, bwrap, serial }: PhoneSettings): Promise<Phone> {
  const home = await mkdtemp(join(tmpdir(), 'sidekeep-phone-'))
  const [storage, programs, run, data] = ['storage', 'system', 'run', 'data'].map((name) =>
    join(home, name),
  ) as [string, string, string, string]
  for (const folder of [storage, programs, run, data]) await mkdir(folder)
  const content = createContentStandIn(join(data, 'phone.db'))
  content.database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 10000')
  const scripts = {
    content: `exec '${NODE}' --disable-warning=ExperimentalWarning '${PROJECT}/test/android/content-program.ts' /data/phone.db "$@"`,
    getprop: `case $1 in ro.serialno) echo ${serial};; ro.product.model) echo 'Pixel 8';; *) echo;; esac`,
    settings: 'echo 0123456789abcdef',
    am: 'echo "$@" >>/data/am.log; echo 0',
  }
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  const { process: server, socket } = startServer()
  await appears(socket)

  /** A process inside the phone's root. With `--unshare-net`, 127.0.0.1 is the phone's own. */
  function startServer(): { process: ChildProcess; socket: string } {
    const peers = [adb, adbd].map((program) => dirname(dirname(program)))
    const script = [
      // Not the usual one, at which the server looks for emulators by itself.
      'export ADBD_PORT=15555',
      `'${adbd}' >/run/phone/adbd.log 2>&1 &`,
      'ADBD=$!',
      `'${adb}' -L localfilesystem:/run/phone/adb.sock server nodaemon >/run/phone/adb.log 2>&1 &`,
      'export ADB_SERVER_SOCKET=localfilesystem:/run/phone/adb.sock',
      'while read -r word; do case $word in',
      `plug) '${adb}' connect 127.0.0.1:15555;;`,
      // The cable is pulled as far as the server can see: its connection ends in the middle of whatever it carries.
      `unplug) kill -9 $ADBD; '${adb}' disconnect >/dev/null; '${adbd}' >/run/phone/adbd.log 2>&1 & ADBD=$!;;`,
      'esac; done',
    ].join('\n')
    const root = [
      ...['--unshare-net', '--unshare-pid', '--die-with-parent', '--clearenv'],
      ...['--ro-bind', '/usr', '/usr', '--ro-bind', '/etc', '/etc'],
      ...['bin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
      ...['--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--tmpfs', '/root'],
      ...[...peers, PROJECT].flatMap((folder) => ['--ro-bind', folder, folder]),
      ...['--bind', run, '/run/phone', '--bind', data, '/data', '--ro-bind', programs, '/system/bin'],
      ...['--bind', storage, '/storage/emulated/0', '--symlink', 'storage/emulated/0', '/sdcard'],
      ...['--setenv', 'HOME', '/root', '--setenv', 'PATH', '/system/bin:/usr/bin:/bin'],
    ]
    const process = spawn(bwrap, [...root, '/bin/bash', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    return { process, socket: join(run, 'adb.sock') }
  }

  return {
    socket,
    storage,
    content,
    intents: () => readFile(join(data, 'am.log'), 'utf8'),
    async plugIn() {
      for (let tries = 1; ; tries++) {
        server.stdin!.write('plug\n')
        const [said] = await once(server.stdout!, 'data')
        if (/^connected to/.test(String(said))) return
        if (tries === 50) throw new Error(`the phone cannot be connected: ${said}`)
        await setTimeout(100)
      }
    },
    unplug() {
      server.stdin!.write('unplug\n')
    },
    async stop() {
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
      content.database.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function appears(path: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      return await access(path)
    } catch {
      await setTimeout(50)
    }
  }
  throw new Error(`${path} does not appear`)
}
