/** Joins cards, group cards included, into one .vcf (RFC 6350, 3.3). */
import type { PointItem } from './point.ts'

/** Cards one after the other, as they are; a line end is added where one lacks it, since the next card must begin a line. */
export async function* mergeCards(
  items: Iterable<PointItem>,
  done: (item: PointItem) => void,
): AsyncGenerator<Uint8Array> {
  for (const item of items) {
    const bytes = await item.bytes()
    yield bytes
    if (bytes.at(-1) !== 0x0a) yield Buffer.from('\r\n')
    done(item)
  }
}
