/**
 * Changing a few nodes of a large tree without reading the others: nodes are found as ranges of bytes, and runs of untouched
 * ones are copied as they are, with all that other programs put in them.
 */
import { Problem } from '../problem.ts'
import { nameBytes, unquoteName } from './node-name.ts'

/** A name, and what it is ordered by in a tree. */
export interface NodeName {
  name: string
  /** The name's bytes, one character each: strings like these compare as the bytes do. */
  key: string
}

export function nodeName(name: string): NodeName {
  return { name, key: orderKey(name) }
}

interface NodeRange {
  start: number
  end: number
  /** As in `NodeName`. */
  key: string
}

/**
 * The tree with the named nodes edited, as restic would write it if the tree was.
 * @param edits in the order of their keys, each name once.
 * @param expected how many they are, about.
 * @param edit decides what becomes of a name: the JSON of its new node, or null to remove it. `before` is the JSON of its node in the
 * tree, if there is one; valid only during the call.
 * @throws Problem `vault-damaged` when the tree cannot be read or its names are not in order.
 */
export function editTree<Edit extends NodeName>(
  tree: Buffer,
  edits: Iterable<Edit>,
  expected: number,
  edit: (edit: Edit, before: Buffer | undefined) => string | null,
): Buffer {
  const edited = createTreeText(tree.length + expected * USUAL_NODE)
  const source = edits[Symbol.iterator]()
  let next = source.next()
  let runStart = 0
  let runEnd = 0

  function endRun(): void {
    if (runStart < runEnd) edited.addNodes(tree, runStart, runEnd)
    runStart = runEnd
  }

  function makeEdit(due: Edit, before: Buffer | undefined): void {
    const node = edit(due, before)
    next = source.next()
    endRun()
    if (node !== null) edited.addNode(node)
  }

  for (const { start, end, key } of nodeRanges(tree)) {
    while (!next.done && next.value.key < key) makeEdit(next.value, undefined)
    if (!next.done && next.value.key === key) {
      makeEdit(next.value, tree.subarray(start, end))
    } else {
      if (runStart === runEnd) runStart = start
      runEnd = end
    }
  }
  while (!next.done) makeEdit(next.value, undefined)
  endRun()
  return edited.finish()
}

/** The JSON of the node with this name. @throws Problem `vault-damaged`. */
export function findNodeBytes(tree: Buffer, name: string): Buffer | undefined {
  const wanted = orderKey(name)
  for (const { start, end, key } of nodeRanges(tree)) {
    if (key === wanted) return tree.subarray(start, end)
    if (key > wanted) return undefined
  }
  return undefined
}

function orderKey(name: string): string {
  return ASCII.test(name) ? name : nameBytes(name).toString('latin1')
}

interface TreeText {
  addNode(json: string): void
  /** Adds nodes that follow one another in another tree. */
  addNodes(tree: Buffer, start: number, end: number): void
  /** The tree, in memory of its own. */
  finish(): Buffer
}

/** Gathers nodes in one piece of memory, as there may be many. @param expected bytes. */
function createTreeText(expected: number): TreeText {
  let bytes = Buffer.from(new ArrayBuffer(expected + START.length + END.length))
  let length = bytes.write(START)
  let isFirst = true

  function makeRoom(needed: number): void {
    if (length + needed <= bytes.length) return
    bytes = Buffer.from(bytes.buffer.transfer(Math.max(bytes.length * 2, length + needed)))
  }

  function separate(): void {
    if (!isFirst) length += bytes.write(',', length)
    isFirst = false
  }

  return {
    addNode(json) {
      makeRoom(json.length * MOST_BYTES_PER_UNIT + 1)
      separate()
      length += bytes.write(json, length)
    },
    addNodes(tree, start, end) {
      makeRoom(end - start + 1)
      separate()
      length += tree.copy(bytes, length, start, end)
    },
    finish() {
      makeRoom(END.length)
      length += bytes.write(END, length)
      return Buffer.from(bytes.buffer.transfer(length))
    },
  }
}

const START = '{"nodes":['
const END = ']}\n'
const USUAL_NODE = 320
const MOST_BYTES_PER_UNIT = 3 // of UTF-8, for a unit of a string
const ASCII = /^\p{ASCII}*$/u
const NODES_FIELD = Buffer.from('"nodes"')
const NAME_FIELD = Buffer.from('"name"')
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
  const field = skipSpace(tree, at)
  at = skipString(tree, field)
  if (!isAt(tree, field, at, NODES_FIELD)) throw unreadable()
  at = skipSpace(tree, skip(tree, at, COLON))
  if (tree.toString('latin1', at, at + 4) === 'null') return
  at = skipSpace(tree, skip(tree, at, OPEN_LIST))
  let before: string | undefined
  while (tree[at] === OPEN_OBJECT) {
    const start = at
    const end = skipValue(tree, start)
    const key = keyOf(tree, start)
    if (before !== undefined && before >= key) throw unreadable()
    before = key
    yield { start, end, key }
    at = skipSpace(tree, end)
    if (tree[at] === COMMA) at = skipSpace(tree, at + 1)
  }
  skip(tree, at, CLOSE_LIST)
}

/** The order key of the node that begins here; by custom its name is the first field. */
function keyOf(tree: Buffer, node: number): string {
  let at = node + 1
  for (;;) {
    const field = skipSpace(tree, at)
    const fieldEnd = skipString(tree, field)
    const value = skipSpace(tree, skip(tree, fieldEnd, COLON))
    const valueEnd = skipValue(tree, value)
    if (tree.compare(NAME_FIELD, 0, NAME_FIELD.length, field, fieldEnd) === 0)
      return textAt(tree, value, valueEnd)
    at = skip(tree, valueEnd, COMMA)
  }
}

function isAt(tree: Buffer, start: number, end: number, wanted: Buffer): boolean {
  if (end - start !== wanted.length) return false
  let n = 0
  while (n < wanted.length && tree[start + n] === wanted[n]) n++
  return n === wanted.length
}

function textAt(tree: Buffer, start: number, end: number): string {
  for (let at = start + 1; at < end - 1; at++) {
    if (tree[at] === BACKSLASH) return orderKey(unquoteName(JSON.parse(tree.toString('utf8', start, end))))
  }
  return tree.toString('latin1', start + 1, end - 1)
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
