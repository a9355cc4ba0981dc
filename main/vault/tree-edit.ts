/**
 * Changing a few nodes of a large tree without reading the others: nodes are found as ranges of bytes, and runs of untouched
 * ones are copied as they are, with all that other programs put in them.
 */
import { Problem } from '../problem.ts'
import { nameBytes, unquoteName } from './node-name.ts'

/** What becomes of a name: its node's new JSON, or null to remove it. */
export type NodeEdits = ReadonlyMap<string, string | null>

/** Hears of each edit what the tree had in its place. */
export type EditListener = (name: string, before: Buffer | undefined, after: string | null) => void

interface NodeRange {
  start: number
  end: number
  /** The name's bytes. */
  name: Buffer
}

/**
 * The tree with the edits made, as restic would write it if the tree was.
 * @throws Problem `vault-damaged` when the tree cannot be read or its names are not in order.
 */
export function editTree(tree: Buffer, edits: NodeEdits, onEdit: EditListener): Buffer {
  const sorted = [...edits].map(([name, node]) => ({ name, node, bytes: nameBytes(name) }))
  sorted.sort((a, b) => a.bytes.compare(b.bytes))
  const parts: Uint8Array[] = []
  let next = 0
  let runStart = 0
  let runEnd = 0

  function endRun(): void {
    if (runStart < runEnd) parts.push(tree.subarray(runStart, runEnd))
    runStart = runEnd
  }

  function makeNextEdit(before: Buffer | undefined): void {
    const { name, node } = sorted[next++]!
    endRun()
    if (node !== null) parts.push(Buffer.from(node))
    onEdit(name, before, node)
  }

  for (const { start, end, name } of nodeRanges(tree)) {
    let order = -1
    while (next < sorted.length) {
      order = name.compare(sorted[next]!.bytes)
      if (order <= 0) break
      makeNextEdit(undefined)
    }
    if (next < sorted.length && order === 0) {
      makeNextEdit(tree.subarray(start, end))
    } else {
      if (runStart === runEnd) runStart = start
      runEnd = end
    }
  }
  while (next < sorted.length) makeNextEdit(undefined)
  endRun()
  return treeOf(parts)
}

/** The JSON of the node with this name. @throws Problem `vault-damaged`. */
export function findNodeBytes(tree: Buffer, name: string): Buffer | undefined {
  const wanted = nameBytes(name)
  for (const range of nodeRanges(tree)) {
    const order = range.name.compare(wanted)
    if (order === 0) return tree.subarray(range.start, range.end)
    if (order > 0) return undefined
  }
  return undefined
}

function treeOf(nodes: Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from('{"nodes":[')]
  nodes.forEach((node, n) => {
    if (n > 0) parts.push(COMMA_BYTES)
    parts.push(node)
  })
  parts.push(Buffer.from(']}\n'))
  return Buffer.concat(parts)
}

const COMMA_BYTES = Buffer.from(',')
const NODES_KEY = Buffer.from('"nodes"')
const NAME_KEY = Buffer.from('"name"')
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** The nodes in their order. Reads no more of the JSON than where each begins, ends, and its name. */
function* nodeRanges(tree: Buffer): Generator<NodeRange> {
  let at = skip(tree, 0, OPEN_OBJECT)
  const key = skipSpace(tree, at)
  at = skipString(tree, key)
  if (!tree.subarray(key, at).equals(NODES_KEY)) throw unreadable()
  at = skipSpace(tree, skip(tree, at, COLON))
  if (tree.toString('latin1', at, at + 4) === 'null') return
  at = skipSpace(tree, skip(tree, at, OPEN_LIST))
  let before: Buffer | undefined
  while (tree[at] === OPEN_OBJECT) {
    const start = at
    const end = skipValue(tree, start)
    const name = nameOf(tree, start)
    if (before && before.compare(name) >= 0) throw unreadable()
    before = name
    yield { start, end, name }
    at = skipSpace(tree, end)
    if (tree[at] === COMMA) at = skipSpace(tree, at + 1)
  }
  skip(tree, at, CLOSE_LIST)
}

/** The name of the node that begins here; by custom it is the first field. */
function nameOf(tree: Buffer, node: number): Buffer {
  let at = node + 1
  for (;;) {
    const key = skipSpace(tree, at)
    const keyEnd = skipString(tree, key)
    const value = skipSpace(tree, skip(tree, keyEnd, COLON))
    const valueEnd = skipValue(tree, value)
    if (tree.compare(NAME_KEY, 0, NAME_KEY.length, key, keyEnd) === 0) return textAt(tree, value, valueEnd)
    at = skip(tree, valueEnd, COMMA)
  }
}

function textAt(tree: Buffer, start: number, end: number): Buffer {
  for (let at = start + 1; at < end - 1; at++) {
    if (tree[at] === BACKSLASH) return nameBytes(unquoteName(JSON.parse(tree.toString('utf8', start, end))))
  }
  return tree.subarray(start + 1, end - 1)
}

// Each of these returns where what it skips ends.

function skipSpace(tree: Buffer, start: number): number {
  let at = start
  while (tree[at]! <= SPACE) at++
  return at
}

function skip(tree: Buffer, start: number, byte: number): number {
  const at = skipSpace(tree, start)
  if (tree[at] !== byte) throw unreadable()
  return at + 1
}

function skipString(tree: Buffer, start: number): number {
  if (tree[start] !== QUOTE) throw unreadable()
  let at = start + 1
  while (tree[at] !== QUOTE) {
    at += tree[at] === BACKSLASH ? 2 : 1
    if (at >= tree.length) throw unreadable()
  }
  return at + 1
}

function skipValue(tree: Buffer, start: number): number {
  let depth = 0
  let at = start
  do {
    const byte = tree[at]
    if (byte === QUOTE) {
      at = skipString(tree, at)
      continue
    }
    if (byte === undefined) throw unreadable()
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
    else if (depth === 0) return skipWord(tree, at)
    at++
  } while (depth > 0)
  return at
}

/** A number, true, false or null. */
function skipWord(tree: Buffer, start: number): number {
  let at = start
  while (at < tree.length && tree[at] !== COMMA && tree[at] !== CLOSE_OBJECT && tree[at] !== CLOSE_LIST) at++
  return at
}

function unreadable(): Problem {
  return new Problem(
    'vault-damaged',
    'A folder in the vault cannot be read or is out of order.',
    'Check the vault.',
  )
}
