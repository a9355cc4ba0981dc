/** Android's `content` program, which reads and writes what the phone's providers hold (contacts, calendars) from its shell. */
import { Problem } from '../../problem.ts'
import { type Row, readIdOutput, readRowOutput } from './content-output.ts'
import type { Shell } from './shell.ts'

export interface Columns {
  /** Columns of numbers and fixed words: no comma, no line break. */
  fixed: readonly string[]
  /** Columns of any text. */
  texts: readonly string[]
}

export interface ContentTool {
  /**
   * Rows by id, in the order of ids. @param where in SQL.
   * @throws Problem `not-allowed` when the phone refuses, `unreachable` when its answer cannot be used.
   */
  read(uri: string, columns: Columns, where?: string): Promise<Map<number, Row>>
  /** The same by `hex()`, in one query for all columns: for providers that take expressions (the calendar's). */
  readAsHex(uri: string, columns: Columns, where?: string): Promise<Map<number, Row>>
  /** Asks for a row that is there or not, to hear whether the phone refuses. @throws Problem and ContentError as `read` does. */
  tryOne(uri: string): Promise<void>
}

/** What the program says on an error; its exit status is 0 all the same. */
export class ContentError extends Error {}

/** Apps write while we read; so often it is tried again. */
const TRIES = 4

/** @param user of the phone whose data it is about, as `am get-current-user` tells. */
export function createContentTool(shell: Shell, user = 0): ContentTool {
  async function query(uri: string, projection: readonly string[], where: string | undefined) {
    const argv = ['content', 'query', '--user', String(user), '--uri', uri]
    argv.push('--projection', projection.join(':'), '--sort', '_id ASC')
    if (where) argv.push('--where', where)
    const { stdout, stderr } = await shell(argv)
    throwIfRefused(stdout, stderr)
    return stdout
  }

  async function readIds(uri: string, where: string | undefined): Promise<number[]> {
    const stdout = await query(uri, ['_id'], where)
    const ids = readIdOutput(stdout)
    if (!ids) throw new ContentError(`unexpected answer: ${firstLine(stdout)}`)
    return ids
  }

  /** Null when the table changed meanwhile. */
  async function readColumns(
    uri: string,
    ids: readonly number[],
    { fixed, text }: { fixed: readonly string[]; text: string | null },
    where: string | undefined,
  ): Promise<Map<number, Row> | null> {
    if (ids.length === 0) return new Map()
    const projection = ['_id', ...fixed, ...(text === null ? [] : [text])]
    const rows = readRowOutput(await query(uri, projection, where), ids, fixed, text)
    if (rows === 'changed') return null
    if (rows !== 'ambiguous') return rows
    // Rows are numbered anew in each query, so that in a half a text no longer looks like its neighbour; a single row always can be read.
    const middle = ids[ids.length >> 1]!
    const halves = [
      { some: ids.filter((id) => id < middle), range: `_id<${middle}` },
      { some: ids.filter((id) => id >= middle), range: `_id>=${middle}` },
    ]
    const all = new Map<number, Row>()
    for (const { some, range } of halves) {
      const found = await readColumns(uri, some, { fixed, text }, both(where, range))
      if (!found) return null
      for (const [id, row] of found) all.set(id, row)
    }
    return all
  }

  async function readOnce(uri: string, { fixed, texts }: Columns, where: string | undefined) {
    const ids = await readIds(uri, where)
    const rows = await readColumns(uri, ids, { fixed, text: null }, where)
    if (!rows) return null
    for (const text of texts) {
      // The word NULL is also how NULL is printed.
      const filled = both(where, `${text} IS NOT NULL`)
      const values = await readColumns(uri, await readIds(uri, filled), { fixed: [], text }, filled)
      if (!values) return null
      for (const row of rows.values()) row[text] = null
      for (const [id, value] of values) {
        const row = rows.get(id)
        if (!row) return null
        row[text] = value[text]!
      }
    }
    // A row that changed between two columns would be half old and half new; one that came or went shows here.
    const after = await readIds(uri, where)
    return after.join() === ids.join() ? rows : null
  }

  async function readHexOnce(uri: string, { fixed, texts }: Columns, where: string | undefined) {
    const all = [...fixed, ...texts]
    const names = all.flatMap((_, n) => [`h${n}`, `t${n}`])
    const projection = [
      '_id',
      ...all.flatMap((column, n) => [`hex(${column}) AS h${n}`, `typeof(${column}) AS t${n}`]),
    ]
    const stdout = await query(uri, projection, where)
    if (stdout.trimEnd() === 'No result found.') return new Map<number, Row>()
    const ids = [...stdout.matchAll(/^Row: \d+ _id=(-?\d+), /gm)].map(([, id]) => Number(id))
    const rows = readRowOutput(stdout, ids, names, null)
    if (typeof rows === 'string') throw new ContentError(`unexpected answer: ${firstLine(stdout)}`)
    for (const [id, row] of rows) {
      const values = all.map((column, n) => [column, fromHex(row[`h${n}`], row[`t${n}`])] as const)
      rows.set(id, Object.fromEntries(values))
    }
    return rows
  }

  return {
    async read(uri, columns, where) {
      for (let tries = 1; tries <= TRIES; tries++) {
        const rows = await readOnce(uri, columns, where)
        if (rows) return rows
      }
      throw new Problem(
        'busy',
        'The phone’s data changed again and again while it was read.',
        'Wait until the phone has finished syncing, then try again.',
      )
    },
    async readAsHex(uri, columns, where) {
      try {
        return await readHexOnce(uri, columns, where)
      } catch (error) {
        if (!(error instanceof ContentError)) throw error
        return this.read(uri, columns, where)
      }
    },
    async tryOne(uri) {
      await query(uri, ['_id'], '_id=1')
    },
  }
}

function fromHex(hex: string | null | undefined, type: string | null | undefined): string | null {
  return type === 'null' || type == null ? null : Buffer.from(hex ?? '', 'hex').toString()
}

function both(where: string | undefined, condition: string): string {
  return where ? `(${where}) AND ${condition}` : condition
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]!.slice(0, 200)
}

/** The program tells errors in words alone, on either stream. */
function throwIfRefused(stdout: string, stderr: string): void {
  const said = /^(Error while accessing provider.*|\[ERROR\].*|.*Exception.*)$/m.exec(stderr)?.[0]
  const refused = /SecurityException|Permission Denial/.test(stderr)
  if (refused) {
    throw new Problem(
      'not-allowed',
      'The phone does not let its data be read over USB debugging.',
      'Some makers have a second switch for it in the developer options, such as “USB debugging (Security settings)”; a work profile may forbid it.',
      { cause: new ContentError(stderr) },
    )
  }
  if (said !== undefined || !/^(Row: |No result found\.)/.test(stdout)) {
    throw new ContentError(firstLine(said ?? (stdout || stderr)) || 'no answer')
  }
}
