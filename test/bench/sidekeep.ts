/** Sidekeep as its owner runs it: a served engine in a process of its own, asked by phones, by its control side and by commands. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { type Connection, connect } from '../../main/host/connect.ts'
import { rootFile } from '../../main/tls/own-certificate.ts'
import { SIDEKEEP } from '../program.ts'
import { type Finished, timeProgram } from './measure.ts'
import { endWithUs, type Server, stopProcess } from './servers.ts'

export const PHONE = 'Bench phone'

export interface SidekeepEngine {
  who: string
  pid: number
  /** Where phones reach it. */
  url: string
  /** Over TLS: the root certificate to trust, in PEM form. */
  root?: string
  /** Calls a method of the contract, over the engine's control side. */
  call: Connection['call']
  stop(): Promise<void>
}

/** An engine with one phone paired; `base` is its address book. */
export interface SidekeepServer extends SidekeepEngine, Server {
  calendar: URL
  files: URL
}

/** Runs one command to its end, on the data folder. */
export function sidekeep(data: string, ...args: string[]): Promise<Finished> {
  return timeProgram(process.execPath, [...SIDEKEEP, ...args, '--data', data, '--json'])
}

/** Serves a data folder; automatic backups are off, so that none comes in between. @param tls by its own root. */
export async function serveSidekeep(data: string, tls = false): Promise<SidekeepEngine> {
  const here = await connect(data, console.error)
  await here.call('schedule.set', { plan: null })
  await here.close()
  const side = tls ? ['--host', '127.0.0.1', '--no-announce'] : ['--no-tls']
  const args = [...SIDEKEEP, 'serve', '--data', data, '--port', '0', ...side, '--json']
  const child = endWithUs(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
  const { pid } = child
  if (pid === undefined) throw new Error('Sidekeep could not be started.')
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', (code) => reject(new Error(`sidekeep serve ended with ${code} before it answered`))),
  )
  ended.catch(() => undefined)
  const ready = new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve))
  const { url } = z.object({ url: z.url() }).parse(JSON.parse(await Promise.race([ready, ended])))
  const { call } = await connect(data, console.error)
  const root = tls ? { root: readFileSync(rootFile(join(data, 'tls')), 'utf8') } : {}
  return { who: 'Sidekeep', pid, url, ...root, call, stop: () => stopProcess(child) }
}

/** Serves a data folder with a phone, paired now or before. */
export async function startSidekeep(data: string, tls = false): Promise<SidekeepServer> {
  const engine = await serveSidekeep(data, tls)
  const isKnown = (await engine.call('phones.list', {})).some(({ name }) => name === PHONE)
  const { user, password, carddav, caldav, files } = isKnown
    ? await engine.call('phones.renewPassword', { phone: PHONE })
    : await engine.call('phones.add', { name: PHONE })
  return {
    ...engine,
    base: new URL(carddav),
    calendar: new URL(caldav),
    files: new URL(files),
    credentials: { user, password },
  }
}
