/** An iPhone's configuration profile: our root certificate and its accounts for contacts and calendars, in one. */
import { createHash } from 'node:crypto'
import {
  type ProfilePayload,
  payloadHead,
  profileIdentifier,
  rootPayload,
  writeProfile,
} from '../../tls/root-profile.ts'

export interface ProfileFacts {
  /** Our root certificate in PEM form; null when phones trust the server's certificate already. */
  root: string | null
  phone: { id: string; name: string; user: string }
  /** URL of the phone's DAV principal. */
  principal: URL
  password: string
}

/**
 * Writes the profile as XML. Identifiers and UUIDs are the same for a phone on this computer whenever it is made, so that a later
 * profile replaces the earlier one instead of adding a second account.
 */
export function phoneProfile({ root, phone, principal, password }: ProfileFacts): string {
  const identifier = `${installationOf(root, principal)}.phone.${phone.id}`
  const account = accountFacts(phone.name, phone.user, principal, password)
  return writeProfile({
    ...payloadHead('Configuration', identifier, `Sidekeep: ${phone.name}`),
    PayloadDescription:
      'Keeps the contacts and calendars of this iPhone on your own computer, and lets it know that computer.',
    PayloadContent: [
      ...(root === null ? [] : [rootPayload(root)]),
      accountPayload(`${identifier}.contacts`, 'com.apple.carddav.account', 'CardDAV', account),
      accountPayload(`${identifier}.calendars`, 'com.apple.caldav.account', 'CalDAV', account),
    ],
  })
}

type AccountFacts = ReturnType<typeof accountFacts>

/** Keys of Apple's account payloads, without the `CardDAV` or `CalDAV` that each begins with. */
function accountFacts(phone: string, user: string, principal: URL, password: string) {
  const useSsl = principal.protocol === 'https:'
  return {
    AccountDescription: `Sidekeep: ${phone}`,
    HostName: principal.hostname,
    Port: principal.port === '' ? (useSsl ? 443 : 80) : Number(principal.port),
    UseSSL: useSsl,
    PrincipalURL: principal.pathname,
    Username: user,
    Password: password,
  }
}

function accountPayload(
  identifier: string,
  type: string,
  kind: 'CardDAV' | 'CalDAV',
  account: AccountFacts,
): ProfilePayload {
  return {
    ...payloadHead(type, identifier, account.AccountDescription),
    ...Object.fromEntries(Object.entries(account).map(([key, value]) => [kind + key, value])),
  }
}

function installationOf(root: string | null, principal: URL): string {
  if (root !== null) return profileIdentifier(root)
  return `app.sidekeep.${createHash('sha256').update(principal.host).digest('hex').slice(0, 16)}`
}
