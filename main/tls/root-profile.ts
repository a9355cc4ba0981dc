/** The root certificate as a configuration profile, the one form in which an iPhone takes a certificate from a web page. */
import { createHash, X509Certificate } from 'node:crypto'
import { build } from 'plist'
import { rootName } from './authority.ts'

/** A payload of a configuration profile; keys as in Apple's schema. */
export interface ProfilePayload {
  PayloadType: string
  PayloadVersion: 1
  /** The same for ever: a profile with an identifier that is there already replaces it. */
  PayloadIdentifier: string
  PayloadUUID: string
  PayloadDisplayName: string
  [key: string]: string | number | boolean | Buffer | ProfilePayload[]
}

/** Media type of a configuration profile. */
export const PROFILE_TYPE = 'application/x-apple-aspen-config'

/** The payload `com.apple.security.root`. @param root the certificate in PEM form. */
export function rootPayload(root: string): ProfilePayload {
  const { raw } = new X509Certificate(root)
  return {
    ...payloadHead('com.apple.security.root', `${profileIdentifier(root)}.root`, rootName(root)),
    PayloadContent: raw,
    PayloadCertificateFileName: 'sidekeep.cer',
  }
}

/** A profile with the root certificate and nothing else, as XML. @param root the certificate in PEM form. */
export function rootProfile(root: string): string {
  return writeProfile({
    ...payloadHead('Configuration', `${profileIdentifier(root)}.trust`, rootName(root)),
    PayloadDescription: 'Lets this iPhone know your computer, so that it talks to no other in its place.',
    PayloadContent: [rootPayload(root)],
  })
}

export function writeProfile(profile: ProfilePayload): string {
  return build(profile)
}

/** What every payload begins with. The UUID follows from the identifier, so that a renewed profile has the same. */
export function payloadHead(type: string, identifier: string, displayName: string): ProfilePayload {
  return {
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuidOf(identifier),
    PayloadDisplayName: displayName,
  }
}

/** Where the identifiers of this installation's profiles begin; another computer's are others. */
export function profileIdentifier(root: string): string {
  const { raw } = new X509Certificate(root)
  return `app.sidekeep.${createHash('sha256').update(raw).digest('hex').slice(0, 16)}`
}

// A UUID of version 8 (RFC 9562, 5.8): made from a hash.
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex').toUpperCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
