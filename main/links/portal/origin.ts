/** Whether a request comes from our own pages: another site in the same browser must not act in the phone's name. */
import type { IncomingMessage } from 'node:http'

export function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

/**
 * The session cookie is not sent along from other sites (SameSite=Strict); this refuses as well what an old browser or another service
 * on the same host sends: browsers name where a request that changes something comes from, and pages cannot forge it.
 */
export function isFromOurPages({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const { origin, host } = headers
  return origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host
}
