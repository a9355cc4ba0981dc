/** A computer that keeps its contacts and calendars in folders and syncs them with vdirsyncer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PairedPhone } from './dav-fixture.ts'
import { type Peer, run } from './peers.ts'

export interface Computer extends Disposable {
  folder: string
  /** Folder of the address book, with a file for each card. */
  contacts: string
  /** Folder of the calendar, with a file for each event. */
  calendar: string
  /** Looks for collections, and makes those that are only on one side. */
  discover(): Promise<void>
  sync(): Promise<void>
  metasync(): Promise<void>
  /** The same as `sync`, which may fail. */
  trySync(): Promise<{ code: number | null; stderr: string }>
}

/**
 * @param conflict who wins; null leaves a conflict to the user.
 * @param trust how it knows the server's certificate, in vdirsyncer's words.
 */
export function createComputer(
  { path }: Pick<Peer, 'path'>,
  base: string,
  phone: PairedPhone,
  conflict: 'a wins' | 'b wins' | null = 'b wins',
  trust: { verify?: string; verify_fingerprint?: string } = {},
): Computer {
  const folder = mkdtempSync(join(tmpdir(), 'sidekeep-vdir-'))
  const contacts = join(folder, 'contacts', 'contacts')
  const calendar = join(folder, 'calendars', 'calendar')
  for (const one of [contacts, calendar]) mkdirSync(one, { recursive: true })
  const pair = (name: string, kind: string, fileExtension: string, metadata: string[]) => `
[pair ${name}]
a = "${name}_here"
b = "${name}_there"
collections = ["from a", "from b"]
metadata = ${JSON.stringify(metadata)}
${conflict === null ? '' : `conflict_resolution = "${conflict}"`}
[storage ${name}_here]
type = "filesystem"
path = "${join(folder, name)}"
fileext = "${fileExtension}"
[storage ${name}_there]
type = "${kind}"
url = "${base}/"
username = "${phone.user}"
password = "${phone.password}"
${Object.entries(trust)
  .map(([key, value]) => `${key} = "${value}"`)
  .join('\n')}
`
  const config = join(folder, 'config')
  writeFileSync(
    config,
    `[general]
status_path = "${join(folder, 'status')}"
${pair('contacts', 'carddav', '.vcf', ['displayname'])}
${pair('calendars', 'caldav', '.ics', ['displayname', 'color'])}
`,
  )
  const vdirsyncer = (command: string) => run(path, ['-c', config, command], { input: 'y\n'.repeat(20) })
  const mustRun = async (command: string) => {
    const { code, stderr } = await vdirsyncer(command)
    if (code !== 0) throw new Error(`vdirsyncer ${command} failed: ${stderr}`)
  }
  return {
    folder,
    contacts,
    calendar,
    discover: () => mustRun('discover'),
    sync: () => mustRun('sync'),
    metasync: () => mustRun('metasync'),
    trySync: () => vdirsyncer('sync'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
