/** The folders of a snapshot in the making: gathers what changes in each, and at the end writes only the changed trees. */

import { release } from '../memory.ts'
import { compress, decompress } from './blob.ts'
import type { BlobWriter } from './blob-writer.ts'
import {
  EMPTY_TREE,
  type FileState,
  fileNode,
  folderNode,
  parseNode,
  parseTree,
  type TreeNode,
} from './tree.ts'
import { editTree, findNodeBytes } from './tree-edit.ts'
import type { Vault } from './vault.ts'

/** Files. */
export interface TreeCounts {
  added: number
  changed: number
  deleted: number
  unchanged: number
}

/** The place of a file that is still to come. */
export interface Slot {
  fill(file: FileState): void
  /** Leaves what the base has there. */
  clear(): void
}

export interface TreeWriter {
  /** Takes away what is at the path, with all below it. */
  remove(path: string[]): void
  makeFolder(path: string[]): void
  makeFile(path: string[]): Slot
  /**
   * Writes the changed trees, from the leaves up; all slots must be filled or cleared.
   * @param base id of the tree that is the starting point; null for none.
   */
  finish(base: string | null): Promise<TreeCounts & { tree: string }>
}

/** A file, null for a removal, or a slot that waits. */
type Edit = FileState | null | Slot

interface Folder {
  edits: Map<string, Edit>
  /** Edits that will not change any more, compressed: in a first backup they are many. */
  packed: { bytes: Buffer; length: number } | undefined
  waiting: number
  children: Map<string, Folder>
  /** What the base holds here is not taken over. */
  emptied: boolean
}

const WORTH_PACKING = 200

/** @param isItem tells by a file's name whether the counts are to include it. */
export function createTreeWriter(
  vault: Vault,
  writer: BlobWriter,
  isItem: (name: string) => boolean,
): TreeWriter {
  const root = newFolder(false)
  const counts: TreeCounts = { added: 0, changed: 0, deleted: 0, unchanged: 0 }
  let current = root

  function enter(path: string[]): Folder {
    let folder = root
    for (const name of path) folder = childOf(folder, name)
    if (folder !== current) {
      const left = current
      current = folder
      packIfDone(left)
    }
    return folder
  }

  function packIfDone(folder: Folder): void {
    if (folder === current || folder.waiting > 0 || folder.edits.size < WORTH_PACKING) return
    const nodes = [...folder.edits].filter(([, edit]) => edit !== null)
    const json = Buffer.from(JSON.stringify(nodes))
    folder.packed = { bytes: compress('tree', json), length: json.length }
    // Removals stay at hand: a folder made later in such a place begins empty.
    for (const [name] of nodes) folder.edits.delete(name)
  }

  function remove(path: string[]): void {
    const folder = enter(path.slice(0, -1))
    folder.children.delete(path.at(-1)!)
    folder.edits.set(path.at(-1)!, null)
  }

  function makeFile(path: string[]): Slot {
    const folder = enter(path.slice(0, -1))
    const name = path.at(-1)!
    folder.children.delete(name)
    const settle = (file: FileState | undefined) => {
      // A later change of the same name counts instead.
      if (folder.edits.get(name) === slot) {
        if (file === undefined) folder.edits.delete(name)
        else folder.edits.set(name, file)
      }
      folder.waiting--
      packIfDone(folder)
    }
    const slot: Slot = { fill: settle, clear: () => settle(undefined) }
    folder.edits.set(name, slot)
    folder.waiting++
    return slot
  }

  function count(before: TreeNode | undefined, isSame: boolean, isFile: boolean): void {
    if (!isFile) counts.deleted += before?.type === 'file' ? 1 : 0
    else if (before?.type !== 'file') counts.added++
    else if (isSame) counts.unchanged++
    else counts.changed++
  }

  async function writeFolder(folder: Folder, base: string | null): Promise<string> {
    const before = base === null ? EMPTY_TREE : await vault.readBlob('tree', base)
    const subtrees = new Map<string, string>()
    for (const [name, child] of folder.children) {
      const childBase = child.emptied ? null : subtreeIn(before, name)
      subtrees.set(name, await writeFolder(child, childBase))
    }
    const files = editsOf(folder)
    const emptied: string[] = []
    const names = new Set([...files.keys(), ...subtrees.keys()])
    const after = editTree(before, names, (name, nodeBefore) => {
      const old = nodeBefore && parseNode(nodeBefore)
      const subtree = subtrees.get(name)
      const file = subtree === undefined ? files.get(name) : undefined
      if (old?.subtree && (subtree === undefined || folder.children.get(name)!.emptied)) {
        emptied.push(old.subtree)
      }
      const node = file ? fileNode(name, file) : subtree === undefined ? null : folderNode(name, subtree)
      const isSame = node !== null && nodeBefore?.equals(Buffer.from(node)) === true
      if (isItem(name)) count(old, isSame, file != null)
      return node
    })
    release(before)
    for (const tree of emptied) counts.deleted += await countFiles(vault, tree, isItem)
    await writer.room()
    return writer.add('tree', after, { handOver: true })
  }

  return {
    remove,
    makeFolder: (path) => void enter(path),
    makeFile,
    async finish(base) {
      const tree = await writeFolder(root, base)
      return { tree, ...counts }
    },
  }
}

function newFolder(emptied: boolean): Folder {
  return { edits: new Map(), packed: undefined, waiting: 0, children: new Map(), emptied }
}

function childOf(folder: Folder, name: string): Folder {
  let child = folder.children.get(name)
  if (!child) {
    // A folder made where something was just taken away, or a file written, begins empty.
    child = newFolder(folder.emptied || folder.edits.has(name))
    folder.children.set(name, child)
  }
  return child
}

/** The folder's files and removals; none may wait. */
function editsOf({ edits, packed }: Folder): Map<string, FileState | null> {
  if (!packed) return edits as Map<string, FileState | null>
  const all = new Map<string, FileState | null>(
    JSON.parse(decompress(packed.bytes, packed.length).toString('utf8')),
  )
  for (const [name, edit] of edits as Map<string, FileState | null>) all.set(name, edit)
  return all
}

function subtreeIn(tree: Buffer, name: string): string | null {
  const node = findNodeBytes(tree, name)
  return node ? parseNode(node).subtree : null
}

async function countFiles(vault: Vault, tree: string, isItem: (name: string) => boolean): Promise<number> {
  let files = 0
  for (const { name, type, subtree } of parseTree(await vault.readBlob('tree', tree))) {
    if (type === 'file' && isItem(name)) files++
    if (subtree) files += await countFiles(vault, subtree, isItem)
  }
  return files
}
