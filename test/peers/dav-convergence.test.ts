/** Whatever two clients put, delete and move, in whatever order they sync: in the end both hold what the server holds. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { card, type DavFixture, startDav } from './dav-fixture.ts'
import { readMultistatus, textIn, xmlBody } from './dav-xml.ts'

/** What a client knows of a card: its entity tag and its bytes. */
interface Known {
  tag: string
  body: string
}

interface Client {
  cards: Map<string, Known>
  token: string
}

const NAMES = ['a', 'b', 'c', 'd', 'ü &']

const name = fc.constantFrom(...NAMES)
const client = fc.constantFrom(0, 1)
const step = fc.oneof(
  fc.record({
    kind: fc.constant('put'),
    client,
    name,
    uid: fc.constantFrom('1', '2', '3', '4'),
    text: fc.nat(9),
  }),
  fc.record({ kind: fc.constant('delete'), client, name }),
  fc.record({ kind: fc.constant('move'), client, name, to: name, overwrite: fc.boolean() }),
  fc.record({ kind: fc.constant('sync'), client, limit: fc.option(fc.integer({ min: 1, max: 3 })) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

it('two clients end in equal states', async () => {
  await using dav = await startDav()
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const book = `/dav/addressbooks/ada/run-${run++}/`
      await dav.send('MKCOL', book, {
        body: xmlBody(
          'd:mkcol',
          '<d:set><d:prop><d:resourcetype><d:collection/><card:addressbook/></d:resourcetype></d:prop></d:set>',
        ),
      })
      const clients: Client[] = [0, 1].map(() => ({ cards: new Map(), token: '' }))
      for (const one of steps) await take(dav, book, clients[one.client]!, one)
      for (const each of clients) await sync(dav, book, each, null)
      const served = await read(dav, book)
      expect(clients.map(({ cards }) => sorted(cards))).toEqual([sorted(served), sorted(served)])
      const uids = [...served.values()].map(({ body }) => /UID:(.*)\r/.exec(body)![1])
      expect(new Set(uids).size).toBe(uids.length)
    }),
    { numRuns: 40 },
  )
  expect(dav.logged).toEqual([])
})

const sorted = (cards: Map<string, Known>) => [...cards].sort(([a], [b]) => (a < b ? -1 : 1))
const pathOf = (book: string, cardName: string) => `${book}${encodeURIComponent(cardName)}.vcf`

async function take(dav: DavFixture, book: string, mine: Client, one: Step): Promise<void> {
  if (one.kind === 'sync') return sync(dav, book, mine, (one as { limit: number | null }).limit)
  const path = pathOf(book, (one as { name: string }).name)
  const known = mine.cards.get(path)
  const condition = known ? { 'if-match': known.tag } : { 'if-none-match': '*' }
  if (one.kind === 'put') {
    const { uid, text } = one as { uid: string; text: number }
    const body = card(uid, `text ${text}`)
    const { status, headers } = await dav.send('PUT', path, { body, headers: condition })
    expect([201, 204, 409, 412]).toContain(status)
    if (status < 300) mine.cards.set(path, { tag: headers.get('etag')!, body })
  } else if (one.kind === 'delete' && known) {
    const { status } = await dav.send('DELETE', path, { headers: condition })
    expect([204, 404, 412]).toContain(status)
    if (status === 204) mine.cards.delete(path)
  } else if (one.kind === 'move') {
    const { to, overwrite } = one as { to: string; overwrite: boolean }
    const { status } = await dav.send('MOVE', path, {
      headers: { destination: dav.base + pathOf(book, to), overwrite: overwrite ? 'T' : 'F' },
    })
    expect([201, 204, 403, 404, 412]).toContain(status)
  }
}

/** As DAVx5 does: changes by token, in parts when there is a limit, then the changed cards by multiget. */
async function sync(dav: DavFixture, book: string, mine: Client, limit: number | null): Promise<void> {
  const isFirst = mine.token === ''
  const seen = new Set<string>()
  for (let more = true; more; ) {
    const part = limit === null ? '' : `<d:limit><d:nresults>${limit}</d:nresults></d:limit>`
    const { text } = await dav.send('REPORT', book, {
      body: xmlBody(
        'd:sync-collection',
        `<d:sync-token>${mine.token}</d:sync-token><d:sync-level>1</d:sync-level>${part}<d:prop><d:getetag/></d:prop>`,
      ),
    })
    const { responses, syncToken } = readMultistatus(text)
    more = responses.some(({ href, status }) => href === book && status === 507)
    const changed: string[] = []
    for (const response of responses) {
      if (response.status === undefined) seen.add(response.href)
      if (response.status === 404) mine.cards.delete(response.href)
      else if (
        response.status === undefined &&
        mine.cards.get(response.href)?.tag !== textIn(response, 'getetag')
      ) {
        changed.push(response.href)
      }
    }
    await fetchCards(dav, book, mine, changed)
    mine.token = syncToken!
  }
  // What the first sync does not name is not there.
  if (isFirst) for (const href of mine.cards.keys()) if (!seen.has(href)) mine.cards.delete(href)
}

async function fetchCards(dav: DavFixture, book: string, mine: Client, hrefs: string[]): Promise<void> {
  if (hrefs.length === 0) return
  const { text } = await dav.send('REPORT', book, {
    body: xmlBody(
      'card:addressbook-multiget',
      `<d:prop><d:getetag/><card:address-data/></d:prop>${hrefs.map((href) => `<d:href>${href}</d:href>`).join('')}`,
    ),
  })
  for (const response of readMultistatus(text).responses) {
    mine.cards.set(response.href, {
      tag: textIn(response, 'getetag'),
      body: textIn(response, 'address-data'),
    })
  }
}

/** What the server holds, read without any token. */
async function read(dav: DavFixture, book: string): Promise<Map<string, Known>> {
  const listed = await dav.send('PROPFIND', book, { headers: { depth: '1' } })
  const hrefs = readMultistatus(listed.text)
    .responses.map(({ href }) => href)
    .filter((href) => href !== book)
  const cards = new Map<string, Known>()
  for (const href of hrefs) {
    const { text, headers } = await dav.send('GET', href)
    cards.set(href, { tag: headers.get('etag')!, body: text })
  }
  return cards
}
