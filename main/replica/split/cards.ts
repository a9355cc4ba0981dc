/** Takes a file of cards apart: each card as it is written, nested ones in theirs, and what is no card kept as a part of its own. */
import type { FileHandle } from 'node:fs/promises'
import { gapsOf, isBlank, readSpan, type Span, scanLines } from './line-scan.ts'
import { checkCount, checkSize, markOf } from './mark.ts'

/**
 * The cards in order, byte for byte, and then what lies between them. A card that nobody closed ends where the next one begins. Of what lies
 * between, blank lines are no part.
 * @returns nothing when no card begins anywhere in the file. @throws Problem `bad-input` for one that holds too much.
 */
export async function* splitCards(file: FileHandle): AsyncGenerator<Buffer> {
  const cards = await findCards(file)
  if (cards.length === 0) return
  const parts = [...cards, ...gapsOf(cards, (await file.stat()).size)]
  parts.forEach(checkSize)
  for (const part of parts) {
    const bytes = await readSpan(file, part)
    if (!isBlank(bytes)) yield bytes
  }
}

interface Begun {
  start: number
  /** Where the next card begins, in it or behind it. */
  next?: number
  end?: number
}

/** The outermost cards. Begins and ends are paired from the inside out: cards may lie in cards, and ends may be missing. */
async function findCards(file: FileHandle): Promise<Span[]> {
  const all: Begun[] = []
  const open: Begun[] = []
  for await (const lines of scanLines(file)) {
    for (const line of lines) {
      const mark = markOf(line)
      if (mark?.name !== 'VCARD') continue
      if (mark.begins) {
        const begun: Begun = { start: line.start }
        const last = all.at(-1)
        if (last) last.next = line.start
        all.push(begun)
        open.push(begun)
      } else {
        const closed = open.pop()
        if (closed) closed.end = line.end
      }
    }
    checkCount(all.length)
  }
  const { size } = await file.stat()
  const outermost: Span[] = []
  for (const { start, next = size, end = next } of all) {
    if (start >= (outermost.at(-1)?.end ?? 0)) outermost.push({ start, end })
  }
  return outermost
}
