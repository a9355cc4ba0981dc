/** Runs in a network of its own, where nobody else gets at it: the ADB server, and phones on their cables. Obeys its parent's orders. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { takeTurns } from '../../main/turns.ts'
import { type Cable, createCable, type Manner } from './cable.ts'
import { serveContent } from './content-server.ts'
import { createContentStandIn } from './content-stand-in.ts'

export interface InsideSettings {
  adb: string
  /** Where sockets and logs go. */
  run: string
  phones: PhoneInside[]
}

export interface PhoneInside {
  /** Its adbd in its own root, as a command. */
  command: readonly string[]
  database: string
  /** By which its cable is reached from outside, past the ADB server. */
  socket: string
  /** Of its adbd; the next two are the cable's and its `content`'s. */
  port: number
}

/** What the parent may ask for; each is answered. */
export type Order = { phone: number } & (
  | { order: 'plugIn' | 'unplug' | 'allow' | 'carried' }
  | { order: 'after'; bytes: number; what: 'pulled' | 'silent' }
  | { order: 'manner'; manner: Manner }
)

const { adb, run, phones }: InsideSettings = JSON.parse(process.argv[2]!)
const serverSocket = `localfilesystem:${join(run, 'adb.sock')}`

function start(command: readonly string[], log: string): ChildProcess {
  const file = openSync(join(run, log), 'a')
  return spawn(command[0]!, command.slice(1), { stdio: ['ignore', file, file] })
}

/** What an `adb` client says, whatever its exit status. */
async function ask(...args: string[]): Promise<string> {
  try {
    const env = { ...process.env, ADB_SERVER_SOCKET: serverSocket }
    return (await promisify(execFile)(adb, args, { env, timeout: 20_000 })).stdout
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error)
  }
}

async function startPhone({ command, database, socket, port }: PhoneInside) {
  serveContent(createContentStandIn(database).database, port + 2)
  const address = `127.0.0.1:${port + 1}`
  let adbd: ChildProcess | null = null
  let noticed: Promise<unknown> = Promise.resolve()
  const cable: Cable = await createCable(port + 1, port, () => {
    noticed = ask('disconnect', address)
  })
  createServer((outside) => {
    pipeline(outside, connect(port + 1, '127.0.0.1'), outside, () => undefined)
  }).listen(socket)

  return {
    cable,
    async plugIn(): Promise<string> {
      await noticed
      adbd ??= start(command, `adbd-${port}.log`)
      cable.plugIn()
      for (let tries = 1; ; tries++) {
        const said = await ask('connect', address)
        // A phone that does not let this computer in is plugged in all the same.
        if (/^(already )?connected to|failed to authenticate/.test(said)) return said
        if (tries === 50) throw new Error(`the phone cannot be connected: ${said}`)
        await setTimeout(100)
      }
    },
    /** Hard, in the middle of whatever it carries. */
    async unplug(): Promise<void> {
      cable.pull()
      await ask('disconnect', address)
      if (!adbd) return
      const ended = once(adbd, 'exit')
      adbd.kill('SIGKILL')
      await ended
      adbd = null
    },
  }
}

start([adb, '-L', serverSocket, 'server', 'nodaemon'], 'adb.log')
const started = await Promise.all(phones.map(startPhone))

async function obey(order: Order): Promise<unknown> {
  const phone = started[order.phone]!
  switch (order.order) {
    case 'plugIn':
      return phone.plugIn()
    case 'unplug':
      return phone.unplug()
    case 'allow':
      return phone.cable.allow()
    case 'carried':
      return phone.cable.carried()
    case 'after':
      return phone.cable.after(order.bytes, order.what)
    case 'manner':
      return phone.cable.setManner(order.manner)
  }
}

// One after the other: what was unplugged is so before it is plugged in again.
const takeTurn = takeTurns()
process.on('message', async ({ id, ...order }: Order & { id: number }) => {
  try {
    process.send!({ id, answer: await takeTurn(() => obey(order as Order)) })
  } catch (error) {
    process.send!({ id, error: String(error) })
  }
})
process.on('disconnect', () => process.exit())
