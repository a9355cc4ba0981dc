/** `/status.php`, which Nextcloud's clients ask for first, without a password: what kind of server this is, and whether it is ready. */
import type { ServerResponse } from 'node:http'
import { answerJson } from '../../../http/answer-json.ts'

/** The version whose ways we follow: what clients require of servers is asked for by it. */
export const VERSION = { major: 31, minor: 0, micro: 4, string: '31.0.4', edition: '' }

export function isStatusPath(target: string): boolean {
  return /^\/+status\.php(\?|$)/.test(target)
}

/** @param ready false tells clients to wait, which keeps them from taking a missing answer for a missing account. */
export function answerStatus(response: ServerResponse, ready: boolean): void {
  answerJson(response, 200, {
    installed: true,
    maintenance: !ready,
    needsDbUpgrade: false,
    version: `${VERSION.string}.1`,
    versionstring: VERSION.string,
    edition: VERSION.edition,
    productname: 'Sidekeep',
    extendedSupport: false,
  })
}
