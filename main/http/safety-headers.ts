/** Headers that let a browser do with our answers only what our own pages need. */
import type { ServerResponse } from 'node:http'

const ON_ALL = {
  'X-Content-Type-Options': 'nosniff',
  // Not `no-referrer`: some browsers then hide where our own pages' requests come from as well.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // What is not a page of ours may not load, run or frame anything.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}

/** Sets what every answer carries; pages widen the policy for themselves. */
export function setSafetyHeaders(response: ServerResponse): void {
  response.setHeaders(new Map(Object.entries(ON_ALL)))
}
