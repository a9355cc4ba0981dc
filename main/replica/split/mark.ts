/** `BEGIN:` and `END:` lines, of which both cards and calendars are built. */
import { Problem } from '../../problem.ts'
import type { Line, Span } from './line-scan.ts'

export interface Mark {
  begins: boolean
  /** Upper case: `VCARD`, `VEVENT` and so on. */
  name: string
}

/** The mark that the line is; undefined for any other line. */
export function markOf({ head }: Line): Mark | undefined {
  // Most lines are told by their first letter.
  if (!/^[BbEe]/.test(head)) return undefined
  const [, word, name] = /^(BEGIN|END)\s*:\s*([\w-]+)\s*$/i.exec(head) ?? []
  return word && name ? { begins: word.length === 5, name: name.toUpperCase() } : undefined
}

const MOST_PARTS = 200_000
const LARGEST_PART = 20 * 1024 ** 2

/** What is remembered of a file stays small. @throws Problem `bad-input` for more entries than anyone has. */
export function checkCount(count: number): void {
  if (count > MOST_PARTS) throw tooMuch(`It holds more than ${MOST_PARTS} entries.`)
}

/** @throws Problem `bad-input` for an entry that could not be stored as one. */
export function checkSize({ start, end }: Span): void {
  if (end - start > LARGEST_PART) throw tooMuch(`One of its entries is larger than ${LARGEST_PART} bytes.`)
}

function tooMuch(sentence: string): Problem {
  return new Problem('bad-input', sentence, 'Send it in smaller files.')
}
