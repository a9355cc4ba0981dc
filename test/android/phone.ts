/**
 * Phones made of real parts: Debian's `adbd` answers Debian's `adb` in a network of their own, where nobody else gets at them; only the
 * server's socket reaches out. What lies in a phone is a folder and a database here. It proves the protocol and our reading,
 * never how a phone behaves.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Manner } from './cable.ts'
import { clearTables } from './content-providers.ts'
import { type ContentStandIn, createContentStandIn } from './content-stand-in.ts'
import type { InsideSettings, Order } from './inside.ts'
import { makeRoot, programsHome } from './phone-root.ts'

export interface Phone {
  /** The ADB server's socket. */
  socket: string
  /** Its cable's own socket, past the server. */
  cable: string
  /** What is in `/sdcard`. */
  storage: string
  content: ContentStandIn
  /** What `am` was asked for. */
  intents(): Promise<string>
  /** Connects it; resolves when the server sees it. */
  plugIn(): Promise<void>
  unplug(): Promise<void>
  /** Bytes that went over its cable so far. */
  carried(): Promise<number>
  /** What becomes of the cable once it has carried so many more bytes; until it is plugged in again. */
  after(bytes: number, what: 'pulled' | 'silent'): Promise<void>
  /** How it behaves to whoever connects from now on. */
  behave(manner: Manner): Promise<void>
  /** Its owner taps Allow. */
  allow(): Promise<void>
  /** Empties it, as its settings do. It gets a new identity. */
  reset(): Promise<void>
  stop(): Promise<void>
}

/** Programs that build/setup.sh brings. */
export interface PhonePrograms {
  adb: string
  adbd: string
  bwrap: string
  mksh: string
  toybox: string
}

const PROJECT = join(import.meta.dirname, '../..')
const NODE = join(PROJECT, 'node_modules/node/bin/node')
/** Not the usual one, at which the server looks for emulators by itself. */
const FIRST_PORT = 15555

/** A phone that is not yet plugged in. */
export async function startPhone({
  serial,
  ...programs
}: PhonePrograms & { serial: string }): Promise<Phone> {
  const [phone] = await startPhones(programs, [serial])
  return phone!
}

/** Phones of one computer, none of them plugged in; to stop one is to stop all. */
export async function startPhones(programs: PhonePrograms, serials: readonly string[]): Promise<Phone[]> {
  const home = await mkdtemp(join(tmpdir(), 'sidekeep-phone-'))
  const run = join(home, 'run')
  await mkdir(run)
  const roots = await Promise.all(
    serials.map((serial, n) =>
      makeRoot({
        ...programs,
        serial,
        model: 'Pixel 8',
        home: join(home, serial),
        port: FIRST_PORT + 10 * n,
      }),
    ),
  )
  const cableOf = (phone: number) => join(run, `cable-${phone}.sock`)
  const settings: InsideSettings = {
    adb: programs.adb,
    run,
    phones: roots.map(({ command, data }, n) => ({
      command,
      database: join(data, 'phone.db'),
      socket: cableOf(n),
      port: FIRST_PORT + 10 * n,
    })),
  }
  const contents = roots.map(({ data }) => createContentStandIn(join(data, 'phone.db')))
  const inside = spawn(programs.bwrap, [...wrapping(programs, home), NODE, ...program(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const tell = teller(inside)
  const socket = join(run, 'adb.sock')

  async function stop(): Promise<void> {
    if (inside.exitCode === null && inside.signalCode === null) {
      const ended = once(inside, 'exit')
      inside.kill('SIGKILL')
      await ended
    }
    for (const { database } of contents) if (database.isOpen) database.close()
    await rm(home, { recursive: true, force: true })
  }

  try {
    await Promise.race([appears(socket), failure(inside)])
  } catch (error) {
    await stop()
    throw error
  }
  return Promise.all(
    roots.map(async ({ storage, data }, phone) => {
      const content = contents[phone]!
      const renew = () => writeFile(join(data, 'android_id'), randomBytes(8).toString('hex'))
      await renew()
      return {
        ...{ socket, cable: cableOf(phone), storage, content, stop },
        intents: () => readFile(join(data, 'am.log'), 'utf8'),
        plugIn: async () => void (await tell({ phone, order: 'plugIn' })),
        unplug: async () => void (await tell({ phone, order: 'unplug' })),
        carried: async () => Number(await tell({ phone, order: 'carried' })),
        after: async (bytes, what) => void (await tell({ phone, order: 'after', bytes, what })),
        behave: async (manner) => void (await tell({ phone, order: 'manner', manner })),
        allow: async () => void (await tell({ phone, order: 'allow' })),
        async reset() {
          clearTables(content.database)
          for (const name of await readdir(storage)) await rm(join(storage, name), { recursive: true })
          await renew()
        },
      } satisfies Phone
    }),
  )
}

/** A root with a network of its own, in which 127.0.0.1 is nobody else's. */
function wrapping({ adb, adbd }: PhonePrograms, home: string): string[] {
  const folders = [...new Set([programsHome(adb), programsHome(adbd), PROJECT])]
  return [
    ...['--unshare-net', '--unshare-pid', '--die-with-parent', '--clearenv'],
    ...['--ro-bind', '/usr', '/usr', '--ro-bind', '/etc', '/etc'],
    ...['bin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...['--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--tmpfs', '/root'],
    ...[...folders.flatMap((folder) => ['--ro-bind', folder, folder]), '--bind', home, home],
    ...['--setenv', 'HOME', '/root', '--setenv', 'PATH', '/usr/bin:/bin'],
    // By this Node speaks with its parent.
    ...['--setenv', 'NODE_CHANNEL_FD', '3', '--setenv', 'NODE_CHANNEL_SERIALIZATION_MODE', 'json'],
  ]
}

function program(settings: InsideSettings): string[] {
  const file = join(import.meta.dirname, 'inside.ts')
  return ['--disable-warning=ExperimentalWarning', file, JSON.stringify(settings)]
}

/** Gives orders to the process inside. @throws what it answers with, or when it ends. */
function teller(inside: ChildProcess): (order: Order) => Promise<unknown> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  inside.on('message', ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve(answer)
    else waiting.get(id)?.reject(new Error(error))
    waiting.delete(id)
  })
  inside.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the phone has ended'))
  })
  return (order) => {
    const answered = Promise.withResolvers<unknown>()
    waiting.set(++last, answered)
    inside.send({ id: last, ...order })
    return answered.promise
  }
}

async function failure(inside: ChildProcess): Promise<never> {
  const [code] = await once(inside, 'exit')
  throw new Error(`the phone's own network cannot be made: bwrap ended with ${code}`)
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
