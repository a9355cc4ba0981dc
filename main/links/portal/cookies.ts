/** Cookies of the portal: secrets that scripts cannot read and that only this site's own requests carry. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { SESSION_LIFETIME } from '../../replica/browser-sessions.ts'
import type { Visit } from './visit.ts'

/** Reads one cookie; undefined when it was not sent. */
export function readCookie(request: IncomingMessage, name: string): string | undefined {
  const wanted = `${fullName(request, name)}=`
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(wanted))?.slice(wanted.length)
}

/** Gives the browser a cookie with its answer. @param seconds how long it lasts; 0 takes it back. */
export function setCookie({ request, response }: Visit, name: string, secret: string, seconds: number): void {
  const secure = isSecure(request) ? '; Secure' : ''
  response.appendHeader(
    'Set-Cookie',
    `${fullName(request, name)}=${secret}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`,
  )
}

// No other service on this computer's name can set a cookie with this prefix over plain HTTP (RFC 6265bis, 4.1.3.2).
// Without TLS, on loopback, browsers would drop it.
function fullName(request: IncomingMessage, name: string): string {
  return isSecure(request) ? `__Host-${name}` : name
}

function isSecure({ socket }: IncomingMessage): boolean {
  return (socket as Partial<TLSSocket>).encrypted === true
}

/** The cookie that holds the secret of a phone's session, and how long browsers keep it. */
export const SESSION_COOKIE = 'sidekeep'
export const SESSION_SECONDS = SESSION_LIFETIME / 1000
