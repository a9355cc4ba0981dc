/** The phone's side of pairing: a browser claims a secret, and asks how it stands until its session is open. */
import type { PortalOutput } from '../../../preload/portal.ts'
import { readCookie, SESSION_COOKIE, SESSION_SECONDS, setCookie } from './cookies.ts'
import type { PairingState, Pairings } from './pairing.ts'
import type { PortalMethods } from './visit.ts'

const COOKIE = 'sidekeep-pairing'
const COOKIE_SECONDS = 30 * 60

/** What the browser that claimed a pairing is told of it. */
const TOLD: Record<PairingState, PortalOutput<'pair.state'>['state']> = {
  waiting: 'none',
  claimed: 'waiting',
  confirmed: 'waiting',
  paired: 'paired',
  refused: 'refused',
  expired: 'expired',
  locked: 'expired',
}

export function pairingCalls(pairings: Pairings): Pick<PortalMethods, 'pair.claim' | 'pair.state'> {
  return {
    'pair.claim': async ({ secret, platform, device }, visit) => {
      const known = readCookie(visit.request, COOKIE)
      const { pairing, browser } = pairings.claim(secret, known, { platform, name: device }, visit.address)
      setCookie(visit, COOKIE, browser, COOKIE_SECONDS)
      return { code: pairing.claim?.code ?? '', expiresAt: pairing.expiresAt }
    },
    'pair.state': async (_, visit) => {
      const browser = readCookie(visit.request, COOKIE)
      const pairing = browser === undefined ? undefined : pairings.ofBrowser(browser)
      if (!pairing) return { state: 'none', code: null, wasReset: false }
      const { result, claim } = pairing
      if (result) setCookie(visit, SESSION_COOKIE, result.session, SESSION_SECONDS)
      return {
        state: TOLD[pairing.state],
        code: claim?.code ?? null,
        wasReset: result?.wasReset ?? false,
      }
    },
  }
}
