/** Sidekeep as its owner runs it: the command line in processes of its own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { type Finished, timeProgram } from './measure.ts'
import { endWithUs, type Server, stopProcess } from './servers.ts'

const COMMAND = [
  '--disable-warning=ExperimentalWarning',
  join(import.meta.dirname, '..', '..', 'main', 'host', 'sidekeep.ts'),
]

const Paired = z.object({
  user: z.string(),
  password: z.string(),
  carddav: z.url(),
  caldav: z.url(),
  files: z.url(),
})

const Phones = z.array(z.object({ name: z.string() }))

/** A running `sidekeep serve` with one phone paired; `base` is its address book. */
export interface SidekeepServer extends Server {
  calendar: URL
  files: URL
}

export const PHONE = 'Bench phone'

/** Runs one command to its end, on the data folder. */
export function sidekeep(data: string, ...args: string[]): Promise<Finished> {
  return timeProgram(process.execPath, [...COMMAND, ...args, '--data', data, '--json'])
}

/** Serves the data folder, with one phone; automatic backups are off, so that none comes in between. */
export async function startSidekeep(data: string): Promise<SidekeepServer> {
  await sidekeep(data, 'schedule', 'off')
  const args = [...COMMAND, 'serve', '--data', data, '--port', '0', '--no-tls', '--json']
  const child = endWithUs(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
  const { pid } = child
  if (pid === undefined) throw new Error('Sidekeep could not be started.')
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', (code) => reject(new Error(`sidekeep serve ended with ${code} before it answered`))),
  )
  ended.catch(() => undefined)
  const ready = new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve))
  z.object({ url: z.url() }).parse(JSON.parse(await Promise.race([ready, ended])))
  const { user, password, carddav, caldav, files } = await pair(data)
  return {
    who: 'Sidekeep',
    pid,
    base: new URL(carddav),
    calendar: new URL(caldav),
    files: new URL(files),
    credentials: { user, password },
    stop: () => stopProcess(child),
  }
}

/** Passwords are told once, so that a phone from an earlier start is paired anew; its data stays. */
async function pair(data: string): Promise<z.infer<typeof Paired>> {
  const phones = Phones.parse(JSON.parse((await sidekeep(data, 'phones', 'list')).stdout))
  if (phones.some(({ name }) => name === PHONE)) await sidekeep(data, 'phones', 'remove', PHONE)
  return Paired.parse(JSON.parse((await sidekeep(data, 'phones', 'add', PHONE)).stdout))
}
