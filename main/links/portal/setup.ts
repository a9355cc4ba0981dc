/** Setting up a phone's apps: what they are told, and which of them have been here since. */
import { X509Certificate } from 'node:crypto'
import { portalPaths } from '../../../preload/portal.ts'
import type { Reach } from '../../reach.ts'
import { sessionOpenedAt } from '../../replica/browser-sessions.ts'
import { makePassword, replaceUnused } from '../../replica/credentials.ts'
import { listServices, type SeenService } from '../../replica/phone-services.ts'
import type { Replica } from '../../replica/replica.ts'
import { type AddressesOf, serverFor } from './addresses.ts'
import { type FreshPasswords, PAGES_LABEL } from './fresh-passwords.ts'
import type { ProfileDownloads } from './profile-downloads.ts'
import type { PortalMethods } from './visit.ts'

export interface SetupParts {
  replica: Replica
  reach: () => Reach
  addressesOf: AddressesOf
  freshPasswords: FreshPasswords
  profiles: ProfileDownloads
}

// For longer, what kept an app out may well be mended by now.
const RECENT = 5 * 60_000

type SetupMethods = Pick<PortalMethods, 'setup.show' | 'setup.renew' | 'setup.checks'>

export function setupMethods(parts: SetupParts): SetupMethods {
  const { replica, reach, addressesOf, freshPasswords, profiles } = parts
  return {
    'setup.show': async (_, { phone, request }) => {
      const { name, user, platform } = phone
      const server = serverFor(reach(), request)
      const { root, carddav, caldav, files } = addressesOf(server, user)
      const password = freshPasswords.find(phone.id)?.password ?? null
      return {
        phone: { name, user },
        ...{ platform, password, server, carddav, caldav, files },
        davx5: password && davx5Link(root, user, password),
        nextcloud: password && nextcloudLink(server, user, password),
        profile: password && portalPaths.profile + profiles.ticketFor(phone.id),
        fingerprint: fingerprintOf(reach()),
      }
    },
    'setup.renew': async (_, { phone }) => {
      const made = await makePassword(replica.world)
      const credential = await replica.write((tx) => replaceUnused(tx, phone.id, PAGES_LABEL, made))
      freshPasswords.keep(phone.id, { password: made.password, credential })
      return {}
    },
    'setup.checks': async (_, { phone, address, session }) => {
      const services = listServices(replica, phone.id)
      // What came before is the browser itself, while its owner had not installed the certificate yet.
      const since = sessionOpenedAt(replica, session) ?? replica.world.now()
      const at = reach().distrustedAt?.(address) ?? null
      const isPast = at === null || at <= Math.max(since, replica.world.now() - RECENT)
      return { services, distrustedAt: isPast || services.some(isSeenSince(at)) ? null : at }
    },
  }
}

const isSeenSince =
  (at: number) =>
  ({ seenAt }: SeenService): boolean =>
    seenAt !== null && seenAt >= at

// User and password have letters, digits and `-` alone, so that nothing in a link needs escaping.
function davx5Link(root: string, user: string, password: string): string {
  return `davx5://${user}:${password}@${root.replace(/^\w+:\/\//, '')}`
}

function nextcloudLink(server: string, user: string, password: string): string {
  return `nc://login/user:${user}&password:${password}&server:${server}`
}

function fingerprintOf({ root }: Reach): string | null {
  return root === null ? null : new X509Certificate(root).fingerprint256
}
