/** Finds the server of an e-mail address in DNS (RFC 6764). */
import type { SrvRecord } from 'node:dns'
import { Problem } from '../../problem.ts'

/** As `node:dns/promises` has them. */
export interface Dns {
  resolveSrv(name: string): Promise<SrvRecord[]>
  resolveTxt(name: string): Promise<string[][]>
}

/**
 * Where the domain's address books or calendars begin. Without a record it is the domain itself, whose well-known path then leads on.
 * @throws Problem `not-allowed` when DNS, which anyone in between can forge, names a server outside of the domain (RFC 6764, 8);
 *   `not-found` when the domain says that it has none; `unreachable` when DNS does not answer.
 */
export async function locate(dns: Dns, kind: 'contacts' | 'calendar', domain: string): Promise<URL> {
  const service = `_${kind === 'contacts' ? 'carddavs' : 'caldavs'}._tcp.${domain}`
  const records = await answered(domain, () => dns.resolveSrv(service))
  const [best] = records.sort((a, b) => a.priority - b.priority || b.weight - a.weight)
  if (!best) return new URL(`https://${domain}/`)
  const target = best.name.replace(/\.$/, '').toLowerCase()
  if (target === '') throw nothingThere(domain)
  const server = new URL(`https://${target}:${best.port}/`)
  if (target !== domain && !target.endsWith(`.${domain}`)) throw elsewhere(domain, server)
  const texts = await answered(domain, () => dns.resolveTxt(service))
  const path = texts.map((parts) => parts.join('')).find((text) => text.startsWith('path='))
  return path === undefined ? server : (URL.parse(path.slice('path='.length), server.href) ?? server)
}

const NO_RECORD = new Set(['ENOTFOUND', 'ENODATA'])

async function answered<T>(domain: string, ask: () => Promise<T[]>): Promise<T[]> {
  try {
    return await ask()
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    if (NO_RECORD.has(code)) return []
    throw new Problem(
      'unreachable',
      `DNS could not be asked where ${domain} keeps contacts and calendars (${code || String(cause)}).`,
      'See whether your connection is down, or enter the address of the server.',
      { cause },
    )
  }
}

function nothingThere(domain: string): Problem {
  return new Problem(
    'not-found',
    `${domain} says that it keeps no contacts or calendars.`,
    'Enter the address of the server, if it is elsewhere.',
  )
}

function elsewhere(domain: string, server: URL): Problem {
  return new Problem(
    'not-allowed',
    `DNS says that ${domain} keeps its contacts and calendars at ${server.host}, which may be right or forged.`,
    `If you know that it is right, connect the account with url=${server.href}`,
  )
}
