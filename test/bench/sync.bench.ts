/** What a phone asks at every sync: the list of a book, everything from nothing, and what changed. */
import { join } from 'node:path'
import { type Bench, limitRow, type Row, raceRow, type Setting } from './bench.ts'
import { type Book, cardName, createBook } from './book.ts'
import { makeCard } from './data.ts'
import { alternate, peakMemory, type Sample, seconds } from './measure.ts'
import { fillXandikos, type Server, startXandikos } from './servers.ts'
import { startSidekeep } from './sidekeep.ts'

/** Xandikos' book, filled past its slow PUT. */
async function startFilledXandikos(folder: string, size: number): Promise<Server> {
  const empty = await startXandikos(folder)
  await empty.stop()
  fillXandikos(
    folder,
    Array.from({ length: size }, (_, n) => ({ name: cardName(n), bytes: makeCard(n) })),
  )
  return startXandikos(folder)
}

/** Milliseconds that an answer naming `wanted` cards takes. */
function asking(server: Server, wanted: number, ask: () => Promise<number>): () => Promise<Sample> {
  return async () => {
    let named = 0
    const time = await seconds(async () => {
      named = await ask()
    })
    if (named !== wanted) throw new Error(`${server.who} named ${named} cards of ${wanted}.`)
    return { who: server.who, value: time * 1000, peakBytes: peakMemory(server.pid) }
  }
}

async function listAndFirstSync({ quick, folder, say }: Setting): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const [size, rounds] = quick ? [500, 3] : [5000, 11]
  const open = (server: Server): [Server, Book] => {
    stack.defer(server.stop)
    const book = createBook(server)
    stack.defer(book.close)
    return [server, book]
  }
  say(`books of ${size} cards`)
  const [ours, ourBook] = open(await startSidekeep(join(folder, 'list')))
  await ourBook.put(0, size)
  const [xandikos, xandikosBook] = open(await startFilledXandikos(join(folder, 'list-xandikos'), size))
  const listing = ([server, book]: [Server, Book]) => asking(server, size, book.list)
  const syncing = ([server, book]: [Server, Book]) =>
    asking(server, size, async () => (await book.sync()).cards)

  const rows: Row[] = []
  for (const [work, contender] of [
    [`PROPFIND depth 1 on ${size}`, listing],
    [`First sync-collection on ${size}`, syncing],
  ] as const) {
    say(work)
    const contenders = [contender([ours, ourBook]), contender([xandikos, xandikosBook])] as const
    // Once unmeasured: the first answer of each warms its caches.
    await alternate(1, ...contenders)
    rows.push(raceRow(work, 'ms', await alternate(rounds, ...contenders), 5))
  }
  return rows
}

async function syncAfterOneChange({ quick, folder, say }: Setting): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const sizes = quick ? [500, 2000] : [5000, 50_000]
  const contenders: (() => Promise<Sample>)[] = []
  for (const size of sizes) {
    const server = await startSidekeep(join(folder, `sync-${size}`))
    stack.defer(server.stop)
    const book = createBook(server)
    stack.defer(book.close)
    say(`a book of ${size} cards`)
    await book.put(0, size)
    let { token } = await book.sync()
    let edition = 0
    const ask = asking({ ...server, who: `${server.who}, ${size} in the book` }, 1, async () => {
      const answer = await book.sync(token)
      token = answer.token
      return answer.cards
    })
    contenders.push(async () => {
      const changed = (++edition * 7919) % size
      await book.put(changed, changed + 1, edition)
      return ask()
    })
  }
  say('sync-collection after one change')
  await alternate(3, ...contenders)
  const figures = await alternate(101, ...contenders)
  return figures.map((figure, n) =>
    limitRow(`sync-collection after one change in ${sizes[n]}`, 'ms', figure, [], 5),
  )
}

export const sync: Bench = {
  name: 'sync',
  run: async (setting) => [...(await listAndFirstSync(setting)), ...(await syncAfterOneChange(setting))],
}
