/**
 * Reads what Android's `content query` prints: one line per row, `Row: 0 _id=7, name=text`, with nothing escaped, so that a text may
 * hold line breaks, commas and what looks like another row. It is read without guessing all the same: ids are known beforehand, all
 * columns but the last hold no free text, and an output in which a row could begin at two places is not taken.
 */

/** A row of a provider by column; null is SQL's NULL. */
export type Row = Record<string, string | null>

/** What came cannot be told apart, or is not about the rows that were asked for. */
export type Unreadable = 'ambiguous' | 'changed'

const NOTHING = 'No result found.'
const ROW_START = /^Row: (\d+) _id=(-?\d+)(?:, |$)/gm

/** The ids that a query of `_id` alone printed. @returns null for an output that is no such list. */
export function readIdOutput(stdout: string): number[] | null {
  const text = stdout.trimEnd()
  if (text === NOTHING) return []
  const ids: number[] = []
  for (const line of text.split(/\r?\n/)) {
    const [, row, id] = /^Row: (\d+) _id=(-?\d+)$/.exec(line) ?? []
    if (row !== String(ids.length)) return null
    ids.push(Number(id))
  }
  return ids
}

/**
 * Reads rows of a query with the columns `_id`, then `fixed`, then `text`. @param ids of the rows, in the order of the query.
 * @param fixed columns whose values hold neither comma nor line break. @param text the last column, of any text and never NULL.
 * @returns the rows by id, or why they cannot be read.
 */
export function readRowOutput(
  stdout: string,
  ids: readonly number[],
  fixed: readonly string[],
  text: string | null,
): Map<number, Row> | Unreadable {
  const starts = findStarts(stdout, ids)
  if (typeof starts === 'string') return starts
  const rows = new Map<number, Row>()
  for (const [index, { from }] of starts.entries()) {
    const next = starts[index + 1]
    // A row ends with the line break in front of the next one, or at the end.
    const end = next ? next.at - 1 : stdout.length - (stdout.endsWith('\n') ? 1 : 0)
    const row = readRow(stdout.slice(from, end), fixed, text)
    if (!row) return 'changed'
    rows.set(ids[index]!, row)
  }
  return rows
}

interface Start {
  at: number
  /** Where the values begin. */
  from: number
}

/** Where each row begins. Every true beginning is among those found; where each is found once, all of them are true. The first is at 0. */
function findStarts(stdout: string, ids: readonly number[]): Start[] | Unreadable {
  const starts: Start[] = []
  let isAmbiguous = false
  for (const match of stdout.matchAll(ROW_START)) {
    const row = Number(match[1])
    if (ids[row] !== Number(match[2]) || (row === 0) !== (match.index === 0)) continue
    if (starts[row]) isAmbiguous = true
    starts[row] = { at: match.index, from: match.index + match[0].length }
  }
  for (let row = 0; row < ids.length; row++) if (!starts[row]) return 'changed'
  return isAmbiguous ? 'ambiguous' : starts
}

function readRow(values: string, fixed: readonly string[], text: string | null): Row | null {
  const row: Row = {}
  let at = 0
  for (const [index, column] of fixed.entries()) {
    const isLast = text === null && index === fixed.length - 1
    const head = `${column}=`
    const end = isLast ? values.length : values.indexOf(', ', at)
    if (end === -1 || !values.startsWith(head, at)) return null
    const value = values.slice(at + head.length, end)
    row[column] = value === 'NULL' ? null : value
    at = end + 2
  }
  if (text === null) return row
  if (!values.startsWith(`${text}=`, at)) return null
  row[text] = values.slice(at + text.length + 1)
  return row
}
