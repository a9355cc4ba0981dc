/** The accounts that their owner told us of. Passwords are no part of it. */
import { hash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import type { Source } from '../link.ts'
import { type Dns, locate } from './locate.ts'
import { PRESET_NAMES, PRESETS, type PresetName } from './presets.ts'
import { type Standing, stateOf } from './standing.ts'
import { checkScheme } from './trust.ts'

const Preset = z.enum(PRESET_NAMES as [PresetName, ...PresetName[]])

export const Account = z.object({
  kind: z.literal('account'),
  /** The same for the same account for ever: made of its servers and its user. */
  id: z.string(),
  preset: Preset,
  user: z.string(),
  contacts: z.url(),
  calendar: z.url(),
})

export type Account = z.infer<typeof Account>

const Options = z.strictObject({
  preset: Preset.default('own'),
  user: z.string().min(1).max(1000),
  url: z.string().max(2000).optional(),
})

/**
 * An account as its owner describes it: `preset`, `user`, and `url` where the preset does not know the server. Of an e-mail address
 * alone, DNS is asked for the servers.
 * @throws Problem `bad-input`, and as `locate` does.
 */
export async function describeAccount(options: Readonly<Record<string, string>>, dns: Dns): Promise<Account> {
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
  const { contacts, calendar } = await serversOf(preset, user, url, dns)
  const id = hash('sha256', JSON.stringify([contacts, calendar, user])).slice(0, 24)
  return { kind: 'account', id, preset, user, contacts, calendar }
}

async function serversOf(
  preset: PresetName,
  user: string,
  url: string | undefined,
  dns: Dns,
): Promise<Pick<Account, 'contacts' | 'calendar'>> {
  const { servers, name } = PRESETS[preset]
  if (servers && url !== undefined)
    throw new Problem('bad-input', `The server of ${name} is known.`, 'Leave out its url.')
  if (servers) return servers
  const domain = domainToASCII(/@([^@]+)$/.exec(user)?.[1] ?? '')
  if (url !== undefined || preset !== 'own' || domain === '') {
    const own = readServer(url)
    return { contacts: own, calendar: own }
  }
  return {
    contacts: (await locate(dns, 'contacts', domain)).href,
    calendar: (await locate(dns, 'calendar', domain)).href,
  }
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

export function accountSource({ trouble, ...account }: Account & { trouble: Standing | null }): Source {
  const text = {
    read: true,
    write: true,
    limit: 'What is shared with the account for reading only can’t be written.',
  }
  return {
    link: 'cloud',
    id: account.id,
    name: nameOf(account),
    state: stateOf(trouble, 'The account can be read.'),
    abilities: {
      contacts: text,
      calendar: text,
      photos: { read: false, write: false, limit: 'Photos do not come by CardDAV or CalDAV.' },
    },
  }
}

/** How the owner knows it. */
export function nameOf({ preset, user, contacts }: Account): string {
  return PRESETS[preset].servers ? `${PRESETS[preset].name}: ${user}` : `${user} at ${new URL(contacts).host}`
}
