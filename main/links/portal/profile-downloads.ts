/** An iPhone's profile, handed out once: by a path that works one time, to a browser with the phone's session. */
import type { Reach } from '../../reach.ts'
import type { Replica } from '../../replica/replica.ts'
import { hashSecret } from '../../secret-hash.ts'
import { PROFILE_TYPE } from '../../tls/root-profile.ts'
import { type AddressesOf, serverFor } from './addresses.ts'
import type { FreshPasswords } from './fresh-passwords.ts'
import { phoneProfile } from './profile.ts'
import { Refusal } from './refusal.ts'
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

export function createProfileDownloads(parts: ProfileParts): ProfileDownloads {
  const { replica, reach, addressesOf, freshPasswords } = parts
  const { world } = replica
  /** By the phone's id. */
  const issued = new Map<string, { ticket: string; until: number }>()

  function currentTicket(phoneId: string): string | undefined {
    const known = issued.get(phoneId)
    return known && known.until > world.now() ? known.ticket : undefined
  }

  return {
    ticketFor(phoneId) {
      const known = currentTicket(phoneId)
      if (known !== undefined) return known
      const ticket = world.random(16).toString('hex')
      issued.set(phoneId, { ticket, until: world.now() + LIFETIME })
      return ticket
    },
    async route({ phone, request, response }, [ticket = '', ...rest]) {
      // Looking whether it is there must not use it up.
      if (request.method !== 'GET') throw new Refusal(405, { Allow: 'GET' })
      const fresh = freshPasswords.find(phone.id)
      const isIts = hashSecret(ticket) === hashSecret(currentTicket(phone.id) ?? '')
      if (rest.length > 0 || ticket === '' || !isIts || !fresh) throw new Refusal(404)
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
