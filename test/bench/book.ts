/** The address book of any of the servers, with what benchmarks do to it. */
import { makeCard } from './data.ts'
import { createLoadClient, inParallel } from './load.ts'
import type { Server } from './servers.ts'

const CONCURRENCY = 4
const XML = { 'content-type': 'application/xml; charset=utf-8' }

export interface Book {
  /** PUTs cards `from` … `to`-1, four at a time. */
  put(from: number, to: number, edition?: number): Promise<void>
  remove(from: number, to: number): Promise<void>
  /** PROPFIND depth 1 as clients list a book; returns how many cards it names. */
  list(): Promise<number>
  /** sync-collection (RFC 6578) since the token, or from nothing. */
  sync(token?: string): Promise<{ token: string; cards: number }>
  close(): void
}

export const cardName = (n: number) => `bench-${n}.vcf`

export function createBook(server: Server): Book {
  const client = createLoadClient(server.base, server.credentials)
  return {
    put: (from, to, edition) =>
      inParallel(to - from, CONCURRENCY, (n) =>
        client.send('PUT', cardName(from + n), makeCard(from + n, edition), {
          'content-type': 'text/vcard; charset=utf-8',
        }),
      ),
    remove: (from, to) =>
      inParallel(to - from, CONCURRENCY, (n) => client.send('DELETE', cardName(from + n))),
    async list() {
      const { body } = await client.send('PROPFIND', '', LIST, { ...XML, depth: '1' })
      return countCards(body)
    },
    async sync(token = '') {
      const { body } = await client.send('REPORT', '', syncReport(token), XML)
      const end = body.lastIndexOf('sync-token>')
      const next = /([^<>]+)<\/(?:\w+:)?$/.exec(body.toString('utf8', Math.max(0, end - 500), end))?.[1]
      if (!next) throw new Error(`${server.who} gave no sync token.`)
      return { token: next, cards: countCards(body) }
    },
    close: client.close,
  }
}

function countCards(multistatus: Buffer): number {
  let count = 0
  for (let at = multistatus.indexOf('.vcf<'); at >= 0; at = multistatus.indexOf('.vcf<', at + 5)) count++
  return count
}

const LIST = `<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><resourcetype/><getetag/><getcontenttype/></prop></propfind>`

const syncReport = (token: string) => `<?xml version="1.0" encoding="utf-8"?>
<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level>
<prop><getetag/></prop></sync-collection>`
