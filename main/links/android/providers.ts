/** A phone's contacts and calendars, as whoever uses it at this moment has them; and what of them is closed to us, said beforehand. */
import { Problem } from '../../problem.ts'
import { ianaZone } from '../../replica/index/icalendar/zone-names.ts'
import { CALENDAR } from './calendar-rows.ts'
import { CONTACTS } from './contact-rows.ts'
import { type ContentTool, createContentTool } from './content-tool.ts'
import { type ContentWriter, createContentWriter } from './content-writer.ts'
import type { Device } from './device.ts'
import type { Shell } from './shell.ts'

export interface Providers {
  tool: ContentTool
  writer: ContentWriter
  /** Number of the phone's user, 0 for its owner. */
  user: number
  /** Set anew at each reset: sets things apart that have no identity but their number. Empty when the phone does not tell. */
  identity: string
  /** IANA name of its time zone. */
  zone: string
}

export async function openProviders(device: Pick<Device, 'shell' | 'write'>): Promise<Providers> {
  const { shell } = device
  const told = await firstLine(shell, ['am', 'get-current-user'])
  const user = /^\d+$/.test(told) ? Number(told) : 0
  const zone = await firstLine(shell, ['getprop', 'persist.sys.timezone'])
  return {
    ...{ user, identity: await androidIdOf(shell, user), zone: ianaZone(zone) ? zone : 'UTC' },
    tool: createContentTool(shell, user),
    writer: createContentWriter(device, user),
  }
}

const TRIED = {
  contacts: { uri: `${CONTACTS}/raw_contacts`, name: 'contacts' },
  calendar: { uri: `${CALENDAR}/calendars`, name: 'calendars' },
} as const

/** Switches that makers have added, without which nothing may be read. */
const SWITCHES: [makers: RegExp, sentence: string][] = [
  [
    /xiaomi|redmi|poco/i,
    'In the phone’s developer options, switch on “USB debugging (Security settings)” too; it asks for a Mi account and a SIM card.',
  ],
  [
    /oppo|realme|oneplus/i,
    'In the phone’s developer options, switch on “Disable permission monitoring”, then plug the phone in again.',
  ],
  [/vivo|iqoo/i, 'In the phone’s developer options, switch on “USB security operations” too.'],
]
const ANY_SWITCH =
  'Look in the phone’s developer options for a second switch, such as “USB debugging (Security settings)”. On a phone that an employer manages, its administrator may forbid it.'

/** Reads a row at most. @throws Problem `not-allowed` with what to do on a phone of this maker. */
export async function checkAccess(
  shell: Shell,
  { tool }: Providers,
  kind: keyof typeof TRIED,
): Promise<void> {
  try {
    await tool.tryOne(TRIED[kind].uri)
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'not-allowed')) throw error
    const maker = await firstLine(shell, ['getprop', 'ro.product.manufacturer'])
    throw new Problem(
      'not-allowed',
      `The phone does not let its ${TRIED[kind].name} be read over USB debugging.`,
      SWITCHES.find(([makers]) => makers.test(maker))?.[1] ?? ANY_SWITCH,
      { cause: error },
    )
  }
}

/** In `UserInfo` of AOSP. */
const MANAGED_PROFILE = 0x20

/** Names of work profiles that run beside the user: what is in them is their employer's, and not read. */
export async function listWorkProfiles(shell: Shell): Promise<string[]> {
  const { stdout } = await shell(['pm', 'list', 'users'])
  return [...stdout.matchAll(/UserInfo\{\d+:(.*):([\da-f]+)\} running$/gm)].flatMap(([, name, flags]) =>
    (Number.parseInt(flags!, 16) & MANAGED_PROFILE) === 0 ? [] : [name!],
  )
}

/** A reset gives the phone, and each of its users, another one. Empty when it does not tell. */
export async function androidIdOf(shell: Shell, user = 0): Promise<string> {
  const whose = user === 0 ? [] : ['--user', String(user)]
  const said = await firstLine(shell, ['settings', ...whose, 'get', 'secure', 'android_id'])
  return said === 'null' ? '' : said
}

/** The first line that a program says; empty when there is no such program. */
export async function firstLine(shell: Shell, argv: readonly string[]): Promise<string> {
  const { stdout, exitCode } = await shell(argv)
  return exitCode === 0 ? stdout.trim().split('\n', 1)[0]!.trim() : ''
}
