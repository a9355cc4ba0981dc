/** An iPhone's profile, handed out once: by a path that works one time, to a browser with the phone's session. */
import type { Reach } from '../../reach.ts'
import type { Replica } from '../../replica/replica.ts'
import { PROFILE_TYPE } from '../../tls/root-profile.ts'
import { type AddressesOf, serverFor } from './addresses.ts'
import type { FreshPasswords } from './fresh-passwords.ts'
import { phoneProfile } from './profile.ts'
import { Refusal } from './refusal.ts'
import { createTickets } from './tickets.ts'
import type { Route } from './visit.ts'

export interface ProfileDownloads {
  /** The last segment of the path: the same until it was used. */
  ticketFor(phoneId: string): string
  route: Route
}

export interface ProfileParts {
  replica: Replica
  reach: () => Reach
  addressesOf: AddressesOf
  freshPasswords: FreshPasswords
}

const LIFETIME = 30 * 60_000
const MOST = 1000

export function createProfileDownloads(parts: ProfileParts): ProfileDownloads {
  const { replica, reach, addressesOf, freshPasswords } = parts
  const { world } = replica
  const tickets = createTickets<string>(world, LIFETIME, MOST)
  const issued = new Map<string, { ticket: string; until: number }>()

  return {
    ticketFor(phoneId) {
      const known = issued.get(phoneId)
      if (known && known.until > world.now()) return known.ticket
      const ticket = tickets.issue(phoneId)
      issued.set(phoneId, { ticket, until: world.now() + LIFETIME })
      return ticket
    },
    async route({ phone, request, response }, [ticket = '', ...rest]) {
      // Looking whether it is there must not use it up.
      if (request.method !== 'GET') throw new Refusal(405, { Allow: 'GET' })
      const fresh = freshPasswords.find(phone.id)
      if (rest.length > 0 || tickets.redeem(ticket) !== phone.id || !fresh) throw new Refusal(404)
      issued.delete(phone.id)
      const server = serverFor(reach(), request)
      const { principal } = addressesOf(server, phone.user)
      const body = Buffer.from(
        phoneProfile({ root: reach().root, phone, principal: new URL(principal), password: fresh.password }),
      )
      // Without a name of its own: Safari installs it instead of saving it.
      response.writeHead(200, {
        'Content-Type': PROFILE_TYPE,
        'Content-Length': String(body.length),
        'Cache-Control': 'no-store',
      })
      response.end(body)
    },
  }
}
