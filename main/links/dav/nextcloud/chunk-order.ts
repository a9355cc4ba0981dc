/** The order in which chunks are joined: by the numbers in their names, as each client has its own way to write them. */
import { Refusal } from '../refusal.ts'

interface Numbered {
  name: string
  size: number
}

// `1`, `000001` or `0000000000000001`; or first and last byte, as in `000000000000000-000000001048575`.
const NAME = /^(\d{1,16})(?:-(\d{1,16}))?$/

export function isChunkName(name: string): boolean {
  const [, first, last = '0'] = NAME.exec(name) ?? []
  return first !== undefined && Number.isSafeInteger(Number(first)) && Number.isSafeInteger(Number(last))
}

/**
 * The chunks in order.
 * @param total bytes of the whole file; undefined when the client does not tell.
 * @throws Refusal 409 when one is missing, or two are for the same place: what is here is not the file.
 */
export function inOrder<C extends Numbered>(chunks: readonly C[], total: number | undefined): C[] {
  const numbered = chunks.map((chunk) => ({ chunk, ...rangeOf(chunk.name) }))
  numbered.sort((a, b) => a.first - b.first)
  let length = 0
  let next: number | undefined
  for (const { chunk, first, last } of numbered) {
    const isRange = last !== undefined
    const expected = isRange ? length : (next ?? first)
    const isExact = isRange ? last - first + 1 === chunk.size : true
    // Numbers may have gaps where the length of the whole says that nothing is missing.
    const inPlace = first === expected || (!isRange && first > expected && total !== undefined)
    if (!inPlace || !isExact) throw new Refusal(409)
    length += chunk.size
    next = first + 1
  }
  const [start] = numbered
  const isComplete = total === undefined ? start !== undefined && start.first <= 1 : length === total
  if (!isComplete) throw new Refusal(409)
  return numbered.map(({ chunk }) => chunk)
}

function rangeOf(name: string): { first: number; last: number | undefined } {
  const [first, last] = name.split('-')
  return { first: Number(first), last: last === undefined ? undefined : Number(last) }
}
