/** The accounts that their owner told us of, and how things stood with each when it was last asked. Passwords are no part of it. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import type { LinkMemory } from '../link.ts'
import { FileSource } from './files/file-sources.ts'
import { PRESET_NAMES, PRESETS, type PresetName } from './presets.ts'
import { checkScheme } from './trust.ts'

const Standing = z.object({
  code: z.string(),
  sentence: z.string(),
  next: z.string(),
  /** Milliseconds since 1970, when it was first found so. */
  since: z.number(),
})

const Account = z.object({
  /** The same for the same account for ever: made of its servers and its user. */
  id: z.string(),
  preset: z.enum(PRESET_NAMES as [PresetName, ...PresetName[]]),
  user: z.string(),
  contacts: z.url(),
  calendar: z.url(),
  /** Null while all is well. */
  trouble: Standing.nullable(),
})

const Memory = z.object({ accounts: z.array(Account), files: z.array(FileSource) })

export type Standing = z.infer<typeof Standing>
export type Account = z.infer<typeof Account>

/** All that its owner told the link. */
export function readMemory(memory: LinkMemory): z.infer<typeof Memory> {
  const kept = memory.read()
  return kept === undefined ? { accounts: [], files: [] } : Memory.parse(kept)
}

/** @throws Problem `not-found` */
export function findAccount(memory: LinkMemory, id: string): Account {
  const account = readMemory(memory).accounts.find((one) => one.id === id)
  if (!account) throw new Problem('not-found', 'This account is not known.', 'Connect it first.')
  return account
}

/** Adds the account or replaces it. */
export function keepAccount(memory: LinkMemory, account: Account): Promise<void> {
  const { accounts, files } = readMemory(memory)
  return memory.write({ accounts: [...accounts.filter(({ id }) => id !== account.id), account], files })
}

/** Adds the file, if it is not there yet. */
export function keepFile(memory: LinkMemory, file: FileSource): Promise<void> {
  const { accounts, files } = readMemory(memory)
  return memory.write({ accounts, files: [...files.filter(({ id }) => id !== file.id), file] })
}

/** Lets go of an account or a file. */
export function forget(memory: LinkMemory, id: string): Promise<void> {
  const { accounts, files } = readMemory(memory)
  const isOther = (one: { id: string }) => one.id !== id
  return memory.write({ accounts: accounts.filter(isOther), files: files.filter(isOther) })
}

const Options = z.strictObject({
  preset: z.enum(PRESET_NAMES as [PresetName, ...PresetName[]]).default('own'),
  user: z.string().min(1).max(1000),
  url: z.string().max(2000).optional(),
})

/**
 * An account as its owner describes it: `preset`, `user`, and `url` where the preset does not know the server.
 * @throws Problem `bad-input`
 */
export function describeAccount(options: Readonly<Record<string, string>>): Account {
  const read = Options.safeParse(options)
  if (!read.success) {
    const services = PRESET_NAMES.join(', ')
    throw new Problem(
      'bad-input',
      `An account needs a user, and either a preset (${services}) or the url of its server.`,
      'Enter these and nothing else.',
    )
  }
  const { preset, user, url } = read.data
  const { servers } = PRESETS[preset]
  if (servers && url !== undefined) {
    throw new Problem('bad-input', `The server of ${PRESETS[preset].name} is known.`, 'Leave out its url.')
  }
  const own = servers ? undefined : readServer(url)
  const { contacts, calendar } = servers ?? { contacts: own!, calendar: own! }
  const id = hash('sha256', JSON.stringify([contacts, calendar, user])).slice(0, 24)
  return { id, preset, user, contacts, calendar, trouble: null }
}

function readServer(url: string | undefined): string {
  const server = URL.parse(url?.includes('://') ? url : `https://${url ?? ''}`)
  if (!server || server.hostname === '' || server.username !== '' || server.password !== '') {
    throw new Problem(
      'bad-input',
      'This is not the address of a server.',
      'Enter it as in https://cloud.example.',
    )
  }
  checkScheme(server)
  server.hash = ''
  server.search = ''
  return server.href
}

/** How the owner knows it. */
export function nameOf({ preset, user, contacts }: Account): string {
  return PRESETS[preset].servers ? `${PRESETS[preset].name}: ${user}` : `${user} at ${new URL(contacts).host}`
}
