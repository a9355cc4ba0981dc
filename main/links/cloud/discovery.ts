/** Finds an account's principal and homes from the address of a service (RFC 6764), by tsdav over our own guarded transport. */
import { type DAVAccount, fetchHomeUrl, fetchPrincipalUrl, serviceDiscovery } from 'tsdav'
import { Problem } from '../../problem.ts'
import type { Transport } from './transport.ts'

export interface Homes {
  /** The path of who we are to the server. */
  principal: string
  /** Below it lie the address books or the calendars. */
  home: URL
}

/**
 * @returns undefined when the server has nothing of that kind. @throws Problem `unreachable`, `wrong-password`, `not-allowed`
 */
export async function discover(
  transport: Transport,
  kind: 'contacts' | 'calendar',
  server: URL,
): Promise<Homes | undefined> {
  const accountType = kind === 'contacts' ? ('carddav' as const) : ('caldav' as const)
  const problems: Problem[] = []
  const fetch = fetchBy(transport, problems)
  const account: DAVAccount = { accountType, serverUrl: server.href }
  // Where the well-known path leads first, then the address as it was given: not every server has the former.
  const found = await serviceDiscovery({ account, fetch })
  for (const rootUrl of new Set([found, server.href])) {
    problems.length = 0
    try {
      const principalUrl = await fetchPrincipalUrl({ account: { ...account, rootUrl }, fetch })
      const homeUrl = await fetchHomeUrl({ account: { ...account, rootUrl, principalUrl }, fetch })
      return { principal: new URL(principalUrl).pathname, home: new URL(homeUrl) }
    } catch (error) {
      const problem = error instanceof Problem ? error : problems.at(-1)
      if (problem) throw problem
      // Its own errors say only that there is no principal or no home.
    }
  }
  return undefined
}

/** tsdav's requests go our way; what went wrong on it is kept, since tsdav tells it as something else. */
function fetchBy(transport: Transport, problems: Problem[]): typeof globalThis.fetch {
  return async (input, init) => {
    const { method = 'GET', body, headers, redirect } = init ?? {}
    const url = new URL(input instanceof Request ? input.url : input)
    try {
      const answer = await transport.send(method, url, {
        headers: Object.fromEntries(new Headers(headers)),
        ...(typeof body === 'string' ? { body } : {}),
        manual: redirect === 'manual',
      })
      if (answer.status >= 500) throw troubled(url, answer.status)
      const isEmpty = [101, 204, 205, 304].includes(answer.status)
      const response = new Response(isEmpty ? null : new Uint8Array(answer.body), answer)
      return Object.defineProperty(response, 'url', { value: answer.url.href })
    } catch (error) {
      if (error instanceof Problem) problems.push(error)
      throw error
    }
  }
}

/** The server is there and answers errors. */
export function troubled(url: URL, status: number): Problem {
  return new Problem(
    'unreachable',
    `${url.host} answers with error ${status}.`,
    'Nothing of what is kept here was changed. It will be tried again; see whether the service is down.',
  )
}
