/** What changes in one folder of a snapshot in the making. In a first backup that is all there is, so it is kept small. */
import { compress, decompress } from './blob.ts'
import type { FileState } from './tree.ts'
import { type NodeName, nodeName } from './tree-edit.ts'

/** The place of a file that is still to come. */
export interface Slot {
  fill(file: FileState): void
  /** Leaves what the base has there. */
  clear(): void
}

/** A name and its new file; null for a removal. */
export interface FileEdit extends NodeName {
  file: FileState | null
}

export interface FolderEdits {
  /** At least as many as there are. */
  readonly size: number
  remove(name: string): void
  makeFile(name: string): Slot
  /** Whether a file was written or something removed here; files that came long ago may be forgotten. */
  touched(name: string): boolean
  /** All in the order of a tree; no slot may wait. */
  inOrder(): Iterable<FileEdit>
}

/** Files that will not change any more, in the order of a tree: compressed lines of JSON. */
interface Run {
  firstKey: string
  count: number
  bytes: Buffer
  /** When not compressed. */
  length: number
}

const RUN = 256

export function createFolderEdits(): FolderEdits {
  const edits = new Map<string, FileState | null | Slot>()
  const runs: Run[] = []
  let settled = 0

  function settle(name: string, slot: Slot, file: FileState | undefined): void {
    // A later change of the same name counts instead.
    if (edits.get(name) !== slot) return
    if (file === undefined) edits.delete(name)
    else edits.set(name, file)
    if (++settled >= RUN) pack()
  }

  function pack(): void {
    const files = [...edits].flatMap(([name, file]) => (isFile(file) ? [{ ...nodeName(name), file }] : []))
    settled = 0
    if (files.length === 0) return
    files.sort(byKey)
    const lines = Buffer.from(files.map(({ name, file }) => JSON.stringify([name, file])).join('\n'))
    runs.push({
      firstKey: files[0]!.key,
      count: files.length,
      bytes: compress('tree', lines),
      length: lines.length,
    })
    // Removals stay at hand: a folder made later in such a place begins empty.
    for (const { name } of files) edits.delete(name)
  }

  return {
    get size() {
      return edits.size + runs.reduce((sum, { count }) => sum + count, 0)
    },
    remove: (name) => void edits.set(name, null),
    makeFile(name) {
      const slot: Slot = {
        fill: (file) => settle(name, slot, file),
        clear: () => settle(name, slot, undefined),
      }
      edits.set(name, slot)
      return slot
    },
    touched: (name) => edits.has(name),
    inOrder() {
      const rest = [...(edits as Map<string, FileState | null>)].map(([name, file]) => ({
        ...nodeName(name),
        file,
      }))
      rest.sort(byKey)
      const sources: Source[] = runs.map((run) => ({ firstKey: run.firstKey, edits: unpack(run) }))
      if (rest.length > 0) sources.push({ firstKey: rest[0]!.key, edits: rest })
      return merge(sources)
    },
  }
}

function isFile(edit: FileState | null | Slot): edit is FileState {
  return edit !== null && 'content' in edit
}

function* unpack({ bytes, length }: Run): Generator<FileEdit> {
  for (const line of decompress(bytes, length).toString('utf8').split('\n')) {
    const [name, file] = JSON.parse(line) as [string, FileState]
    yield { ...nodeName(name), file }
  }
}

/** Edits in order; nothing of them is read before the first is due. */
interface Source {
  firstKey: string
  edits: Iterable<FileEdit>
}

/** All in order; what stands in several sources is taken from the last. */
function* merge(sources: Source[]): Generator<FileEdit> {
  const heads = sources.map(({ firstKey, edits }) => ({
    key: firstKey,
    edits: edits[Symbol.iterator](),
    edit: undefined as FileEdit | undefined,
  }))
  while (heads.length > 0) {
    let { key } = heads[0]!
    for (const head of heads) if (head.key < key) key = head.key
    let due: FileEdit | undefined
    for (const head of heads.filter((one) => one.key === key)) {
      head.edit ??= head.edits.next().value as FileEdit
      due = head.edit
      const { value, done } = head.edits.next()
      if (done) heads.splice(heads.indexOf(head), 1)
      else {
        head.edit = value
        head.key = value.key
      }
    }
    yield due!
  }
}

function byKey(one: NodeName, other: NodeName): number {
  return one.key < other.key ? -1 : 1
}
