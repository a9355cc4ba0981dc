/** Contacts coming in: PUT of many cards at once, and whether a large book slows it. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, growthRow, type Row, raceRow, type Setting } from './bench.ts'
import { createBook } from './book.ts'
import { alternate, peakMemory, type Sample, seconds } from './measure.ts'
import { type Server, startRadicale, startXandikos } from './servers.ts'
import { startSidekeep } from './sidekeep.ts'

const WARM_UP = 100

/** Every round begins with a fresh server and an empty book; all have had a few cards before, since servers run for weeks. */
async function putIntoEmptyBook({ quick, folder, say }: Setting): Promise<Row> {
  const count = quick ? 100 : 1000
  const contender = (start: (folder: string) => Promise<Server>) => async (): Promise<Sample> => {
    const data = join(folder, 'empty')
    const server = await start(data)
    say(`PUT ${count} cards: ${server.who}`)
    const book = createBook(server)
    try {
      await book.put(0, WARM_UP)
      await book.remove(0, WARM_UP)
      const value = await seconds(() => book.put(0, count))
      return { who: server.who, value, peakBytes: peakMemory(server.pid) }
    } finally {
      book.close()
      await server.stop()
      rmSync(data, { recursive: true })
    }
  }
  const figures = await alternate(
    quick ? 1 : 3,
    contender(startSidekeep),
    contender(startXandikos),
    contender(startRadicale),
  )
  return raceRow(`PUT ${count} cards, concurrency 4`, 's', figures, 30)
}

/** Two books side by side, one small and one large; cards are added to each in turn, and taken out again. */
async function putIntoLargeBook({ quick, folder, say }: Setting): Promise<Row> {
  await using stack = new AsyncDisposableStack()
  const [small, large, count] = quick ? [200, 2000, 100] : [1000, 50_000, 1000]
  const contender = async (size: number): Promise<() => Promise<Sample>> => {
    const server = await startSidekeep(join(folder, `put-${size}`))
    stack.defer(server.stop)
    const book = createBook(server)
    stack.defer(book.close)
    say(`a book of ${size} cards`)
    await book.put(0, size)
    return async () => {
      const time = await seconds(() => book.put(size, size + count))
      await book.remove(size, size + count)
      return {
        who: `${server.who}, ${size} in the book`,
        value: (time * 1000) / count,
        peakBytes: peakMemory(server.pid),
      }
    }
  }
  const [atLarge, atSmall] = [await contender(large), await contender(small)]
  say(`PUT ${count} cards into each`)
  const figures = await alternate(5, atLarge, atSmall)
  return growthRow(`PUT at ${large} cards in the book`, 'ms per card', ...figures, 1.5)
}

export const cards: Bench = {
  name: 'cards',
  run: async (setting) => [await putIntoEmptyBook(setting), await putIntoLargeBook(setting)],
}
